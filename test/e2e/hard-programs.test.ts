/** Programs that do what tracers do not expect. Their own result must be what it is without us. */
import { runProgram } from '../support/run-tsltrace.js';
import { buildProgram } from '../support/build-programs.js';
import { skipUnless } from '../support/skip-unless.js';
import { traceFixture } from '../support/trace-fixture.js';
import { hasTool, isRoot, needs } from '../support/toolchain.js';
import { runTsltrace, tsltraceCommand } from '../support/run-tsltrace.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const filter = ['-e', 'toupper'];

describe('a program that', () => {
  itCompiles('reads its own code runs on', async () => {
    const { run, seen, expected } = await traceFixture('checksum-own-code', { options: filter });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(/^changed code bytes [1-9]\d* [1-9]\d*$/m);
    expect(seen).toEqual(expected);
  });

  itCompiles('asks to be traced is told that it is already, as under any tracer', async () => {
    const { run, seen, expected } = await traceFixture('ptrace-traceme', { options: filter });
    expect(run.stdout).toContain('PTRACE_TRACEME Operation not permitted');
    expect(run.status).toBe(0);
    expect(seen).toEqual(expected);
  });

  itCompiles('allows itself nothing but read, write and exit loses no call', async () => {
    const { run, seen, expected } = await traceFixture('seccomp-strict', { options: filter });
    expect(run).toMatchObject({ status: 4, signal: null, stderr: '' });
    expect(run.stdout).toContain('strict');
    expect(seen).toEqual(expected);
  });

  itCompiles('closes all its descriptors loses no call', async () => {
    const { run, seen, expected } = await traceFixture('close-all-fds', { options: filter });
    expect(run).toMatchObject({ status: 8, stderr: '' });
    expect(seen).toEqual(expected);
  });

  skipUnless(hasTool('gcc') && isRoot(), 'needs root, who can become another user')(
    'becomes another user loses no call',
    async () => {
      const { run, seen, expected } = await traceFixture('change-user', { options: filter });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).toContain('uid 65534');
      expect(seen).toEqual(expected);
    },
  );

  itCompiles('changes the protection of its code loses no call', async () => {
    const { run, seen, expected } = await traceFixture('mprotect-text', { options: filter });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(seen).toEqual(expected);
  });

  itCompiles('writes nonsense into the list of loaded libraries loses no call', async () => {
    const { run, seen, expected } = await traceFixture('hostile-link-map', { options: filter });
    expect(run).toMatchObject({ status: 7, signal: null });
    expect(seen).toEqual(expected);
    // Each file that is said to be loaded and cannot be read is named once.
    expect(run.stderr.match(/nothing in it can be traced/g)?.length).toBeLessThan(10);
  });

  itCompiles('is itself a debugger works', async () => {
    const alone = await runProgram([buildProgram('is-a-debugger')]);
    const { run, seen, expected } = await traceFixture('is-a-debugger', {
      options: ['-e', 'tolower'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '', stdout: alone.stdout });
    expect(seen).toEqual(expected);
  });

  itCompiles('is traced by others from vfork on, as gdb does, loses no call', async () => {
    const { run, seen, expected } = await traceFixture('debugs-vfork-child', {
      args: ['8'],
      options: filter,
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('debugged 8');
    expect(seen).toEqual(expected);
  });

  skipUnless(hasTool('gcc') && hasTool('gdb'), needs('gdb'))('is gdb works', async () => {
    const words = ['gdb', '-q', '-nx', '-batch', '-ex', 'run', buildProgram('counts-calls')];
    const alone = await runProgram(words);
    const run = await runTsltrace(['-o', '/dev/null', '-e', 'ptrace+waitpid', ...words]);
    const withoutIds = (text: string): string => text.replace(/process \d+/g, 'process PID');
    expect(withoutIds(run.stdout)).toBe(withoutIds(alone.stdout));
    expect(run.stdout).toContain('exited normally');
    expect(run).toMatchObject({ status: 0, stderr: alone.stderr });
  });

  itCompiles('goes on when its first thread has ended loses no call', async () => {
    const { run, seen, expected } = await traceFixture('leader-ends', {
      options: filter,
      args: ['3', '1'],
    });
    expect(run).toMatchObject({ status: 5, signal: null, stderr: '' });
    expect(run.stdout).toContain('wrong threads 0 changed code bytes 0');
    expect(seen).toEqual(expected);
  });

  skipUnless(hasTool('gcc') && hasTool('strace'), needs('strace'))(
    'is strace works',
    async () => {
      const run = await runTsltrace(
        ['-o', '/dev/null', 'strace', '-o', '/dev/null', buildProgram('counts-calls'), '100'],
        { timeoutMs: 60_000 },
      );
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).toContain('expect toupper 100');
    },
    70_000,
  );

  itCompiles(
    'is tsltrace works',
    async () => {
      const run = await runTsltrace(
        [
          '-o',
          '/dev/null',
          '-e',
          'getenv',
          ...tsltraceCommand(),
          ...filter,
          buildProgram('counts-calls'),
          '100',
        ],
        { timeoutMs: 100_000 },
      );
      expect(run.status).toBe(0);
      expect(run.stderr.match(/->toupper\(/g)).toHaveLength(100);
    },
    110_000,
  );
});
