/** What the bundle rewrites, and that it says so when it no longer finds what it looks for. */
import { compileFunction } from 'node:vm';
import { inProject } from '../../support/project.js';

interface Rewritten {
  readonly text: string;
  readonly count: number;
}

interface Rewrite {
  readonly importLate: (text: string, file: string) => Rewritten;
  readonly keepFolder: (text: string, folder: string) => Rewritten;
  readonly replaceOnce: (text: string, what: string | RegExp, make: () => string) => string;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- a script, which no compiler looks at
const { importLate, keepFolder, replaceOnce } = require(inProject('scripts/rewrite.js')) as Rewrite;

const late = (...lines: readonly string[]): Rewritten => importLate(lines.join('\n'), 'a.js');

describe('importLate', () => {
  it('asks for a module where something of it is used first', () => {
    const { text, count } = late(
      'const b_js_1 = require("./b.js");',
      'const node_path_1 = __importDefault(require("node:path"));',
      'new b_js_1.Thing(node_path_1.default.sep);',
    );
    expect(count).toBe(2);
    const loaded: string[] = [];
    const run = compileFunction(text, ['require', '__importDefault']) as (
      require: (name: string) => unknown,
      standIn: (module: unknown) => unknown,
    ) => void;
    const modules: Record<string, unknown> = {
      './b.js': { Thing: Object },
      'node:path': { default: { sep: '/' } },
    };
    run(
      (name) => {
        loaded.push(name);
        return modules[name];
      },
      (module) => module,
    );
    expect(loaded).toEqual(['./b.js', 'node:path']);
    expect(late('const c_js_1 = require("./c.js");').text).not.toMatch(/^const c_js_1 = require/m);
  });

  it('leaves imports for their effects and of whole modules where they stand', () => {
    const lines = [
      'require("./first.js"); // first',
      'const abi = __importStar(require("./abi.js"));',
    ];
    expect(late(...lines)).toEqual({ text: lines.join('\n'), count: 0 });
  });

  it.each([
    ['an import in other words', 'var b_js_1 = require("./b.js");'],
    ['an import over two names', 'const b_js_1 = require("./b.js"), c_js_1 = require("./c.js");'],
    ['an import without its last part', 'const b_js_1 = wrap(require("./b.js"), 1);'],
    ['an import in an expression', 'use(require("./b.js"));'],
  ])('throws for %s', (_, line) => {
    expect(() => late(line)).toThrow(/^bundle: a\.js: an import of an unknown form: .*require/);
  });

  it.each([
    ['a whole module as a value', 'use(b_js_1);'],
    ['a name in brackets', 'b_js_1["thing"]();'],
    ['an optional chain', 'b_js_1?.thing();'],
  ])('throws for %s', (_, line) => {
    expect(() => late('const b_js_1 = require("./b.js");', line)).toThrow(
      /^bundle: a\.js: a use of an unknown form: .*b_js_1/,
    );
  });
});

describe('what must be there', () => {
  it('is replaced once, or said to be missing or doubled', () => {
    expect(replaceOnce('a KEY b', 'KEY', () => '$&')).toBe('a $& b');
    expect(() => replaceOnce('a', 'KEY', () => '')).toThrow("'KEY' was found 0 times, not once");
    expect(() => replaceOnce('#!x\n#!y\n', /^#!.*\n/m, () => '')).toThrow('found 2 times');
  });

  it('names the folder of the file that was bundled', () => {
    expect(keepFolder('join(__dirname, "x")', 'src/a')).toEqual({
      text: 'join((__dist + "/src/a"), "x")',
      count: 1,
    });
  });
});
