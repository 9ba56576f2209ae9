/** SIGTRAP is the program's own to handle, ignore, send, await and die of, whatever traps it runs into meanwhile. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardianIsDone } from '../support/attach-target.js';
import { buildProgram } from '../support/build-programs.js';
import { runProgram, runTsltrace, startProgram, startTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { traceBegins } from '../support/wait-for-trace.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const BUILD = { flags: ['-pthread', '-fno-builtin'] };
const BUILD_32 = { flags: [...BUILD.flags, '-m32'] };

const WAYS = [
  ...['handler', 'information', 'ignored', 'child', 'waiting', 'sigwait', 'signalfd', 'suspends'],
  ...['once', 'others', 'threads', 'ignored-int3', 'blocked-int3', 'raise', 'int3'],
];
/** Those that hold also when our handler stays: masks, and what a child inherits, may not (docs/limits.md). */
const WAYS_WITHOUT_US = ['handler', 'information', 'others', 'ignored-int3', 'raise', 'int3'];

interface Outcome {
  readonly stdout: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

const outcome = ({ stdout, status, signal }: Outcome): Outcome => ({ stdout, status, signal });

/** A launched program's death is told by our status, as a shell would tell it. */
function asOurs({ stdout, status, signal }: Outcome): Outcome {
  return { stdout, status: signal === 'SIGTRAP' ? 133 : status, signal: null };
}

type Ending = 'stays' | 'leaves' | 'is killed';

/** The program is on its way when it is attached to, by one tracer after another; each ends or stays before it goes on. */
async function attachedTo(
  program: string,
  way: string,
  ...endings: readonly Ending[]
): Promise<Outcome> {
  const target = startProgram([program, way, 'stops'], { timeoutMs: 60_000 });
  await target.sees(/ready/);
  await withTemporaryFolder(async (folder) => {
    const tracers = [];
    for (const ending of endings) {
      const file = join(folder, `trace${tracers.length}`);
      writeFileSync(file, '');
      const options = ['-e', 'toupper', '-o', file, '-p', String(target.pid)];
      const tracer = startTsltrace(options, { timeoutMs: 60_000 });
      tracers.push(tracer);
      await traceBegins(file);
      if (ending !== 'stays') tracer.kill(ending === 'leaves' ? 'SIGINT' : 'SIGKILL');
      if (ending !== 'stays') await tracer.finished();
      if (ending === 'is killed') await guardianIsDone(tracer.pid);
    }
    target.send('\n');
    target.endInput();
    await target.finished();
    for (const tracer of tracers)
      expect(await tracer.finished()).toMatchObject({ timedOut: false });
  });
  return outcome(await target.finished());
}

async function doesTheSame(
  way: string,
  build: typeof BUILD,
  options: readonly string[],
  name = 'owns-sigtrap',
): Promise<void> {
  const program = buildProgram(name, build);
  const alone = await runProgram([program, way]);
  const traced = await runTsltrace([...options, '-o', '/dev/null', program, way]);
  expect(asOurs(traced)).toEqual(asOurs(alone));
  expect(traced.stderr).toBe('');
}

const stopping = (program: string, way: string): Promise<Outcome> =>
  runProgram([program, way, 'stops'], { input: '\n' }).then(outcome);

/** What sigaction says of SIGTRAP is ours when we were killed, and other handlers do not block it any more. */
const asLeftByDead = ({ stdout, ...how }: Outcome): Outcome => ({
  ...how,
  stdout: (stdout.split('ready')[1] ?? stdout)
    .replace(/: (default|handled with information|handled), flags [^,]+,/g, ': UNKNOWN,')
    .replace('has SIGTRAP: 1', 'has SIGTRAP: 0'),
});
/** Other handlers do not block it any more after that. */
const withoutMasks = ({ stdout, ...how }: Outcome): Outcome => ({
  ...how,
  stdout: stdout.replace(/has SIGTRAP: 1/g, 'has SIGTRAP: 0'),
});
const withoutFlags = ({ stdout, ...how }: Outcome): Outcome => ({
  ...how,
  stdout: (stdout.split('ready')[1] ?? stdout).replace(/, flags [^,]+,/g, ','),
});

describe.each(WAYS)('a program that uses SIGTRAP itself (%s)', (way) => {
  itCompiles(
    'does what it does alone, launched',
    () => doesTheSame(way, BUILD, ['-e', 'toupper']),
    60_000,
  );

  m32('does so in 32 bits', () => doesTheSame(way, BUILD_32, ['-e', 'toupper']), 60_000);

  itCompiles(
    'does so when it is attached to on its way, and when it is left',
    async () => {
      const program = buildProgram('owns-sigtrap', BUILD);
      const alone = await stopping(program, way);
      expect(await attachedTo(program, way, 'stays')).toEqual(alone);
      expect(await attachedTo(program, way, 'leaves')).toEqual(alone);
    },
    120_000,
  );
});

describe.each(['waiting', 'sigwait', 'signalfd', 'suspends', 'others'])(
  'a program with traps all over its C library (%s)',
  (way) => {
    itCompiles(
      'does what it does alone',
      () => doesTheSame(way, BUILD, ['-S', '-x', '*@libc.so.6']),
      60_000,
    );
  },
);

describe('a handler that blocks SIGTRAP', () => {
  itCompiles('gets one at once in place of after its end, and the program gets each', async () => {
    const program = buildProgram('owns-sigtrap', BUILD);
    const alone = await runProgram([program, 'in-handler']);
    expect(alone.stdout).toBe('hits 1, of them in the handler 0\n');
    const traced = await runTsltrace(['-e', 'toupper', '-o', '/dev/null', program, 'in-handler']);
    expect(traced).toMatchObject({ stdout: 'hits 1, of them in the handler 1\n', stderr: '' });
  });
});

describe('what the kernel is told of SIGTRAP', () => {
  const both = async (way: string): Promise<[string, string]> => {
    const program = buildProgram('owns-sigtrap', BUILD);
    const alone = await runProgram([program, way]);
    const traced = await runTsltrace(['-e', 'toupper', '-o', '/dev/null', program, way]);
    expect(traced.status).toBe(alone.status);
    return [alone.stdout, traced.stdout];
  };

  itCompiles('is not that it is ignored, also in what is executed next', async () => {
    const ignored = (await both('ignored-in-next')).map((line) => /[01]\d$/m.exec(line)?.[0]);
    expect(ignored).toEqual(['10', '00']);
  });

  itCompiles('is not what a handler writes into the mask that it returns to', async () => {
    const [alone, traced] = await both('by-context');
    expect(alone).toContain('blocked');
    expect(traced).toBe(alone.replace('blocked', 'open'));
  });
});

describe.each(WAYS_WITHOUT_US)('a program whose tracer is killed (%s)', (way) => {
  itCompiles(
    'keeps its SIGTRAPs',
    async () => {
      const program = buildProgram('owns-sigtrap', BUILD);
      const alone = await stopping(program, way);
      const left = await attachedTo(program, way, 'is killed');
      expect(withoutFlags(left)).toEqual(asLeftByDead(alone));
    },
    60_000,
  );
});

describe.each(['thread-waits', 'process-waits'])('a SIGTRAP that waits at attach (%s)', (way) => {
  itCompiles(
    "is the program's own, however the tracer ends, and the program gets no breakpoint",
    async () => {
      const program = buildProgram('owns-sigtrap', BUILD);
      const alone = await stopping(program, way);
      expect(alone.stdout).toContain('open again: handled, flags 0, open, hits 1');
      expect(await attachedTo(program, way, 'is killed')).toEqual(alone);
      expect(await attachedTo(program, way, 'leaves')).toEqual(alone);
      const target = startProgram([program, way, 'stops'], { timeoutMs: 60_000 });
      await target.sees(/ready/);
      const tracer = startTsltrace(['-e', 'toupper', '-p', String(target.pid)]);
      await tracer.sees(/ waits in | runs /);
      target.send('\n');
      expect(outcome(await target.finished())).toEqual(alone);
      const { stderr } = await tracer.finished();
      const id = String(target.pid);
      expect(stderr).toContain(
        `process ${id} cannot be traced without danger to it: a SIGTRAP waits for thread ${id}; try again when it was handled`,
      );
    },
    60_000,
  );
});

describe.each(['handler', 'ignored-int3'])(
  'a program that is attached to after a kill (%s)',
  (way) => {
    itCompiles(
      'has its own action again with the next one, and when that leaves',
      async () => {
        const program = buildProgram('owns-sigtrap', BUILD);
        const alone = withoutMasks(await stopping(program, way));
        for (const ending of ['stays', 'leaves'] as const) {
          const found = await attachedTo(program, way, 'is killed', ending);
          expect(withoutMasks(found)).toEqual(alone);
        }
      },
      120_000,
    );
  },
);

describe('a program whose tracer was killed while it made a step for it', () => {
  itCompiles(
    'goes on',
    async () => {
      const program = buildProgram('owns-sigtrap', BUILD);
      const { stdout, status } = await attachedTo(program, 'step', 'is killed');
      expect([stdout, status]).toEqual([expect.stringContaining('after a step'), 0]);
    },
    60_000,
  );
});

describe.each(['errno', 'trap', 'kill', 'none'])(
  'a program whose own filters judge what it asks of SIGTRAP (%s)',
  (verdict) => {
    const options = ['-e', 'toupper'];
    itCompiles('sees what they do', () =>
      doesTheSame(verdict, BUILD, options, 'filters-sigaction'),
    );
    m32('sees it in 32 bits', () => doesTheSame(verdict, BUILD_32, options, 'filters-sigaction'));
  },
);
