/** Threads: all traced from the start, none lost, none crashed. */
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';
import { traceFixture } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
/** TSLTRACE_REPEAT=50 and TSLTRACE_COME_AND_GO_SECONDS=10 give the long series of the soak. */
const repeat = Number(process.env['TSLTRACE_REPEAT'] ?? 1);
const seconds = process.env['TSLTRACE_COME_AND_GO_SECONDS'] ?? '3';

describe('threads', () => {
  for (let round = 1; round <= repeat; round++) {
    itCompiles(
      `eight at once lose no call of 160,000 (run ${round})`,
      async () => {
        const { run, seen, expected } = await traceFixture('threads-same-function', {
          options: ['-e', 'toupper'],
          timeoutMs: 120_000,
        });
        expect(run).toMatchObject({ status: 0, signal: null, stderr: '' });
        expect(expected).toEqual({ toupper: 160_000 });
        expect(seen).toEqual(expected);
      },
      130_000,
    );
  }

  itCompiles(
    'that come and go without pause lose no call',
    async () => {
      const { run, seen, expected } = await traceFixture('threads-come-and-go', {
        args: [seconds],
        options: ['-e', 'toupper'],
        timeoutMs: 60_000,
      });
      expect(run).toMatchObject({ status: 0, signal: null, stderr: '' });
      expect(seen).toEqual(expected);
      expect(seen['toupper']).toBeGreaterThan(100);
    },
    70_000,
  );

  itCompiles(
    'may fork while others are in traced calls',
    async () => {
      const { run, seen, expected } = await traceFixture('forks-while-threads', {
        args: ['20'],
        options: ['-e', 'toupper'],
        timeoutMs: 60_000,
      });
      expect(run).toMatchObject({ status: 0, signal: null, stderr: '' });
      expect(run.stdout).toContain('children 20');
      expect(seen['toupper']).toBe(expected['toupper']);
    },
    70_000,
  );

  itCompiles('may exec from one that is not the first', async () => {
    const { run, seen, expected, trace } = await traceFixture('exec-from-thread', {
      options: ['-e', 'tolower'],
    });
    expect(run).toMatchObject({ status: 6, signal: null, stderr: '' });
    expect(trace).toContain('--- Called exec() ---');
    expect(seen).toEqual(expected);
  });
});
