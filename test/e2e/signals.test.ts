/** Signals are delivered once, with what they carry; the program's own SIGTRAP is its own. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceFixture } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const WIDTHS = [
  ['in 64 bits', [], itCompiles],
  ['in 32 bits', ['-m32'], m32],
] as const;

describe('signals', () => {
  itCompiles('are delivered once, with sender and value', async () => {
    const { run, seen, expected, transcript } = await traceFixture('raises-signals', {
      options: ['-e', 'toupper'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('usr1 50 realtime 50 value 1225 wrong senders 0');
    expect(seen).toEqual(expected);
    const count = (pattern: RegExp): number =>
      transcript.events.filter((line) => pattern.test(line)).length;
    expect(
      count(
        /^--- SIGUSR1 \(User defined signal 1\) \{si_signo=SIGUSR1, si_code=SI_(?:TKILL|USER), si_pid=\d+, si_uid=\d+\} ---$/,
      ),
    ).toBe(50);
    expect(count(/^--- SIGRTMIN\+3 /)).toBe(50);
  });

  itCompiles(
    'are all delivered where two come while the program stands at a breakpoint',
    async () => {
      const { run, seen, expected, transcript } = await traceFixture('gets-signal-pairs', {
        options: ['-e', 'toupper'],
        args: ['500'],
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).toContain('came 500 500 sums 124750 124750');
      expect(seen).toEqual(expected);
      const signals = transcript.events.filter((line) => /^--- SIGRTMIN\+[12] /.test(line));
      expect(signals).toHaveLength(1000);
    },
  );

  itCompiles(
    'of an instruction with a breakpoint come at its own address, and its retry is no second call',
    async () => {
      const { run, seen, expected } = await traceFixture('faults-at-entry', {
        build: { flags: ['-fcf-protection=none'] },
        options: ['-x', 'peek'],
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).toContain('faults 150 strange 0 jumped 50');
      expect(seen).toEqual(expected);
    },
  );

  for (const [width, flags, compiles] of WIDTHS) {
    compiles(
      `interrupt a system call that is a function's first instruction, ${width}`,
      async () => {
        const { run, seen, expected } = await traceFixture('calls-kernel-at-once', {
          build: { flags },
          options: ['-x', 'bareCall'],
        });
        expect(run).toMatchObject({ status: 0, stderr: '' });
        expect(run.stdout).toContain('enough 1 strange 0');
        expect(seen).toEqual(expected);
      },
    );
  }

  itCompiles('are not shown with -b', async () => {
    const { run, transcript } = await traceFixture('raises-signals', {
      options: ['-b', '-e', 'toupper'],
    });
    expect(run.status).toBe(0);
    expect(transcript.events).toEqual(['+++ exited (status 0) +++']);
  });

  itCompiles('that the program traps itself reach its own handler', async () => {
    const { run, seen, expected } = await traceFixture('raises-sigtrap', {
      options: ['-e', 'toupper'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('traps 40 by int3 20 by raise 20');
    expect(seen).toEqual(expected);
  });

  itCompiles(
    'whose handlers make traced calls while others are open lose none',
    async () => {
      const { run, seen, expected } = await traceFixture('signal-handler-calls', {
        options: ['-e', 'toupper+tolower'],
        timeoutMs: 60_000,
      });
      expect(run).toMatchObject({ status: 0, signal: null, stderr: '' });
      expect(seen).toEqual(expected);
    },
    70_000,
  );

  itCompiles(
    'tell of addresses that only the kernel has to the last bit, and are read back so',
    () =>
      withTemporaryFolder(async (folder) => {
        const file = join(folder, 'run.ndjson');
        const options = ['--format', 'json', '-S', '-o', file];
        const run = await runTsltrace([...options, buildProgram('goes-astray')]);
        expect(run).toMatchObject({ status: 0, stderr: '' });
        const told = [...run.stdout.matchAll(/0x[0-9a-f]+/g)].map(([address]) => BigInt(address));
        expect(told).toEqual([0xffffffff80004321n, 0xffffffff81234567n]);
        const events = readFileSync(file, 'utf8').split('\n').filter(Boolean).map(asEvent);
        const signals = events.filter(({ kind }) => kind === 'signal');
        expect(signals.map(({ faultAddress }) => faultAddress)).toEqual(told.map(String));
        expect(signals[1]?.pc).toMatchObject({ returnAddress: String(told[1]), module: '' });
        const calls = events.filter(({ name }) => name?.startsWith('syscall_') === true);
        expect(calls.map(({ number }) => number)).toEqual([0xfffffff1, 0xfffffffd]);
        const again = join(folder, 'again.ndjson');
        const read = await runTsltrace(['--format', 'json', '-o', again, '--read', file]);
        expect(read).toMatchObject({ status: 0, stderr: '' });
        expect(readFileSync(again, 'utf8') === readFileSync(file, 'utf8')).toBe(true);
      }),
  );

  itCompiles('may be handled on another stack, and left by siglongjmp', async () => {
    const { run, seen, expected } = await traceFixture('sigaltstack-handler', {
      build: { library: 'lib-greet' },
      options: ['-e', 'call_back@MAIN+toupper@MAIN'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('returned 50 jumped 50');
    expect(seen).toEqual(expected);
  });
});

describe('signals that come faster than a traced thread takes them', () => {
  /** Its timer rings as soon as a signal was taken, for three seconds. */
  async function isToldOf(kind: string, signal: string, options: readonly string[]): Promise<void> {
    const program = buildProgram('rings-too-often');
    const all = [...options, '-o', '/dev/null', '-e', 'toupper', program, kind, '3'];
    const run = await runTsltrace(all);
    expect(run).toMatchObject({ status: 0, stdout: 'done\nexpect toupper 100\n' });
    const told = new RegExp(
      `^tsltrace: warning: thread \\d+ of process \\d+ makes no progress: signals \\(${signal}, \\d+ in 2\\.\\d s\\) ` +
        'come faster than a traced program takes them; have them come more slowly, or stop tracing it\\n$',
    );
    expect(run.stderr).toMatch(told);
  }

  itCompiles('are told of, once, also those to another thread', async () => {
    await Promise.all([
      isToldOf('alarm', 'SIGALRM', []),
      isToldOf('thread', 'SIGRTMIN', ['-f', '-c']),
    ]);
  });

  m32('and are so in 32 bits', async () => {
    const program = buildProgram('rings-too-often', { flags: ['-m32'] });
    const run = await runTsltrace(['-o', '/dev/null', '-e', 'toupper', program, 'alarm', '3']);
    expect(run).toMatchObject({ status: 0 });
    expect(run.stderr.match(/makes no progress/g)).toHaveLength(1);
  });
});

interface Told {
  readonly kind: string;
  readonly name?: string;
  readonly number?: number;
  readonly faultAddress?: string;
  readonly pc?: object;
}

const asEvent = (line: string): Told => JSON.parse(line) as Told;

describe('the end of the program', () => {
  itCompiles('by a signal is the end of tsltrace by the same signal', async () => {
    for (const name of ['SIGTERM', 'SIGKILL', 'SIGSEGV'] as const) {
      const program = buildProgram('raises-signals');
      const run = await runTsltrace(['-e', 'toupper', program, String(constants.signals[name])]);
      expect(run).toMatchObject({ status: null, signal: name });
      expect(run.stderr).toContain(`+++ killed by ${name} +++`);
    }
  });

  it('by exit gives its status', async () => {
    for (const status of [0, 1, 3, 77, 126, 127, 255]) {
      const run = await runTsltrace(['-o', '/dev/null', 'sh', '-c', `exit ${status}`]);
      expect(run).toMatchObject({ status, stdout: '', stderr: '' });
    }
  }, 40_000);
});
