/** The fuzzer of whole runs works: a few of its damaged libraries do the same with and without tracing. */
import { runProgram } from '../support/run-tsltrace.js';
import { inProject } from '../support/project.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';

const FUZZER = inProject('scripts/fuzz-runs.js');
const RUNS = 4;
/** Each program runs twice at least, and once more often where it differs at first. */
const LONGEST_MS = 300_000;

describe('libraries that are damaged at random', () => {
  skipUnless(hasTool('gcc'), needs('gcc'))(
    'do what they do without us',
    async () => {
      const run = await runProgram([process.execPath, FUZZER, String(RUNS), '5'], {
        timeoutMs: LONGEST_MS,
      });
      expect(run).toMatchObject({ status: 0, stderr: '', timedOut: false });
      expect(run.stdout).toMatch(new RegExp(`^${RUNS} runs, 0 differ; untraced: .+\\n$`));
    },
    LONGEST_MS + 10_000,
  );
});
