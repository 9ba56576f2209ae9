/** What a recording costs while it is written, and when it is read. */
import { join } from 'node:path';
import { inProject } from '../support/project.js';
import { runProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { elapsedNs, loopCommand, MANY_CALLS, once, usPerCall } from './measure.js';
import type { Row } from './row.js';

/** A call is two events. TSLTRACE_BENCH_CALLS=500000 for a million. */
const RECORDED_CALLS = Number(process.env['TSLTRACE_BENCH_CALLS'] ?? 200_000);
const NAME_OF_TEXT = 'text to a file';
/** 150,000 events a second, of one processor. */
const MOST_US_PER_EVENT = 6.67;
const MOST_GROWTH_MIB = 16;

export function recordRows(): readonly Row[] {
  const written = (name: string, file: string): Row => ({
    name,
    unit: 'µs/call',
    measure: () =>
      withTemporaryFolder((folder) =>
        usPerCall([...tsltraceCommand(), '-o', join(folder, file), '-e', 'work'], {
          calls: MANY_CALLS,
        }),
      ),
  });
  const against = { against: NAME_OF_TEXT, atMost: { ratio: 1.15 } } as const;
  return [
    written(NAME_OF_TEXT, 'trace.txt'),
    { ...written('recording', 'trace.ndjson'), ...against },
    { ...written('recording, gzip', 'trace.ndjson.gz'), ...against },
  ];
}

export function readRows(): readonly Row[] {
  const read = once(async () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'trace.ndjson');
      const options = ['-o', file, '-e', 'work'];
      await runProgram(
        [...tsltraceCommand(), ...options, ...loopCommand({ calls: RECORDED_CALLS })],
        { timeoutMs: 900_000 },
      );
      return runProgram([process.execPath, inProject('dist/test/bench/read-recording.js'), file]);
    }),
  );
  return [
    {
      name: `${2 * RECORDED_CALLS} events read back, CPU time`,
      unit: 'µs/event',
      measure: async () => {
        const run = await read();
        const events = numberIn(run.stdout, /^events (\d+)$/m);
        const elapsed = elapsedNs(run);
        if (events === undefined || elapsed === undefined) return undefined;
        return events < 2 * RECORDED_CALLS ? undefined : elapsed / 1000 / events;
      },
      atMost: { value: MOST_US_PER_EVENT },
    },
    {
      name: 'growth of memory meanwhile',
      unit: 'MiB',
      measure: async () => {
        const grown = numberIn((await read()).stdout, /^grown_kib (\d+)$/m);
        return grown === undefined ? undefined : grown / 1024;
      },
      atMost: { value: MOST_GROWTH_MIB },
    },
  ];
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
