/** A program that mixes all shapes at once. Three seconds in the suite, TSLTRACE_SOAK_SECONDS in the soak. */
import { buildLibrary, buildProgram } from '../support/build-programs.js';
import { residentKiB, sleep } from '../support/processes.js';
import { startTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { expectedCounts, readTranscript } from '../support/trace-lines.js';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const seconds = Number(process.env['TSLTRACE_SOAK_SECONDS'] ?? 3);
/** The tracer may fill its caches first; after that it must not grow. */
const WARM_UP_SHARE = 0.3;
const GROWTH_KIB = 20_000;

skipUnless(hasTool('gcc'), needs('gcc'))(
  `threads, forks, signals, jumps and libraries that come and go, ${seconds} s: exact counts, flat memory`,
  () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'trace');
      const program = buildProgram('mixes-everything', { library: 'lib-greet' });
      // A second file of the same library: unlike the one that is linked, it is really unloaded.
      const library = buildLibrary('lib-greet', {
        flags: ['-DUNLOADED', '-Wl,-soname,libcome.so.1'],
      });
      const filter = 'toupper@MAIN+tolower@MAIN+call_back@MAIN+strlen@libcome.so.1';
      const traced = startTsltrace(['-o', file, '-e', filter, program, String(seconds), library], {
        timeoutMs: seconds * 3000 + 60_000,
      });
      const samples: number[] = [];
      const timer = setInterval(() => samples.push(residentKiB(traced.pid)), 200);
      const run = await traced.finished();
      clearInterval(timer);
      await sleep(0);
      expect({ ...run, stdout: '', milliseconds: 0 }).toEqual({
        stdout: '',
        stderr: '',
        status: 0,
        signal: null,
        timedOut: false,
        milliseconds: 0,
      });
      const expected = expectedCounts(run.stdout);
      expect(Object.keys(expected)).toHaveLength(4);
      expect(await countNames(file, Object.keys(expected))).toEqual(expected);
      const living = samples.filter((sample) => sample > 0);
      const warm = Math.max(...living.slice(0, Math.ceil(living.length * WARM_UP_SHARE)));
      const last = living.at(-1) ?? 0;
      process.stdout.write(
        `soak: ${run.stdout.trim().replace(/\n/g, ', ')}, memory ${warm} → ${last} KiB\n`,
      );
      if (seconds >= 30) expect(last - warm).toBeLessThan(GROWTH_KIB);
    }),
  seconds * 4000 + 90_000,
);

/** Line by line: the file of a long soak does not fit into one string. */
async function countNames(file: string, names: readonly string[]): Promise<Record<string, number>> {
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  for await (const line of createInterface({ input: createReadStream(file) })) {
    for (const { name } of readTranscript(line).calls) {
      if (counts[name] !== undefined) counts[name]++;
    }
  }
  return counts;
}
