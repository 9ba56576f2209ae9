/** V8's optimizing compiler waits until a trace is busy, and comes then. */
import { buildProgram } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));

/** Functions that V8 made optimized code of, by what it prints of it. */
async function optimizedIn(...words: readonly string[]): Promise<number> {
  const tsltrace = inProject('dist/tsltrace.js');
  const run = await runProgram([process.execPath, '--trace-opt', tsltrace, ...words]);
  expect(run.status).toBe(0);
  return [...run.stdout.matchAll(/^\[completed optimizing/gm)].length;
}

describe('what V8 optimizes', () => {
  itCompiles('is nothing until many calls came', async () => {
    const program = buildProgram('many-imports', { library: 'lib-many', flags: ['-O0'] });
    expect(await optimizedIn('-o', '/dev/null', '-e', 'imported_*@MAIN', program, '0')).toBe(0);
  });

  itCompiles('are the functions that deal with a call when thousands come', async () => {
    const program = buildProgram('calls', { library: 'lib-work' });
    expect(
      await optimizedIn('-o', '/dev/null', '-e', 'work', program, '5000', '1'),
    ).toBeGreaterThan(0);
  });
});
