/**
 * Programs that gave up system calls: nothing that we do needs one in them, or they get no breakpoint. As root, who may
 * suspend filters for a moment, and without that right.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildLibrary, buildProgram } from '../support/build-programs.js';
import { changedCode } from '../support/changed-code.js';
import { sleep } from '../support/processes.js';
import { runProgram, startProgram, tsltraceCommand, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, isRoot, needs } from '../support/toolchain.js';
import { expectedCounts, readTranscript } from '../support/trace-lines.js';
import { withoutAdmin } from '../support/without-admin.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const itSuspends = skipUnless(hasTool('gcc') && isRoot(), `${needs('gcc')} and root`);
const MANY = { flags: ['-DSITES=12000'] };
const LONG_MS = 90_000;
const READY_MS = 10_000;

const USERS = [
  ['by who may suspend filters', (command: readonly string[]) => command],
  ['by who may not', withoutAdmin],
] as const;

interface Traced {
  readonly run: Run;
  /** Calls of toupper whose return was seen. */
  readonly returned: number;
  /** Calls whose return could not be watched. */
  readonly unwatched: number;
  readonly expected: number;
}

/** @param input one byte for each round of calls */
function trace(
  command: readonly string[],
  { by = (words: readonly string[]) => words, options = ['-e', 'toupper'], input = 'x' } = {},
): Promise<Traced> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'trace');
    writeFileSync(file, '');
    const words = by([...tsltraceCommand(), ...options, '-o', file, ...command]);
    const run = await runProgram(words, { input, timeoutMs: LONG_MS });
    return { run, ...countsOf(file), expected: expectedCounts(run.stdout)['toupper'] ?? 0 };
  });
}

function countsOf(file: string): { readonly returned: number; readonly unwatched: number } {
  const text = readFileSync(file, 'utf8');
  const calls = readTranscript(text).calls.filter(({ name }) => name === 'toupper');
  const unwatched = text.match(/toupper.*<return not watched \.\.\.>/g)?.length ?? 0;
  return { returned: calls.length - unwatched, unwatched };
}

const lockedIn = (how: string, ...more: readonly string[]): readonly string[] => [
  buildProgram('locks-itself-in'),
  how,
  ...more,
];

describe.each(USERS)('a launched program that calls from 3,000 places, traced %s', (_, by) => {
  for (const how of ['kill', 'trap', 'errno', 'strict', 'dispatch']) {
    itCompiles(`loses no call behind '${how}', and is not harmed`, async () => {
      const { run, returned, unwatched, expected } = await trace(lockedIn(how), { by });
      expect(run).toMatchObject({ status: 0, stderr: '', timedOut: false });
      expect(run.stdout).toContain('all right');
      expect([returned, unwatched]).toEqual([expected, 0]);
    });
  }

  itCompiles('loses none of a function that is watched at its entry', async () => {
    const { run, returned, expected } = await trace(lockedIn('kill', '2'), {
      by,
      options: ['-L', '-x', 'toupper@libc.so*'],
      input: 'xx',
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(returned).toBe(expected);
  });

  itCompiles(
    'loses none where there are more places than room was reserved for',
    async () => {
      const command = [buildProgram('locks-itself-in', MANY), 'kill', '2', '4'];
      const { run, returned, expected } = await trace(command, { by, input: 'xx' });
      expect(run).toMatchObject({ status: 0, stderr: '', timedOut: false });
      expect(run.stdout).toContain('all right');
      expect(expected).toBe(72_000);
      expect(returned).toBe(expected);
    },
    100_000,
  );

  itCompiles('loses none in what it loads and begins behind the filter', async () => {
    const library = buildLibrary('lib-calls-from-everywhere');
    const command = [buildProgram('loads-behind-a-filter'), library];
    const options = ['-f', '-e', 'toupper@libcalls*'];
    const { run, returned, unwatched, expected } = await trace(command, { by, options });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('all right');
    expect([returned, unwatched]).toEqual([expected, 0]);
  });
});

describe('a program that limits its memory', () => {
  for (const what of ['address-space', 'locked-memory']) {
    itCompiles(`by ${what} loses no call when it is launched`, async () => {
      const { run, returned, expected } = await trace([buildProgram('limits-itself'), what]);
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).toContain('all right');
      expect(returned).toBe(expected);
    });
  }

  itCompiles('is left alone when it is attached to, and that is said', async () => {
    const attached = await attach([buildProgram('limits-itself'), 'address-space', '2']);
    expect(attached.stderr).toContain('the program gets no more memory');
    expect(attached).toMatchObject({ isChanged: false, status: 0, target: { status: 0 } });
    expect(attached.target.stdout).toContain('all right');
  });
});

describe('a program that runs behind a filter when it is attached to', () => {
  for (const how of ['kill', 'trap', 'errno']) {
    itSuspends(`is traced where '${how}' can be suspended, and left as it was`, async () => {
      const attached = await attach(lockedIn(how, '3'), { rounds: 2 });
      expect(attached).toMatchObject({ stderr: '', isChanged: false, status: 0 });
      expect(attached.target).toMatchObject({ status: 0, signal: null });
      expect(attached.target.stdout).toContain('all right');
      expect([attached.returned, attached.unwatched]).toEqual([6000, 0]);
    });

    itCompiles(
      `gets no breakpoint where '${how}' cannot be suspended, and that is said`,
      async () => {
        const attached = await attach(lockedIn(how, '3'), { by: withoutAdmin, rounds: 2 });
        expect(attached.stderr).toMatch(/process \d+ cannot be traced without danger to it/);
        expect(attached.stderr).toContain('toupper: the program is sandboxed');
        expect(attached).toMatchObject({ isChanged: false, status: 0, returned: 0 });
        expect(attached.target).toMatchObject({ status: 0, signal: null });
      },
    );
  }

  itCompiles('is traced where its calls are dispatched only at times', async () => {
    const attached = await attach(lockedIn('dispatch', '3'), { by: withoutAdmin, rounds: 2 });
    expect(attached.target).toMatchObject({ status: 0, signal: null });
    expect(attached.target.stdout).toContain('all right');
    // The table of its SIGTRAP handler cannot grow meanwhile, which is said.
    expect(attached.returned + attached.unwatched).toBe(6000);
    expect(attached.returned).toBeGreaterThan(1000);
    expect(attached.stderr).toMatch(/not all returns to locks-itself-in are watched/);
    expect(attached.isChanged).toBe(false);
  });
});

interface Attached extends Omit<Traced, 'run' | 'expected'> {
  readonly status: number | null;
  readonly stderr: string;
  readonly target: Run;
  /** Had the target other code in memory than its files when we had left it? */
  readonly isChanged: boolean;
}

/** Attaches when the program has locked itself in, has it make its rounds of calls, leaves, and lets it end. */
function attach(
  command: readonly string[],
  { by = (words: readonly string[]) => words, rounds = 1 } = {},
): Promise<Attached> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'trace');
    writeFileSync(file, '');
    const target = startProgram(command, { timeoutMs: LONG_MS });
    await target.sees(/locked in/);
    const options = ['-e', 'toupper', '-o', file, '-p', String(target.pid)];
    const tracer = startProgram(by([...tsltraceCommand(), ...options]), { timeoutMs: LONG_MS });
    const program = `/${basename(command[0] ?? '')}+`;
    const isReady = (): boolean =>
      /cannot be traced/.test(tracer.output().stderr) ||
      changedCode(target.pid).some((place) => place.includes(program));
    for (let waited = 0; waited < READY_MS && !isReady(); waited += 20) await sleep(20);
    expect(isReady()).toBe(true);
    for (let round = 1; round <= rounds; round++) {
      target.send('x');
      await target.sees(new RegExp(`(round\\n){${round}}`), 30_000);
    }
    tracer.kill('SIGINT');
    const { status, stderr } = await tracer.finished();
    const isChanged = changedCode(target.pid).length > 0;
    target.send('x');
    target.endInput();
    return {
      status,
      stderr,
      ...countsOf(file),
      isChanged,
      target: await target.finished(),
    };
  });
}
