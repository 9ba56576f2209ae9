/** SIGTRAP is the program's own to block, whatever traps it runs into meanwhile. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { startProgram, startTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceFixture } from '../support/trace-fixture.js';
import { traceBegins } from '../support/wait-for-trace.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const CALLS_PER_TURN = 22;

describe('a program that blocks SIGTRAP', () => {
  for (const [width, flags, compiles] of [
    ['in 64 bits', [], itCompiles],
    ['in 32 bits', ['-m32'], m32],
  ] as const) {
    compiles(`finds it blocked, launched, ${width}`, async () => {
      const { run, seen, expected } = await traceFixture('blocks-sigtrap', {
        build: { flags },
        options: ['-e', 'toupper'],
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).toContain('strange 0');
      expect(seen).toEqual(expected);
    });
  }

  itCompiles('finds it blocked while its system calls are shown, as it made them', async () => {
    const { run, trace } = await traceFixture('blocks-sigtrap', {
      options: ['-S', '-e', 'toupper'],
      args: ['2'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('strange 0');
    expect(trace).toContain('SYS_rt_sigprocmask(SIG_BLOCK, SIGTRAP, ');
  });

  itCompiles('finds it blocked when it is attached to', async () => {
    const target = startProgram([buildProgram('blocks-sigtrap'), '300', 'waits']);
    await target.sees(/ready/);
    await withTemporaryFolder(async (folder) => {
      const file = join(folder, 'trace');
      writeFileSync(file, '');
      const tracer = startTsltrace(['-o', file, '-e', 'toupper', '-p', String(target.pid)]);
      await traceBegins(file);
      target.send('\n');
      const run = await target.finished();
      expect(run).toMatchObject({ status: 0, signal: null, timedOut: false });
      expect(run.stdout).toBe(`ready\nexpect toupper ${300 * CALLS_PER_TURN}\nstrange 0\n`);
      expect(await tracer.finished()).toMatchObject({ timedOut: false, stderr: '' });
    });
  });
});
