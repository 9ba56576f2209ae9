/** Processes that are killed while we do something with them, at one request to Linux after the other. */
import { guardianIsDone, withBusyTarget } from '../support/attach-target.js';
import { buildProgram } from '../support/build-programs.js';
import type { DyingReport } from '../support/dying-driver.js';
import { inProject } from '../support/project.js';
import { runProgram, startProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const DRIVER = inProject('dist/test/support/dying-driver.js');
const KILLED_TRACER = inProject('dist/test/support/killed-tracer-driver.js');
const TARGETS = 60;
/** Every how many requests, and more rounds than there are such. */
const STEP = 5;
const MOST_ROUNDS = 200;

async function report(...words: readonly string[]): Promise<DyingReport> {
  const run = await runProgram([process.execPath, DRIVER, ...words]);
  expect(run).toMatchObject({ status: 0, timedOut: false });
  return JSON.parse(run.stderr) as DyingReport;
}

async function drive(phase: 'attach' | 'leave', threads: number): Promise<DyingReport> {
  const command = [buildProgram('waits-in-threads'), String(threads)];
  const targets = Array.from({ length: TARGETS }, () => startProgram(command));
  try {
    await Promise.all(targets.map((target) => target.sees(/ready/)));
    return await report(phase, ...targets.map(({ pid }) => String(pid)));
  } finally {
    for (const target of targets) target.kill('SIGKILL');
    await Promise.all(targets.map((target) => target.finished()));
  }
}

describe.each([0, 4])('a process with %d more threads', (threads) => {
  itCompiles('may be killed at any moment of an attach, and its end is told', async () => {
    const { requests, ends } = await drive('attach', threads);
    // So many that most come after the process is ours.
    expect(requests).toBeGreaterThan(100);
    // The last one when it ends before anything of it was seized.
    const refusal =
      /^UserError: cannot attach to PID: (no such process|it has just ended|it has ended and waits .*)$/;
    expect(ends.filter((end) => end !== 'killed' && !refusal.test(end))).toEqual([]);
    expect(ends.filter((end) => end === 'killed').length).toBeGreaterThan(TARGETS / 2);
  });

  itCompiles('may be killed at any moment while we leave it', async () => {
    const { requests, ends } = await drive('leave', threads);
    expect(requests).toBeGreaterThan(10);
    expect(ends.filter((end) => end !== 'killed' && end !== 'detached')).toEqual([]);
  });
});

describe('a launched shell with two children', () => {
  it('may be killed at any moment: the children go on, and every end is told', async () => {
    const script = '/bin/true; /bin/true; exit 0';
    const { requests, ends } = await report('launch', '80', '/bin/sh', '-c', script);
    expect(requests).toBeGreaterThan(1000);
    expect(ends.filter((end) => end !== 'killed' && end !== 'exited')).toEqual([]);
    // Before it is there and after its end it cannot be killed.
    expect(ends.filter((end) => end === 'killed').length).toBeGreaterThan(60);
  });
});

describe('a busy program of four threads whose tracer is killed in the middle of an attach or of leaving', () => {
  itCompiles(
    'goes on as it would have, whatever the tracer was about to do',
    () =>
      withBusyTarget(100_000, async (target) => {
        let rounds = 0;
        for (let at = 0; rounds < MOST_ROUNDS; at += STEP, rounds++) {
          const tracer = startProgram([
            process.execPath,
            KILLED_TRACER,
            String(target.pid),
            String(at),
          ]);
          const run = await tracer.finished();
          await guardianIsDone(tracer.pid);
          await target.isItself();
          if (run.stderr === 'done\n') break;
          expect(run).toMatchObject({ signal: 'SIGKILL', stderr: '' });
        }
        expect(rounds).toBeGreaterThan(20);
        expect(rounds).toBeLessThan(MOST_ROUNDS);
      }),
    120_000,
  );
});
