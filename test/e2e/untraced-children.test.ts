/** A child in the same memory that asks not to be traced runs into breakpoints all the same, and must survive them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace, startProgram, startTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceBegins } from '../support/wait-for-trace.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');

async function survivesLaunched(flags: readonly string[], options: readonly string[]) {
  const program = buildProgram('clones-untraced', { flags: ['-fno-builtin', ...flags] });
  const run = await runTsltrace([...options, '-o', '/dev/null', program]);
  expect(run).toMatchObject({ status: 0, signal: null, stderr: '' });
  expect(run.stdout).toBe('the child ended with 7 after 3 calls\n');
}

describe('a child that is cloned with CLONE_UNTRACED', () => {
  itCompiles('survives breakpoints', () => survivesLaunched([], ['-e', 'toupper']));
  itCompiles('survives them when children are followed', () =>
    survivesLaunched([], ['-f', '-x', 'toupper']),
  );
  m32('survives them in 32 bits', () => survivesLaunched(['-m32'], ['-e', 'toupper']));

  itCompiles('survives them when its parent is attached to', async () => {
    const program = buildProgram('clones-untraced', { flags: ['-fno-builtin'] });
    const target = startProgram([program, '50', 'waits']);
    await target.sees(/ready/);
    await withTemporaryFolder(async (folder) => {
      const file = join(folder, 'trace');
      writeFileSync(file, '');
      const tracer = startTsltrace(['-o', file, '-e', 'toupper', '-p', String(target.pid)]);
      await traceBegins(file);
      target.send('\n');
      expect(await target.finished()).toMatchObject({
        status: 0,
        stdout: 'ready\nthe child ended with 7 after 50 calls\n',
      });
      expect(await tracer.finished()).toMatchObject({ timedOut: false, stderr: '' });
    });
  });
});
