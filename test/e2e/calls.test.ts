/** Every call is seen once, whatever way it is left. */
import { buildLibrary, buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';
import { traceFixture, type FixtureOptions } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const itCompilesCpp = skipUnless(hasTool('g++'), needs('g++'));

async function expectExact(name: string, options: FixtureOptions = {}): Promise<void> {
  const { run, seen, expected } = await traceFixture(name, options);
  expect({ status: run.status, signal: run.signal, stderr: run.stderr }).toEqual({
    status: 0,
    signal: null,
    stderr: '',
  });
  expect(Object.keys(expected)).not.toHaveLength(0);
  expect(seen).toEqual(expected);
}

const greet = { library: 'lib-greet' } as const;

describe('a program', () => {
  itCompiles('has its calls shown with arguments and results, as it says itself', async () => {
    const { run, trace } = await traceFixture('calls-strlen', { options: ['-e', 'strlen'] });
    const wanted = run.stdout.trim().split('\n');
    const shown = trace
      .split('\n')
      .filter((line) => line.includes('strlen'))
      .map((line) => line.replace(/^[^>]*->/, '').replace(/\)\s+=/, ') ='));
    expect(shown).toEqual(wanted);
    expect(run.status).toBe(0);
  });

  itCompiles('that calls three functions 2000 times each has them all counted', () =>
    expectExact('counts-calls', {
      args: ['2000'],
      options: ['-e', 'malloc@MAIN+free@MAIN+toupper@MAIN'],
    }),
  );

  itCompiles('that reaches a function by a jump has the calls and their returns', async () => {
    const { run, transcript, seen, expected } = await traceFixture('tail-calls', {
      build: { flags: ['-O2'] },
      options: ['-e', 'toupper'],
    });
    expect(run.status).toBe(0);
    expect(seen).toEqual(expected);
    for (const call of transcript.calls)
      expect(call.text).toMatch(/^\S+->toupper\(.*\)\s+= ('A'|65)$/);
  });

  itCompiles('loops over the first instruction of a function has one call for all rounds', () =>
    expectExact('loops-at-entry', {
      build: { flags: ['-Os', '-fcf-protection=none'] },
      options: ['-L', '-x', 'walk+countDown+countSilently+jumpsOn'],
    }),
  );

  itCompiles('reads its own input, byte for byte', async () => {
    const input = 'some words\nand \xe9\x00 bytes\n'.repeat(100);
    const { run, seen } = await traceFixture('reads-input', {
      options: ['-e', 'toupper'],
      input: Buffer.from(input, 'latin1'),
    });
    expect(seen['toupper']).toBe(input.length);
    expect(run.stdout.startsWith('SOME WORDS\nAND ')).toBe(true);
  });

  itCompiles('that passes unreadable pointers has them printed as addresses', async () => {
    const { run, transcript, seen, expected } = await traceFixture('unreadable-pointers', {
      options: ['-e', 'access'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(seen).toEqual(expected);
    const shown = transcript.calls.map((call) => /access\(([^,]*),/.exec(call.text)?.[1]);
    expect(shown[0]).toBe('0x1');
    expect(shown[1]).toBe('0xffffffffffffffff');
    expect(['nil', '0']).toContain(shown[2]);
    expect(shown[3]).toMatch(/^0x[0-9a-f]+$/);
    expect(shown[4]).toBe('"/end"');
    expect(shown[5]).toBe('"/not/there"');
  });

  itCompiles(
    'that calls nothing the filter matches is told so, on standard error alone',
    async () => {
      const { run, trace } = await traceFixture('counts-calls', {
        options: ['-e', 'no_such_function'],
      });
      expect(run.status).toBe(0);
      expect(trace).toBe('+++ exited (status 0) +++\n');
      expect(run.stderr).toMatch(/^tsltrace: .*no_such_function.*\n$/);
    },
  );
});

describe('calls that do not return the usual way', () => {
  itCompiles('are counted when longjmp leaves them, and none has a false return', async () => {
    const { run, trace, seen, expected } = await traceFixture('longjmp-out', {
      build: greet,
      options: ['-e', 'call_back@MAIN+toupper@MAIN'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(seen).toEqual(expected);
    // The one that returns normally, with its own result: 41 + 1.
    expect(trace.match(/call_back resumed> .*= 42$/gm)).toHaveLength(1);
    expect(trace.match(/call_back resumed> .*=/g)).toHaveLength(1);
  });

  itCompilesCpp(
    'are counted when an exception leaves them, and none has a false return',
    async () => {
      const { run, trace, seen, expected } = await traceFixture('exceptions-out', {
        build: greet,
        options: ['-e', 'call_back@MAIN+toupper@MAIN'],
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(seen).toEqual(expected);
      expect(trace.match(/call_back resumed> .*= 42$/gm)).toHaveLength(1);
      expect(trace.match(/call_back resumed> .*=/g)).toHaveLength(1);
    },
  );

  for (const level of ['-O0', '-O2']) {
    itCompilesCpp(`that throw to the place behind them do not return (${level})`, async () => {
      const program = buildProgram('throws-in-place', { flags: [level] });
      const thrown = '__cxa_throw+__cxa_rethrow+_Unwind_Resume+longjmp+_longjmp+__longjmp_chk';
      const own = ['-x', 'fails+may_fail+leaps@MAIN'];
      const run = await runTsltrace(['-e', thrown, ...own, program, '20']);
      expect(run).toMatchObject({ status: 0, timedOut: false });
      // Thrown by fails and may_fail, and in place.
      expect(run.stderr.match(/->__cxa_throw\(/g)).toHaveLength(40 + 10 + 20);
      expect(run.stderr.match(/->__cxa_rethrow\(/g)).toHaveLength(20);
      expect(run.stderr.match(/ = .*$/gm)).toEqual(Array(10).fill(' = 42'));
      expect(run.stderr.match(/unwound ?(?:\.\.\.)?>$/gm)?.length).toBeGreaterThan(100);
      // At the next stop, not at the end of the program.
      const atTheEnd = /((?:<\.\.\. \w+ unwound>\n)*)\+\+\+ exited/.exec(run.stderr)?.[1] ?? '';
      expect(atTheEnd.match(/__cxa|_Unwind|longjmp/g)?.length ?? 0).toBeLessThanOrEqual(2);
    });

    itCompilesCpp(`that are left for the place behind them do not return (${level})`, async () => {
      const program = buildProgram('throws-in-place', { flags: [level] });
      const leaps = 'setjmp+_setjmp+longjmp+_longjmp+__longjmp_chk+lfind+qsort@MAIN';
      const { stderr, status } = await runTsltrace(['-e', leaps, program, '5']);
      expect(status).toBe(0);
      // Those of finds.
      expect(stderr.match(/lfind(?:\(| resumed>).* = 0x[0-9a-f]+$/gm)).toHaveLength(5);
      expect(stderr.match(/qsort(?:\(| resumed>).* = .*$/gm)).toBeNull();
      expect(stderr.match(/<\.\.\. (?:lfind|qsort) unwound>$/gm)).toHaveLength(10);
    });
  }

  itCompiles(
    'may be 100,000 deep',
    async () => {
      const { run, trace, seen, expected } = await traceFixture('recursion-deep', {
        build: greet,
        options: ['-e', 'call_back'],
        timeoutMs: 120_000,
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(seen).toEqual(expected);
      expect(trace.match(/ = (\d+|0x[0-9a-f]+)$/gm)).toHaveLength(100_000);
    },
    130_000,
  );

  itCompiles('may be coroutines that take turns', () =>
    expectExact('coroutines-swapcontext', {
      build: greet,
      options: ['-e', 'call_back@MAIN+toupper@MAIN'],
    }),
  );

  itCompiles('end with their thread, by pthread_exit or cancellation', async () => {
    const { run, transcript } = await traceFixture('pthread-exit-cancel', {
      build: greet,
      options: ['-e', 'call_back@MAIN'],
    });
    expect(run).toMatchObject({ status: 0, stdout: 'rounds 50\n', stderr: '' });
    expect(transcript.resumed.filter((line) => line.includes(' = '))).toEqual([]);
  });
});

describe('a library that is loaded while the program runs', () => {
  itCompiles('has its own calls traced', async () => {
    const library = buildLibrary('lib-greet');
    const { run, transcript } = await traceFixture('dlopen-late', {
      args: [library],
      options: ['-e', 'strlen@libgreet.so.1'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(transcript.calls).toHaveLength(10);
    expect(new Set(transcript.calls.map((call) => call.caller))).toEqual(
      new Set(['libgreet.so.1']),
    );
  });

  itCompiles('is traced again each time it is loaded at a new address', async () => {
    const library = buildLibrary('lib-greet');
    const { run, transcript } = await traceFixture('dlopen-close-reopen', {
      args: [library, '20'],
      options: ['-e', 'strlen@libgreet.so.1'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('moved 20 times');
    expect(transcript.calls).toHaveLength(20);
  });

  itCompiles('is traced in a namespace of its own', async () => {
    const library = buildLibrary('lib-greet');
    const { run, transcript } = await traceFixture('dlmopen-namespace', {
      args: [library],
      options: ['-e', 'strlen@libgreet.so.1'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(transcript.calls).toHaveLength(7);
  });
});

describe('one million calls', () => {
  itCompiles(
    'are all counted',
    async () => {
      const program = buildProgram('counts-calls');
      const run = await runTsltrace(['-c', '-e', 'toupper@MAIN', program, '1000000'], {
        timeoutMs: 240_000,
      });
      expect(run.status).toBe(0);
      expect(run.stderr).toMatch(/\b1000000\b.*\btoupper\b/);
    },
    250_000,
  );
});
