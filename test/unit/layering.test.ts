/** Imports point down, packages have one home, and src/README.md tells the truth. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findReadmeViolations, findViolations, type SourceFile } from '../support/layers.js';
import { inProject } from '../support/project.js';
import { ROOMS, roomsOutOfOrder } from '../support/rooms.js';

const source = inProject('src');

function sourceFiles(): readonly SourceFile[] {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(source, path), text: readFileSync(path, 'utf8') }));
}

function check(...files: readonly (readonly [path: string, text: string])[]): readonly string[] {
  return findViolations(files.map(([path, text]) => ({ path, text })));
}

describe('the sources of src', () => {
  it('keep every import rule', () => {
    const files = sourceFiles();
    expect(files.map((file) => file.path)).toContain('main.ts');
    expect(findViolations(files)).toEqual([]);
  });

  it('lie in exactly the folders that src/README.md names, in the layers it says', () => {
    const folders = readdirSync(source, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    const readme = readFileSync(join(source, 'README.md'), 'utf8');
    expect(findReadmeViolations(readme, folders)).toEqual([]);
  });
});

describe('the rooms of the engine', () => {
  it('are those that lie in src/engine, in one order', () => {
    const folders = readdirSync(join(source, 'engine'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    const rooms = Object.keys(ROOMS).filter((name) => name !== 'words' && name !== 'top');
    expect([...folders].sort()).toEqual([...rooms].sort());
    expect(roomsOutOfOrder()).toEqual([]);
  });

  it('stand in src/README.md in that order', () => {
    const readme = readFileSync(join(source, 'README.md'), 'utf8');
    const named = [...readme.matchAll(/^\| `engine\/([a-z-]+)`/gm)].map((row) => row[1]);
    expect(named).toEqual(Object.keys(ROOMS).filter((name) => name !== 'words' && name !== 'top'));
  });
});

describe('the layering check', () => {
  it('accepts imports that point down', () => {
    const good = check(
      [
        'main.ts',
        "import { run } from './cli/run.js';\nimport { k } from './kernel/linux/k.js';\n",
      ],
      ['cli/run.ts', "import yargs from 'yargs';\nimport type { E } from '../trace/event.js';\n"],
      ['trace/event.ts', "import type {\n  A,\n  B,\n} from '../base/address.js';\n"],
      ['base/address.ts', 'export const x = 1;\n'],
    );
    expect(good).toEqual([]);
  });

  it.each([
    [
      'output/bad.ts',
      "import { T } from '../engine/tracer.js';",
      /output\/bad.ts imports engine\//,
    ],
    ['output/bad.ts', "import type { T } from '../engine/tracer.js';", /imports engine\//],
    ['output/bad.ts', "import koffi from 'koffi';", /imports koffi, allowed in kernel\/linux\//],
    ['elf/other.ts', "import elfy from 'elfy';", /allowed in elf\/section-table.ts/],
    ['engine/bad.ts', "import { x } from '../kernel/linux/libc.js';", /sees the Kernel interface/],
    ['engine/bad.ts', "import { x } from '../session.js';", /imports session.ts/],
    ['engine/bad.ts', "import { x } from '../cli/options.js';", /imports cli\//],
    ['prototype/bad.ts', "import type { V } from '../trace/value.js';", /imports trace\//],
    ['arch/bad.ts', "import type { K } from '../kernel/kernel.js';", /imports kernel\//],
    ['engine/bad.ts', "const c = await import('node:child_process');", /allowed in nowhere/],
    ['engine/bad.ts', "const fs = require('node:fs');", /imports node:fs/],
    ['engine/bad.ts', "import x from 'left-pad';", /has no home/],
    ['lens/bad.ts', "export { x } from '../base/ids.js';", /re-exports/],
    ['output/bad.ts', 'process.stdout.write("x");', /non-blocking/],
    ['engine/bad.ts', 'console.log(1);', /uses console/],
    ['engine/bad.ts', 'if (process.arch === "x64") f();', /uses process.arch/],
    ['lens/bad.ts', "const abi = arch.name === 'i386' ? a : b;", /the name of an architecture/],
    [
      'engine/memory/bad.ts',
      "import type { T } from '../tracees/tracee.js';",
      /bad.ts imports engine\/tracees\/: a memory with breakpoints/,
    ],
    ['engine/calls/bad.ts', "import { p } from '../tracepoints/p.js';", /imports engine\/tracep/],
    ['engine/stops/bad.ts', "import { t } from '../tracer.js';", /imports engine\/top\//],
    ['engine/emitter.ts', "import { m } from './memory/m.js';", /imports engine\/memory\//],
    ['engine/attic/bad.ts', "import { m } from '../memory/m.js';", /no rule in .*rooms.ts/],
    ['engine/bad.ts', "import { x } from '../arch/x86/displace.js';", /is asked of the Arch/],
    ['surprise.ts', "import { x } from './base/ids.js';", /has no rule/],
    ['base/bad.ts', "import { x } from '../../test/support/project.js';", /outside src/],
  ])('refuses, in %s, %s', (path, text, expected) => {
    const found = check([path, `${text}\n`]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it('does not take comments for code', () => {
    expect(
      check(['engine/good.ts', '// console.log, process.stdout\n/* process.arch */\n']),
    ).toEqual([]);
  });

  it('finds two files that import each other, types included', () => {
    const found = check(
      ['elf/a.ts', "import type { B } from './b.js';\n"],
      ['elf/b.ts', "import { a } from './a.js';\n"],
    );
    expect(found).toEqual([expect.stringMatching(/elf\/a.ts and elf\/b.ts import each other/)]);
  });

  it.each(['import', 'import type'])('finds a longer ring made by %s', (how) => {
    const found = check(
      ['elf/a.ts', `${how} { b } from './b.js';\n`],
      ['elf/b.ts', `${how} { c } from './c.js';\n`],
      ['elf/c.ts', `${how} { a } from './a.js';\n`],
      ['elf/d.ts', `${how} { a } from './a.js';\n`],
    );
    const ring = 'elf/a.ts imports elf/b.ts imports elf/c.ts imports elf/a.ts';
    expect(found).toEqual([`${ring}: a ring of imports`]);
  });

  it('finds folders that the README forgets, invents or puts in another layer', () => {
    const readme = '| `base` | 2 | x |\n| `ghost` | 1 | x |\n';
    expect(findReadmeViolations(readme, ['base', 'elf', 'attic'])).toEqual([
      expect.stringMatching(/does not name elf/),
      expect.stringMatching(/does not name attic/),
      expect.stringMatching(/no rule for attic/),
      expect.stringMatching(/puts base\/ in layer 2/),
      expect.stringMatching(/names ghost\/, which does not exist/),
    ]);
  });
});
