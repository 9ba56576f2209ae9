/** Calls counted inside of programs: the same figures as by traps, exact in every storm, and nobody is harmed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardianIsDone, withBusyTarget, type BusyTarget } from '../support/attach-target.js';
import { buildProgram } from '../support/build-programs.js';
import { CORPUS, corpusCommand } from '../support/corpus.js';
import { isAlive, sleep } from '../support/processes.js';
import { runTsltrace, startProgram, startTsltrace, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc') && hasTool('g++'), needs('g++'));
const TIMEOUT_MS = 120_000;

interface Counted {
  readonly run: Run;
  /** Calls and errors by function. */
  readonly counts: ReadonlyMap<string, string>;
  /** Calls that cost no stop. */
  readonly inside: number;
}

/** Runs a command and counts what its modules call. */
async function count(
  engine: 'trap' | 'inline',
  command: readonly string[],
  more: readonly string[] = [],
): Promise<Counted> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'table.csv');
    const options = ['-c', '-e', '*@MAIN', '--engine', engine, ...more];
    const table = ['--summary-format', 'csv', '-o', file, '-D', 'engine'];
    const run = await runTsltrace([...options, ...table, '--', ...command], {
      timeoutMs: TIMEOUT_MS,
    });
    expect(run).toMatchObject({ timedOut: false, signal: null });
    const inside = [...run.stderr.matchAll(/(\d+) calls of \S+ caught inside/g)];
    return {
      run,
      counts: countsIn(readFileSync(file, 'latin1')),
      inside: inside.reduce((sum, [, calls]) => sum + Number(calls), 0),
    };
  });
}

function countsIn(csv: string): ReadonlyMap<string, string> {
  const rows = csv.trim().split('\n').slice(1);
  return new Map(
    rows.map((row) => {
      const [name = '', calls, errors] = row.split(',');
      return [name, `${calls} calls, ${errors} errors`];
    }),
  );
}

/** What the fixture says of its own calls, and that its children call toupper so often. */
function expectAsSaid({ run, counts }: Counted, inChildren = 0): void {
  const said = [...run.stdout.matchAll(/^expect (\S+) (\d+)$/gm)];
  expect(said.length).toBeGreaterThan(0);
  for (const [, name = '', own = ''] of said) {
    const calls = Number(own) + (name === 'toupper' ? inChildren : 0);
    const errors = name === 'access' ? calls : 0;
    expect([name, counts.get(name)]).toEqual([name, `${calls} calls, ${errors} errors`]);
  }
}

describe('a program of threads, signals, exceptions, longjmps, forks and vforks', () => {
  const storm = (...args: number[]): readonly string[] => [
    buildProgram('calls-in-storms'),
    ...args.map(String),
  ];

  itCompiles('is counted exactly by traps', async () => {
    const counted = await count('trap', storm(2, 100, 20, 20, 5, 5));
    expectAsSaid(counted);
    expect(counted.inside).toBe(0);
  });

  itCompiles(
    'is counted exactly inside',
    async () => {
      const counted = await count('inline', storm(16, 20_000, 200, 200, 20, 20));
      expectAsSaid(counted);
      expect(counted.run.status).toBe(0);
      // Of a million, but for those that a storm leaves to traps.
      expect(counted.inside).toBeGreaterThan(800_000);
    },
    TIMEOUT_MS,
  );

  itCompiles(
    'is counted exactly with its children',
    async () => {
      expectAsSaid(await count('inline', storm(4, 5_000, 20, 20, 10, 10), ['-f']), 20 * 5);
    },
    TIMEOUT_MS,
  );
});

/** Those whose calls do not depend on time, and that do not show how their code was changed. */
const EQUAL = [
  'agrees-with-ltrace',
  'calls-from-memory',
  'chooses',
  'coroutines-swapcontext',
  'counts-calls',
  'deep-stack',
  'exceptions-out',
  'longjmp-out',
  'never-returns',
  'recursion-deep',
  'routes',
  'tail-calls',
  'through-got',
  'dlopen-close-reopen',
  'loads-plugins',
  'exec-chain',
  'fork-many',
  'ptrace-traceme',
  'vfork-exec',
  'sigaltstack-handler',
  'mprotect-text',
  'seccomp-strict',
];

describe('by traps and inside come the same counts, output and status', () => {
  const programs = Object.values(CORPUS).flat();
  for (const name of EQUAL) {
    itCompiles(name, async () => {
      const program = programs.find((one) => one.name === name);
      if (program === undefined) throw new Error(`${name} is not in the corpus`);
      const command = corpusCommand([program]);
      const byTraps = await count('trap', command, ['-f']);
      const inside = await count('inline', command, ['-f']);
      expect(inside.run.stdout).toBe(byTraps.run.stdout);
      expect(inside.run.status).toBe(byTraps.run.status);
      expect(inside.counts).toEqual(byTraps.counts);
    });
  }
});

itCompiles('a call that passes two stubs is as many calls as by traps', async () => {
  const command = [buildProgram('hands-out-free', { flags: ['-no-pie', '-fno-pic'] }), '50'];
  const everything = ['-e', '*'];
  const byTraps = await count('trap', command, everything);
  const inside = await count('inline', command, everything);
  expect(inside.counts).toEqual(byTraps.counts);
  expect(inside.inside).toBeGreaterThan(50);
});

itCompiles('a call caught by a trap returns, also when it goes on to one inside', () =>
  withTemporaryFolder(async (folder) => {
    const conf = join(folder, 'shut.conf');
    writeFileSync(conf, 'errno(int) shut(int);');
    const command = [buildProgram('closes-nothing', { flags: ['-O2'] }), '200'];
    const options = ['-F', conf, '-x', 'shut', '-e', 'close'];
    const byTraps = await count('trap', command, options);
    const inside = await count('inline', command, options);
    // A call that was never seen to return is no failed one.
    expect(inside.counts).toEqual(byTraps.counts);
    expect([...inside.counts].join()).toContain('shut,200 calls, 200 errors');
    expect(inside.inside).toBeGreaterThan(150);
  }),
);

describe('why calls are caught by traps is said', () => {
  const reason = async (options: readonly string[]): Promise<string> => {
    const run = await runTsltrace([
      ...['-D', 'engine,sites', '--engine', 'inline', '-o', '/dev/null', ...options],
      buildProgram('calls-in-storms'),
      ...['1', '5', '0', '5', '0', '0'],
    ]);
    expect(run.status).toBe(0);
    return run.stderr;
  };

  itCompiles('of a session that shows each call', async () => {
    expect(await reason([])).toContain(
      'calls are caught by traps: the output shows each call, or figures of intervals',
    );
  });

  itCompiles('of a function that may return more than once', async () => {
    expect(await reason(['-c'])).toMatch(
      /_setjmp at 0x\w+: caught by traps: it may return more than once, or elsewhere/,
    );
  });

  itCompiles('of a static program', async () => {
    const run = await runTsltrace([
      ...['-c', '-D', 'engine', '--engine', 'inline', '-e', '*'],
      buildProgram('static-work', { flags: ['-static'] }),
    ]);
    expect(run.stderr).toContain('calls are caught by traps: it has no dynamic linker');
  });
});

describe('a busy program of four threads whose calls are counted inside', () => {
  /** Attaches, waits until calls cost no stop any more, and ends tsltrace so. */
  async function visit(
    target: Pick<BusyTarget, 'pid'>,
    signal: NodeJS.Signals,
    folder: string,
  ): Promise<Run> {
    const file = join(folder, `${signal}.csv`);
    const options = ['-c', '-e', 'toupper', '--engine', 'inline', '--summary-format', 'csv'];
    const tracer = startTsltrace(
      [...options, '-o', file, '-D', 'engine,sites', '-p', String(target.pid)],
      { timeoutMs: TIMEOUT_MS },
    );
    await tracer.sees(/caught inside the process/, TIMEOUT_MS / 2);
    await sleep(100);
    tracer.kill(signal);
    const run = await tracer.finished();
    if (signal === 'SIGKILL') await guardianIsDone(tracer.pid);
    else {
      expect(existsSync(file)).toBe(true);
      expect(run.stderr).toMatch(/\d+ calls of toupper caught inside/);
    }
    expect(isAlive(target.pid)).toBe(true);
    return run;
  }

  itCompiles(
    'is left as it was by SIGINT and SIGTERM',
    () =>
      withTemporaryFolder((folder) =>
        withBusyTarget(TIMEOUT_MS, async (target) => {
          for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) {
            await visit(target, signal, folder);
            await target.isItself();
          }
        }),
      ),
    TIMEOUT_MS,
  );

  itCompiles(
    'goes on when tsltrace is killed',
    () =>
      withTemporaryFolder(async (folder) => {
        for (let round = 0; round < 2; round++) {
          const target = startProgram([buildProgram('busy-threads'), '4', '100']);
          try {
            await target.sees(/ready/);
            await visit(target, 'SIGKILL', folder);
            const next = await runTsltrace([
              ...['-c', '-e', 'toupper', '--engine', 'inline', '-D', 'sites'],
              ...['--detach-after', '1s', '-p', String(target.pid)],
            ]);
            expect(next.stderr).toContain('caught by traps: its stub is of another kind');
          } finally {
            target.endInput();
          }
          const run = await target.finished();
          expect(run).toMatchObject({ status: 0, signal: null, timedOut: false });
          expect(run.stdout).toContain('wrong threads 0');
        }
      }),
    TIMEOUT_MS,
  );
});

describe('who calls a function that is counted inside', () => {
  itCompiles('is found by what unwinds, not on the stack', async () => {
    const command = [buildProgram('asks-who-calls', { library: 'lib-asks' })];
    const byTraps = await count('trap', command, ['-e', 'asks_*']);
    expect(byTraps.run.stdout).toContain('on the stack 20 of 20, unwound 20 of 20\n');
    const inside = await count('inline', command, ['-e', 'asks_*']);
    expect(inside.inside).toBeGreaterThan(0);
    expect(inside.run.stdout).toMatch(/^on the stack 1?\d of 20, unwound 20 of 20$/m);
  });
});
