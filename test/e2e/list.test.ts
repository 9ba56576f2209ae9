/** `--list`: what would be traced, as what, in a command or in a process that runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withBusyTarget } from '../support/attach-target.js';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const itCompilesCpp = skipUnless(hasTool('g++'), needs('g++'));

describe('--list', () => {
  itCompiles('shows the prototype of each function, and where there is none', async () => {
    const bare = buildProgram('dwarf-types', { flags: ['-g0', '-O0', '-fno-inline'] });
    const described = buildProgram('dwarf-types', { flags: ['-g', '-O0', '-fno-inline'] });
    const functions = ['-L', '-x', 'hidden_helper+middle'];
    const known = await runTsltrace(['--list', ...functions, described]);
    expect(known).toMatchObject({ status: 0, stderr: '' });
    expect(known.stdout).toMatch(
      /^hidden_helper in \S+ +entry +\S+\+0x\w+ +int hidden_helper\(int a\)$/m,
    );
    expect(known.stdout).toMatch(/ struct point middle\(struct point\* a, addr b\)$/m);
    const unknown = await runTsltrace(['--list', ...functions, bare]);
    expect(unknown.stdout.match(/ no prototype$/gm)).toHaveLength(2);
    const strlen = buildProgram('calls-strlen');
    const bundled = await runTsltrace(['--list', '-e', 'strlen@MAIN+printf@MAIN', strlen]);
    expect(bundled.stdout).toMatch(
      /->strlen\S* in libc\S+ +PLT stub +\S+ +unsigned long strlen\(string s\)$/m,
    );
    expect(bundled.stdout).toMatch(/ int printf\(format format, \.\.\.\)$/m);
    await withTemporaryFolder(async (folder) => {
      const own = join(folder, 'own.conf');
      writeFileSync(own, 'hex(ulong) strlen(string[4] mine);\n');
      const given = await runTsltrace(['--list', '-F', own, '-e', 'strlen@MAIN', strlen]);
      expect(given.stdout).toMatch(/ hex\(unsigned long\) strlen\(string\[4\] mine\)$/m);
    });
  });

  itCompiles('shows what would be traced in a process, which goes on as it was', () =>
    withBusyTarget(20_000, async (target) => {
      for (const filter of ['@MAIN', 'pthread_*']) {
        const run = await runTsltrace(['--list', '-e', filter, '-p', String(target.pid)]);
        expect(run).toMatchObject({ status: 0, stderr: '' });
        expect(run.stdout).toMatch(
          /^busy-threads\S*->pthread_create\S* in libc\.so\.6 +PLT stub /m,
        );
        await target.isItself();
      }
      const none = await runTsltrace(['--list', '-e', 'no_such', '-p', String(target.pid)]);
      expect(none.stdout).toMatch(/^nothing that is loaded matches 'no_such': /);
      await target.isItself();
    }),
  );

  itCompilesCpp('writes to the file of -o, with readable names with -C', () =>
    withTemporaryFolder(async (folder) => {
      const program = buildProgram('never-returns', { flags: ['-O0'] });
      const file = join(folder, 'list');
      const wanted = ['--list', '-L', '-x', '*farewell*', '-o', file];
      expect(await runTsltrace(['-C', ...wanted, program])).toMatchObject({
        status: 0,
        stdout: '',
        stderr: '',
      });
      expect(readFileSync(file, 'utf8')).toMatch(/^ends::farewell\(\) in never-returns/);
      await runTsltrace([...wanted, program]);
      expect(readFileSync(file, 'utf8')).toMatch(/^_ZN4ends8farewellEv in never-returns/);
      const piped = await runTsltrace(['--list', '-L', '-x', '*farewell*', '-o', '|cat', program]);
      expect(piped.stdout).toMatch(/^_ZN4ends8farewellEv in /);
    }),
  );

  for (const [words, said] of [
    [['--list', '-c', 'true'], '--list shows no calls that could be counted or recorded'],
    [['--list', '--format', 'json', 'true'], '--list writes text alone, not --format json'],
    [['--list', '-o', '%p', 'true'], '--list writes one file: -o FILE without %p'],
    [['--list', '-p', '1,2'], '--list looks at one command, or one process with -p'],
    [
      ['--list', '-o', '/nowhere/at/all', 'true'],
      "can't open /nowhere/at/all for writing: No such file or directory",
    ],
    [['--list', '-p', '4194304'], 'cannot attach to 4194304: no such process'],
  ] as const) {
    it(`refuses ${words.join(' ')}`, async () => {
      const run = await runTsltrace(words);
      expect(run).toMatchObject({ stdout: '', timedOut: false });
      expect(run.status).not.toBe(0);
      expect(run.stderr.split('\n')[0]).toContain(`tsltrace: ${said}`);
    });
  }
});
