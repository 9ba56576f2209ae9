/** Files that are no longer where they were when a program loaded them: traps go where the loaded code is, or nowhere. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildLibrary, buildProgram } from '../support/build-programs.js';
import {
  startProgram,
  startTsltrace,
  type Running,
  type RunOptions,
} from '../support/run-tsltrace.js';
import { countCalls } from '../support/trace-lines.js';
import { isAlive, sleep } from '../support/processes.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, isRoot, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const asRoot = hasTool('gcc') && isRoot();
const itIsRoot = skipUnless(asRoot, 'needs root, who can become another user');
const itMounts = skipUnless(asRoot, 'needs root, who can mount');
const ROUNDS = 7;
const STEPS = 'step_first+step_second+step_third';
const NOBODY: RunOptions = { uid: 65534, gid: 65534, cwd: '/' };

interface Setting {
  readonly folder: string;
  /** What the program loads. */
  readonly library: string;
  /** Another build of the library, in the same folder under another name. */
  readonly other: string;
}

interface Seen {
  /** Of the three functions of the library. */
  readonly calls: readonly (number | undefined)[];
  readonly messages: string;
}

interface Case {
  /** Where the library is loaded from. */
  readonly load?: (setting: Setting) => string;
  /** After it was loaded. */
  readonly change: (setting: Setting) => void;
  readonly undo?: (setting: Setting) => void;
  readonly options?: readonly string[];
  readonly as?: RunOptions;
  /** For the compiler. */
  readonly flags?: readonly string[];
  /** Where all this is done; a temporary one by default. */
  readonly folder?: string;
}

/** Attaches after the change, lets the program make its calls, leaves. */
function attachedAfter(what: Case): Promise<Seen> {
  const { folder } = what;
  return folder === undefined
    ? withTemporaryFolder((fresh) => attachedIn(fresh, what))
    : attachedIn(folder, what);
}

async function attachedIn(folder: string, what: Case): Promise<Seen> {
  const { flags = [] } = what;
  const setting = { folder, library: join(folder, 'libv.so'), other: join(folder, 'other.so') };
  copyFileSync(buildLibrary('lib-versions', { flags }), setting.library);
  const second = { flags: [...flags, '-DSECOND_VERSION'] };
  copyFileSync(buildLibrary('lib-versions', second), setting.other);
  const path = what.load?.(setting) ?? setting.library;
  // Not everybody may look into the folder where it is built.
  const program = join(folder, 'calls-in-rounds');
  copyFileSync(buildProgram('calls-in-rounds', { flags }), program);
  const target = startProgram([program, path], what.as);
  try {
    await target.sees(/ready/);
    what.change(setting);
    return await traceRounds(target, folder, what);
  } finally {
    what.undo?.(setting);
    target.endInput();
    const run = await target.finished();
    expect(run).toMatchObject({ status: 0, signal: null });
    expect(run.stdout).toContain('wrong 0');
  }
}

async function traceRounds(target: Running, folder: string, what: Case): Promise<Seen> {
  const file = join(folder, 'trace');
  const options = ['-x', STEPS, '-e', 'fgets@MAIN', ...(what.options ?? [])];
  const tracer = startTsltrace(['-o', file, ...options, '-p', String(target.pid)], what.as);
  await isTraced(target, tracer, file);
  target.send(`${ROUNDS}\n`);
  await target.sees(/made 7/);
  tracer.kill('SIGINT');
  const { stderr } = await tracer.finished();
  expect(isAlive(target.pid)).toBe(true);
  const { step_first, step_second, step_third } = countCalls(readFileSync(file, 'utf8'));
  return { calls: [step_first, step_second, step_third], messages: stderr };
}

/** Lets the program go round without a call until that is seen. */
async function isTraced(target: Running, tracer: Running, file: string): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    target.send('0\n');
    await sleep(50);
    if (existsSync(file) && readFileSync(file, 'utf8').includes('fgets')) return;
  }
  throw new Error(`not traced within twenty seconds: ${tracer.output().stderr}`);
}

/** Of the first build, which is what is loaded: the third function calls the other two, the second the first. */
const EXACT = [4 * ROUNDS, 2 * ROUNDS, ROUNDS];
const replace = ({ library, other }: Setting): void => renameSync(other, library);

describe('a library that was loaded by a program that runs since', () => {
  itCompiles('and was replaced by another build is traced as loaded', async () => {
    expect(await attachedAfter({ change: replace })).toEqual({ calls: EXACT, messages: '' });
  });

  itCompiles('below a link that leads elsewhere by now is traced as loaded', async () => {
    const seen = await attachedAfter({
      load: ({ folder, library, other }) => {
        for (const [release, file] of [
          ['one', library],
          ['two', other],
        ] as const) {
          mkdirSync(join(folder, release));
          renameSync(file, join(folder, release, 'libv.so'));
        }
        symlinkSync('one', join(folder, 'current'));
        return join(folder, 'current/libv.so');
      },
      change: ({ folder }) => {
        rmSync(join(folder, 'current'));
        symlinkSync('two', join(folder, 'current'));
      },
    });
    expect(seen).toEqual({ calls: EXACT, messages: '' });
  });

  itCompiles('and was moved away, another put in its place, is traced as loaded', async () => {
    const change = (setting: Setting): void => {
      renameSync(setting.library, join(setting.folder, 'libv.so.old'));
      replace(setting);
    };
    expect(await attachedAfter({ change })).toEqual({ calls: EXACT, messages: '' });
  });

  itMounts('and has another mounted over it is traced as loaded', async () => {
    const seen = await attachedAfter({
      change: ({ library, other }) => void execFileSync('mount', ['--bind', other, library]),
      undo: ({ library }) => void execFileSync('umount', [library]),
    });
    expect(seen).toEqual({ calls: EXACT, messages: '' });
  });

  const noLongerThere =
    /^tsltrace: \S*\/libv\.so: the file that is loaded is not at its path any more/;

  // Who is not root cannot open a file that has no path; what is loaded tells the rest.
  for (const [how, flags] of [
    ['', []],
    [', has no build id', ['-Wl,--build-id=none']],
    [', has 32 bits', ['-m32']],
  ] as const) {
    const can = skipUnless(
      hasTool('gcc') && isRoot() && gccCan(...flags),
      'needs root, who can become another user, and gcc -m32 (Debian package gcc-multilib)',
    );
    can(`and was replaced${how}, is traced by who is not root`, async () => {
      const seen = await attachedAfter({ change: replace, as: NOBODY, flags });
      expect(seen.calls).toEqual(EXACT);
      expect(seen.messages).toMatch(noLongerThere);
    });
  }

  itIsRoot('and was removed is traced by who is not root', async () => {
    const change = ({ library }: Setting): void => rmSync(library);
    const seen = await attachedAfter({ change, as: NOBODY });
    expect(seen.calls).toEqual(EXACT);
    expect(seen.messages).toMatch(noLongerThere);
  });

  itIsRoot('and lies on a file system that shows other numbers than it has is traced', () =>
    withTemporaryFolder(async (folder) => {
      await withOverlay(folder, async (merged) => {
        for (const as of [{}, NOBODY]) {
          const seen = await attachedAfter({ change: () => undefined, as, folder: merged });
          expect(seen).toEqual({ calls: EXACT, messages: '' });
        }
      });
    }),
  );
});

/** A folder of an overlayfs. */
async function withOverlay(folder: string, use: (merged: string) => Promise<void>): Promise<void> {
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => {
    const path = join(folder, name);
    mkdirSync(path);
    chmodSync(path, 0o777);
    return path;
  });
  if (merged === undefined) return;
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  // Of a tmpfs, because the folder may lie on an overlay itself.
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, merged]);
  try {
    await use(merged);
  } finally {
    execFileSync('umount', [merged]);
  }
}
