/**
 * What fails one time in a hundred: attaching to a busy program and leaving it, again and again. A few rounds here,
 * hundreds in the soak (scripts/soak.sh), which sets these:
 * TSLTRACE_REPEAT: rounds of each series. TSLTRACE_TRACE_MS: how long each round traces.
 * TSLTRACE_TARGETS: so many programs share the rounds, at the same time. TSLTRACE_QUICK_ROUNDS: of the last series.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardianIsDone, withBusyTarget, type BusyTarget } from '../support/attach-target.js';
import { buildProgram } from '../support/build-programs.js';
import { sleep, tracerOf } from '../support/processes.js';
import {
  startProgram,
  startTsltrace,
  tsltraceCommand,
  type Run,
  type Running,
} from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const number = (name: string, otherwise: number): number =>
  Number(process.env[name] ?? '') || otherwise;
const rounds = number('TSLTRACE_REPEAT', 3);
const traceMs = number('TSLTRACE_TRACE_MS', 100);
const targets = number('TSLTRACE_TARGETS', 1);
const quickRounds = number('TSLTRACE_QUICK_ROUNDS', 5);
/** A round on a busy machine, beyond the time that it traces. */
const ROUND_MS = 60_000;
const patience = (count: number): number => (count / targets) * (traceMs + 10_000) + 2 * ROUND_MS;

/** Runs the rounds in all targets; each counts the calls that it saw. */
async function series(
  count: number,
  round: (target: BusyTarget, file: string) => Promise<number>,
): Promise<void> {
  let done = 0;
  let calls = 0;
  const shareRounds = (): Promise<void> =>
    withTemporaryFolder((folder) =>
      withBusyTarget(patience(count), async (target) => {
        while (done < count) {
          done++;
          const file = join(folder, 'trace');
          writeFileSync(file, '');
          const seen = await round(target, file);
          expect(seen).toBeGreaterThan(0);
          calls += seen;
          await target.isItself();
          if (done % 50 === 0) process.stdout.write(`${done} rounds begun\n`);
        }
      }),
    );
  await Promise.all(Array.from({ length: Math.min(targets, count) }, shareRounds));
  process.stdout.write(`${count} rounds, ${calls} calls traced meanwhile\n`);
}

const tracing = (target: BusyTarget, file: string): readonly string[] => [
  '-o',
  file,
  '-e',
  'toupper',
  '-p',
  String(target.pid),
];

/** Waits for the first call and traces on for a while; then `end` ends tsltrace. */
async function traceFor(file: string, tracer: Running, end: () => void): Promise<Run> {
  for (let waited = 0; callsIn(file) === 0; waited += 20) {
    if (waited > ROUND_MS) throw new Error('no call was traced');
    await sleep(20);
  }
  await sleep(traceMs);
  end();
  return tracer.finished();
}

function callsIn(file: string): number {
  return readFileSync(file, 'latin1').split('toupper(').length - 1;
}

describe(`a busy program of four threads, ${rounds} times in a row, is left unharmed`, () => {
  const quiet = { timedOut: false, stderr: '' };

  itCompiles(
    'by Ctrl-C on a terminal',
    () =>
      series(rounds, async (target, file) => {
        const terminal = buildProgram('runs-on-a-terminal', { flags: ['-lutil'] });
        const command = [terminal, ...tsltraceCommand(), ...tracing(target, file)];
        const shown = startProgram(command, { timeoutMs: traceMs + 2 * ROUND_MS });
        const run = await traceFor(file, shown, () => shown.send('\x03'));
        expect(run).toMatchObject({ ...quiet, stdout: '^C' });
        return callsIn(file);
      }),
    patience(rounds),
  );

  itCompiles(
    'by SIGTERM',
    () =>
      series(rounds, async (target, file) => {
        const tracer = startTsltrace(tracing(target, file), { timeoutMs: traceMs + 2 * ROUND_MS });
        expect(await traceFor(file, tracer, () => tracer.kill('SIGTERM'))).toMatchObject(quiet);
        return callsIn(file);
      }),
    patience(rounds),
  );

  itCompiles(
    'by SIGKILL',
    () =>
      series(rounds, async (target, file) => {
        const tracer = startTsltrace(tracing(target, file), { timeoutMs: traceMs + 2 * ROUND_MS });
        const run = await traceFor(file, tracer, () => tracer.kill('SIGKILL'));
        expect(run).toMatchObject({ ...quiet, signal: 'SIGKILL' });
        await guardianIsDone(tracer.pid);
        return callsIn(file);
      }),
    patience(rounds),
  );
});

describe(`a busy program, ${quickRounds} times`, () => {
  itCompiles(
    'is attached to and left after its first calls',
    () =>
      series(quickRounds, async (target, file) => {
        const tracer = startTsltrace(['--detach-after', '100', ...tracing(target, file)], {
          timeoutMs: ROUND_MS,
        });
        expect(await tracer.finished()).toMatchObject({ status: 0, timedOut: false, stderr: '' });
        expect(tracerOf(target.pid)).toBe(0);
        return callsIn(file);
      }),
    patience(quickRounds),
  );
});
