/** Threads of the kernel among those of a process: they work for it, and cannot be traced. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { processState, threadsOf, tracerOf } from '../support/processes.js';
import { runTsltrace, startProgram, startTsltrace, type Running } from '../support/run-tsltrace.js';
import { seesCalls } from '../support/sees-calls.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool } from '../support/toolchain.js';
import { countCalls, expectedCounts } from '../support/trace-lines.js';

/** <linux/sysctl.h>: 0 lets everybody. */
function ioUringIsAllowed(): boolean {
  try {
    return readFileSync('/proc/sys/kernel/io_uring_disabled', 'latin1').trim() === '0';
  } catch {
    return readdirSync('/proc/sys/kernel').includes('io_uring_group');
  }
}

const itHasWorkers = skipUnless(
  hasTool('gcc') && ioUringIsAllowed(),
  'needs gcc and a kernel with io_uring',
);
const ROUNDS = 3;

for (const kind of ['worker', 'poller']) {
  describe(`a program with a ${kind} of io_uring`, () => {
    itHasWorkers('is left as it was, each time', () =>
      withTemporaryFolder((folder) =>
        withTarget(kind, async (target) => {
          for (let round = 0; round < ROUNDS; round++) {
            const file = join(folder, `trace-${round}`);
            writeFileSync(file, '');
            const tracer = startTsltrace(['-o', file, '-e', 'toupper', '-p', `${target.pid}`]);
            await seesCalls(file);
            expect(workersOf(target.pid).map(tracerOf)).not.toContain(tracer.pid);
            tracer.kill('SIGINT');
            expect(await tracer.finished()).toMatchObject({ timedOut: false, stderr: '' });
            expect(threadsOf(target.pid).map(tracerOf)).not.toContain(tracer.pid);
            expect(['R', 'S']).toContain(processState(target.pid));
          }
        }),
      ),
    );

    itHasWorkers('may be attached to by the id of that thread, and end meanwhile', () =>
      withTemporaryFolder((folder) =>
        withTarget(kind, async (target) => {
          const file = join(folder, 'trace');
          writeFileSync(file, '');
          const [worker] = workersOf(target.pid);
          const tracer = startTsltrace(['-o', file, '-e', 'toupper', '-p', `${worker}`]);
          await seesCalls(file);
          target.endInput();
          await target.finished();
          expect(await tracer.finished()).toMatchObject({ timedOut: false, stderr: '' });
          expect(readFileSync(file, 'utf8')).toMatch(/exited \(status 0\)/);
        }),
      ),
    );

    itHasWorkers('is traced from its start to its end', async () => {
      const run = await runTsltrace(['-e', 'toupper', program(), kind], {
        input: 'ends',
      });
      expect(run).toMatchObject({ status: 0, timedOut: false });
      expect(run.stdout).toContain('the ring read 8 bytes: 12345678\n');
      expect(countCalls(run.stderr)).toMatchObject(expectedCounts(run.stdout));
    });
  });
}

const program = (): string => buildProgram('works-by-io-uring');

/** Afterwards the target must say that the kernel did its work. */
async function withTarget(kind: string, use: (target: Running) => Promise<void>): Promise<void> {
  const target = startProgram([program(), kind]);
  try {
    await target.sees(/ready/);
    expect(workersOf(target.pid)).not.toEqual([]);
    await use(target);
  } finally {
    target.endInput();
  }
  const run = await target.finished();
  expect(run).toMatchObject({ status: 0, signal: null, timedOut: false });
  expect(run.stdout).toContain('the ring read 8 bytes: 12345678\n');
}

/** The program itself has one thread. */
function workersOf(pid: number): number[] {
  return threadsOf(pid).filter((tid) => tid !== pid);
}
