/** Every type by every route: the program says what must be seen, and nothing else may be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const itCompiles32 = skipUnless(hasTool('gcc') && gccCan('-m32'), 'gcc-multilib is not installed');

async function expectSaidValues(flags: readonly string[]): Promise<void> {
  const program = buildProgram('passes-values', {
    flags: ['-w', ...flags],
    library: 'lib-values',
    libraryFlags: ['-w', ...flags],
  });
  await withTemporaryFolder(async (folder) => {
    const file = join(folder, 'trace');
    const options = ['-F', inProject('test/programs/values.conf'), '-e', '/[vr]_.*/@MAIN'];
    const run = await runTsltrace([...options, '-o', file, program]);
    expect([run.stderr, run.status]).toEqual(['', 0]);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const seen = lines.map((line) => line.replace(/^[^(]*?->/, '').replace(/\)\s+= /, ') = '));
    expect(seen.at(-1)).toBe('+++ exited (status 0) +++');
    expect(seen.slice(0, -1)).toEqual(run.stdout.trimEnd().split('\n'));
  });
}

describe('values', () => {
  itCompiles('are what the program says, on x86-64', () => expectSaidValues([]));
  itCompiles('are what the program says, built with optimisation', () => expectSaidValues(['-O2']));
  itCompiles32('are what the program says, on i386', () => expectSaidValues(['-m32']));
});
