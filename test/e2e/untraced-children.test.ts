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

/** @param program its name, flags and first argument; the second has it wait */
async function survivesAttached(
  [name, flags, argument]: readonly [string, readonly string[], string],
  calls: number,
): Promise<void> {
  const program = buildProgram(name, { flags: ['-fno-builtin', ...flags] });
  const target = startProgram([program, argument, 'waits']);
  await target.sees(/ready/);
  await withTemporaryFolder(async (folder) => {
    const file = join(folder, 'trace');
    writeFileSync(file, '');
    const tracer = startTsltrace(['-o', file, '-e', 'toupper', '-p', String(target.pid)]);
    await traceBegins(file);
    target.send('\n');
    expect(await target.finished()).toMatchObject({
      status: 0,
      stdout: `ready\nthe child ended with 7 after ${calls} calls\n`,
    });
    expect(await tracer.finished()).toMatchObject({ timedOut: false, stderr: '' });
  });
}

const x64 = skipUnless(hasTool('gcc') && process.arch === 'x64', 'needs gcc and an x86-64 CPU');

describe.each(['syscall', 'raw', 'raw3'])(
  'a child that is cloned past the C library (%s)',
  (how) => {
    async function survives(flags: readonly string[]): Promise<void> {
      const program = buildProgram('clones-past-libc', { flags: ['-fno-builtin', ...flags] });
      const run = await runTsltrace(['-x', 'toupper', '-o', '/dev/null', program, how]);
      expect(run).toMatchObject({ status: 0, signal: null, stderr: '' });
      expect(run.stdout).toBe('the child ended with 7 after 3 calls\n');
    }

    x64('survives breakpoints', () => survives([]));
    x64('survives them in a static program', () => survives(['-static']));
  },
);

describe('a child whose clone nobody saw coming', () => {
  x64('ends, and that is said', async () => {
    const program = buildProgram('clones-past-libc', { flags: ['-fno-builtin', '-DCOMPUTED'] });
    const run = await runTsltrace(['-x', 'toupper', '-o', '/dev/null', program, 'raw']);
    expect(run.stdout).toBe('the child died of signal 5\n');
    expect(run.stderr).toMatch(
      /^tsltrace: warning: process \d+ died of SIGTRAP: it was not traced/,
    );
  });

  x64('survives breakpoints where its parent was attached to', () =>
    survivesAttached(['clones-past-libc', ['-DCOMPUTED'], 'raw'], 3),
  );

  itCompiles('is not said of a child of which the kernel told', async () => {
    const program = buildProgram('owns-sigtrap', { flags: ['-pthread', '-fno-builtin'] });
    const shell = `${program} raise; exit 0`;
    const run = await runTsltrace(['-e', 'toupper', '-o', '/dev/null', 'sh', '-c', shell]);
    expect(run.stderr).not.toContain('died of SIGTRAP: it was not traced');
  });
});

describe('a child that is cloned with CLONE_UNTRACED', () => {
  itCompiles('survives breakpoints', () => survivesLaunched([], ['-e', 'toupper']));
  itCompiles('survives them when children are followed', () =>
    survivesLaunched([], ['-f', '-x', 'toupper']),
  );
  m32('survives them in 32 bits', () => survivesLaunched(['-m32'], ['-e', 'toupper']));

  itCompiles('survives them when its parent is attached to', () =>
    survivesAttached(['clones-untraced', [], '50'], 50),
  );
});
