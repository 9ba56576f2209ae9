/** Does the tracer grow while calls go by? */
import { residentKiB } from '../support/processes.js';
import { startProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { loopCommand, median } from './measure.js';
import type { Row } from './row.js';

const CALLS = Number(process.env['TSLTRACE_BENCH_CALLS'] ?? 10_000_000);
const SAMPLE_EVERY_MS = 200;

/** Resident memory of its last tenth less that of its third tenth, medians, MiB. */
async function growth(): Promise<number | undefined> {
  const command = [...tsltraceCommand(), '-o', '/dev/null', '-e', 'work'];
  const traced = startProgram([...command, ...loopCommand({ calls: CALLS })], {
    timeoutMs: 1_800_000,
  });
  traced.endInput();
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(residentKiB(traced.pid)), SAMPLE_EVERY_MS);
  const run = await traced.finished();
  clearInterval(timer);
  const part = (tenth: number): readonly number[] =>
    samples.slice((samples.length * tenth) / 10, (samples.length * (tenth + 1)) / 10);
  if (run.status !== 0 || samples.length < 20) return undefined;
  return (median(part(9)) - median(part(2))) / 1024;
}

export function memoryRows(): readonly Row[] {
  return [
    { name: `(h) growth over ${CALLS} calls`, unit: 'MiB', measure: growth, atMost: { value: 4 } },
  ];
}
