/** What cannot be done is said in one line, and nothing is left running. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installForEverybody } from '../support/installed-package.js';
import {
  runProgram,
  runTsltrace,
  startProgram,
  type Run,
  type RunOptions,
} from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, isRoot, needs } from '../support/toolchain.js';

function expectOneLine(run: Run, message: RegExp, status: number): void {
  expect(run.timedOut).toBe(false);
  expect(run.stderr).toMatch(/^tsltrace: [^\n]+\n(?:[^\n]*--help[^\n]*\n)?$/);
  expect(run.stderr).toMatch(message);
  expect(run.stderr).not.toMatch(/\bat .*\.[jt]s:\d+|\bError:/);
  expect({ status: run.status, signal: run.signal }).toEqual({ status, signal: null });
  expect(run.stdout).toBe('');
}

/** As a shell: 127 when there is no such program, 126 when it cannot be run, 2 for a wrong command line. */
const NOT_FOUND = 127;
const CANNOT_EXECUTE = 126;
const USAGE = 2;

const asNobody: RunOptions = { uid: 65534, gid: 65534, cwd: '/' };

describe('a program that cannot be traced', () => {
  it.each([
    [
      'that is not there',
      '/nonexistent/program',
      /\/nonexistent\/program.*(no such file|not found)/i,
      NOT_FOUND,
    ],
    ['that is not in PATH', 'no-such-program-anywhere', /no-such-program-anywhere/, NOT_FOUND],
    ['that is a directory', '/usr', /\/usr.*directory/i, CANNOT_EXECUTE],
    ['with an empty name', '', /./, NOT_FOUND],
    ['below a file', '/etc/passwd/x', /\/etc\/passwd\/x/, CANNOT_EXECUTE],
    ['with too long a name', `/${'x'.repeat(5000)}`, /too long/i, CANNOT_EXECUTE],
  ])('%s', async (_, program, message, status) => {
    expectOneLine(await runTsltrace([program]), message, status);
  });

  const files: readonly (readonly [
    what: string,
    content: Uint8Array,
    mode: number,
    message: RegExp,
  ])[] = [
    [
      'that may not be executed',
      Buffer.from('#!/bin/sh\necho ran\n'),
      0o644,
      /permission|executable/i,
    ],
    ['that is text without #!', Buffer.from('echo ran\n'), 0o755, /program/],
    ['that is empty', Buffer.alloc(0), 0o755, /program/],
    ['that is a truncated ELF file', readFileSync('/bin/true').subarray(0, 200), 0o755, /program/],
    ['that ends after its ELF header', readFileSync('/bin/true').subarray(0, 64), 0o755, /program/],
    // The kernel refuses the one, and has given up the old program when it notices the other.
    [
      'that ends within its program headers and what they name',
      readFileSync('/bin/true').subarray(0, 792),
      0o755,
      /program: an ELF file that this machine cannot run: truncated or damaged/,
    ],
    [
      'that ends before its code',
      readFileSync('/bin/true').subarray(0, 4096),
      0o755,
      /program: killed by SIG(?:SEGV|KILL|BUS) before it began: an ELF file that may be truncated/,
    ],
    [
      'whose interpreter is missing',
      Buffer.from('#!/no/such/interpreter\n'),
      0o755,
      /interpreter|no such file/i,
    ],
    ['for another CPU', foreignElf(), 0o755, /program/],
  ];
  it.each(files)('%s', (_, content, mode, message) =>
    withTemporaryFolder(async (folder) => {
      const program = join(folder, 'program');
      writeFileSync(program, content);
      chmodSync(program, mode);
      const run = await runTsltrace([program]);
      expectOneLine(run, message, run.status === NOT_FOUND ? NOT_FOUND : CANNOT_EXECUTE);
    }),
  );

  it('but a script with #! runs its interpreter', () =>
    withTemporaryFolder(async (folder) => {
      const program = join(folder, 'script');
      writeFileSync(program, '#!/bin/sh\necho "ran $0 $1"; exit 6\n');
      chmodSync(program, 0o755);
      const run = await runTsltrace(['-o', '/dev/null', program, 'word']);
      expect(run).toMatchObject({ stdout: `ran ${program} word\n`, stderr: '', status: 6 });
    }));
});

describe('a command line that is wrong', () => {
  it.each([
    ['nothing to trace', [], /./],
    ['an unknown option', ['--no-such-option', 'true'], /no-such-option/],
    ['an option without its value', ['-o'], /-o|output/],
    ['a number that is none', ['-s', 'many', 'true'], /many/],
    ['a number out of range', ['-n', '30', 'true'], /30/],
    ['an unfinished set', ['-e', 'a[b', 'true'], /a\[b/],
    ['an unfinished regular expression', ['-e', '/abc', 'true'], /\/abc/],
    ['a wrong regular expression', ['-e', '/a\\(b/', 'true'], /\/a\\\(b\//],
    ['a process id that is none', ['-p', 'x', 'true'], /x/],
  ])('%s', async (_, args, message) => {
    expectOneLine(await runTsltrace(args), message, USAGE);
  });

  it('does not start the program', () =>
    withTemporaryFolder(async (folder) => {
      const witness = join(folder, 'ran');
      await runTsltrace(['-e', 'a[b', 'touch', witness]);
      expect(() => readFileSync(witness)).toThrow();
    }));

  it('an output file that cannot be written', async () => {
    const run = await runTsltrace(['-o', '/nonexistent/file', 'true']);
    expectOneLine(run, /\/nonexistent\/file/, run.status ?? -1);
    expect(run.status).not.toBe(0);
  });
});

describe('a process that cannot be attached to', () => {
  it('because there is none of that number', async () => {
    const run = await runTsltrace(['-p', '4194300']);
    expectOneLine(run, /4194300.*no such process/i, run.status ?? -1);
    expect(run.status).not.toBe(0);
  });

  skipUnless(seesKernelThreads(), 'no kernel threads are visible in a process namespace')(
    'because it is part of the kernel',
    async () => {
      const run = await runTsltrace(['-p', '2'], { timeoutMs: 10_000 });
      expectOneLine(run, /2.*kernel thread/, run.status ?? -1);
      expect(run.status).not.toBe(0);
    },
  );

  skipUnless(isRoot(), 'needs root to become another user')(
    'because it belongs to somebody else',
    () =>
      withTemporaryFolder(async (folder) => {
        const command = installForEverybody(folder);
        const other = startProgram(['sleep', '30']);
        for (const pid of [other.pid, 1]) {
          const run = await runProgram([...command, '-p', String(pid)], asNobody);
          expectOneLine(
            run,
            /(not permitted|EPERM|another user|belongs to user)/i,
            run.status ?? -1,
          );
          expect(run.status).not.toBe(0);
        }
        other.kill('SIGKILL');
        await other.finished();
      }),
    60_000,
  );

  skipUnless(hasTool('strace'), needs('strace'))('because a tracer has it already', async () => {
    const traced = startProgram([
      'strace',
      '-o',
      '/dev/null',
      'sh',
      '-c',
      'echo $$; exec sleep 30',
    ]);
    await traced.sees(/\d+\n/);
    const pid = traced.output().stdout.trim();
    const run = await runTsltrace(['-p', pid]);
    traced.kill('SIGTERM');
    process.kill(Number(pid), 'SIGKILL');
    await traced.finished();
    expectOneLine(run, new RegExp(`${pid}.*(strace|traced)`), run.status ?? -1);
  });
});

function seesKernelThreads(): boolean {
  return existsSync('/proc/2/comm') && readFileSync('/proc/2/comm', 'utf8') === 'kthreadd\n';
}

/** A small ELF header for IBM S/390. */
function foreignElf(): Uint8Array {
  const bytes = Buffer.from(readFileSync('/bin/true'));
  bytes.writeUInt16LE(22, 18); // e_machine = EM_S390
  return bytes;
}
