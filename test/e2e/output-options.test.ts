/** Where the trace goes and how it looks: -o, -s, -a, -n, -f, closed pipes and full disks. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { installForEverybody } from '../support/installed-package.js';
import { normalise } from '../support/normalise.js';
import { runProgram, runTsltrace, tsltraceCommand } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, isRoot, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const strlen = (): string => buildProgram('calls-strlen');

describe('the trace', () => {
  itCompiles('goes to standard error, and nothing of it to standard output', async () => {
    const run = await runTsltrace(['-e', 'strlen', strlen()]);
    expect(run.stderr).toMatch(/strlen\("hello"\)/);
    expect(run.stdout).not.toContain('->');
    expect(run.stderr.endsWith('+++ exited (status 0) +++\n')).toBe(true);
  });

  itCompiles('goes to the file of -o, which is emptied before', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'trace');
      await runTsltrace(['-o', file, '-e', 'strlen', strlen()]);
      const first = readFileSync(file, 'utf8');
      const run = await runTsltrace([`--output=${file}`, '-e', 'strlen', strlen()]);
      expect(run.stderr).toBe('');
      expect(normalise(readFileSync(file, 'utf8'))).toBe(normalise(first));
      expect(first).toContain('strlen');
    }),
  );

  itCompiles(
    'goes to standard output with -o -, between what the program prints there',
    async () => {
      const run = await runTsltrace(['-o', '-', '-e', 'strlen', strlen()]);
      expect(run.stderr).toBe('');
      expect(run.stdout).toMatch(/->strlen\("hello"\) += 5$/m);
      expect(run.stdout).toMatch(/^\+\+\+ exited \(status \d+\) \+\+\+$/m);
      const table = await runTsltrace(['-c', '-o', '-', '-e', 'strlen', strlen()]);
      expect(table.stdout).toMatch(/ strlen$/m);
      const bytes = await runProgram([
        'sh',
        '-c',
        `${tsltraceCommand().join(' ')} -o - --format json true | ${tsltraceCommand().join(' ')} --read - -o - | cat`,
      ]);
      expect(bytes).toMatchObject({ stdout: '+++ exited (status 0) +++\n', status: 0 });
    },
  );

  itCompiles('names arguments and members with --names, and says which it cannot', () =>
    withTemporaryFolder(async (folder) => {
      const sources = { flags: ['-g', '-O0', '-fno-inline'] };
      const described = buildProgram('dwarf-types', sources);
      const bare = buildProgram('dwarf-types', { flags: ['-g0', '-O0', '-fno-inline'] });
      const wanted = ['--names', '-L', '-x', 'hidden_helper'];
      const known = await runTsltrace([...wanted, described]);
      expect(known.stderr).toMatch(/^hidden_helper\(a=1\) += 2$/m);
      expect(known.stderr).not.toContain('have no known names');
      const unknown = await runTsltrace([...wanted, bare]);
      expect(
        unknown.stderr.match(/^tsltrace: --names: .* have no known names; -F FILE/gm),
      ).toHaveLength(1);
      const recording = join(folder, 'run.ndjson');
      await runTsltrace(['-o', recording, '-e', 'strlen', strlen()]);
      const read = await runTsltrace(['--read', recording, '--names']);
      expect(read.stderr).toMatch(/strlen\(s="hello"\) += 5$/m);
      const plain = await runTsltrace(['--read', recording]);
      expect(plain.stderr).toMatch(/strlen\("hello"\) += 5$/m);
      const header = join(folder, 'own.h');
      writeFileSync(header, 'unsigned long strlen(const char *the_text);');
      const own = await runTsltrace(['--names', '-F', header, '-e', 'strlen', strlen()]);
      expect(own.stderr).toMatch(/strlen\(the_text="hello"\) += 5$/m);
      const table = await runTsltrace(['--names', '-c', 'true']);
      expect(table.status).toBe(2);
      expect(table.stderr).toMatch(/^tsltrace: --names: -c/);
    }),
  );

  it('refuses to write a table where its name promises a recording', () =>
    withTemporaryFolder(async (folder) => {
      for (const name of ['x.ndjson', 'x.ndjson.gz']) {
        for (const words of [['-c'], ['--sort', 'calls'], ['-c', '-ff']]) {
          const run = await runTsltrace([...words, '-o', join(folder, name), 'echo', 'started']);
          expect(run).toMatchObject({ status: 2, stdout: '' });
          expect(run.stderr).toMatch(
            /^tsltrace: -c writes a table, and '\S+' is the name of a recording; record without -c, then --read it with -c\n$/,
          );
        }
      }
      const asked = ['-c', '--summary-format', 'json', '-o', join(folder, 'table.ndjson'), 'true'];
      expect((await runTsltrace(asked)).status).toBe(0);
      expect(readdirSync(folder)).toEqual(['table.ndjson']);
    }));

  it('may be read by its owner alone when it holds secrets, and so may what is read from it', () =>
    withTemporaryFolder(async (folder) => {
      const modeOf = (name: string): string =>
        (statSync(join(folder, name)).mode & 0o777).toString(8);
      const old = join(folder, 'old');
      writeFileSync(old, 'as before', { mode: 0o644 });
      const ways = [
        ['-o', 'fresh.ndjson'],
        ['-o', 'old'],
        ['-o', 'fresh.gz'],
        ['-ff', '-o', 'each'],
      ];
      for (const words of ways)
        await runTsltrace(['--show-secrets', ...words, 'true'], { cwd: folder });
      await runTsltrace(['-o', 'usual', 'true'], { cwd: folder });
      await runTsltrace(['--read', 'fresh.ndjson', '-o', 'again'], { cwd: folder });
      const found = Object.fromEntries(
        readdirSync(folder).map((name) => [name.replace(/\d+$/, 'PID'), modeOf(name)]),
      );
      writeFileSync(join(folder, 'made by us'), '');
      const usual = modeOf('made by us');
      expect(found).toEqual({
        'fresh.ndjson': '600',
        old: '600',
        'fresh.gz': '600',
        'each.PID': '600',
        again: '600',
        usual,
      });
    }));

  skipUnless(isRoot(), 'needs root to become another user')(
    'holds no secrets where others may read it and we may not change that',
    () =>
      withTemporaryFolder(async (folder) => {
        const file = join(folder, 'theirs');
        writeFileSync(file, '');
        chmodSync(file, 0o666);
        const command = installForEverybody(folder);
        const run = await runProgram(
          [...command, '--show-secrets', '-o', file, 'echo', 'started'],
          {
            uid: 65534,
            gid: 65534,
          },
        );
        expect(run).toMatchObject({ status: 125, stdout: '' });
        expect(run.stderr).toMatch(/^tsltrace: can't write secrets to \S+theirs: [^\n]+\n$/);
      }),
  );

  itCompiles('shows as many characters of a string as -s says', async () => {
    const run = await runTsltrace(['-s', '2', '-e', 'strlen', strlen()]);
    expect(run.stderr).toMatch(/strlen\("he"\.\.\.\)/);
  });

  itCompiles('has its results in the column of -a', async () => {
    const run = await runTsltrace(['-a', '60', '-e', 'strlen', strlen()]);
    const lines = run.stderr.split('\n').filter((line) => line.includes('strlen('));
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.indexOf('=')).toBe(59);
  });

  itCompiles('is indented by -n for each open call', async () => {
    const program = buildProgram('recursion-deep', { library: 'lib-greet' });
    const run = await runTsltrace(['-n', '2', '-e', 'call_back', program, '3']);
    const indents = [...run.stderr.matchAll(/^( *)\S+->call_back/gm)].map(
      (line) => line[1]?.length,
    );
    expect(indents).toEqual([0, 2, 4]);
  });

  itCompiles('names threads and children by -f', async () => {
    const run = await runTsltrace(['-f', '-e', 'toupper', buildProgram('fork-many'), '2']);
    const pids = new Set([...run.stderr.matchAll(/^\[pid (\d+)\] /gm)].map((line) => line[1]));
    expect(pids.size).toBeGreaterThanOrEqual(2);
  });

  itCompiles('cannot drive the terminal: control characters are escaped', async () => {
    const run = await runTsltrace(['-e', 'strlen', strlen()]);
    expect(run.stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    expect(run.stderr).toContain('"two\\nlines"');
  });
});

describe('a reader that goes away', () => {
  itCompiles('ends tracing, not the program', async () => {
    const program = buildProgram('counts-calls');
    const command = [...tsltraceCommand(), '-e', 'toupper', program, '20000'].join(' ');
    // Standard error goes into a reader that takes one line; standard output is kept.
    const run = await runProgram([
      'bash',
      '-c',
      `{ ${command} 2>&1 >&3 | head -n 1 >/dev/null; } 3>&1`,
    ]);
    expect(run.timedOut).toBe(false);
    expect(run.stdout).toContain('expect toupper 20000');
  });
});

describe('a disk that is full', () => {
  itCompiles('ends tracing, not the program, and is said', async () => {
    const program = buildProgram('counts-calls');
    const run = await runTsltrace(['-o', '/dev/full', '-e', 'toupper', program, '20000']);
    expect(run.timedOut).toBe(false);
    expect(run.stdout).toContain('expect toupper 20000');
    expect(run.stderr).toMatch(/^tsltrace: [^\n]*\/dev\/full[^\n]*\n$/);
    expect(run.status).not.toBe(null);
  });

  skipUnless(hasTool('gcc') && isRoot(), 'needs root to mount a small file system')(
    'may fill up while it is written to',
    () =>
      withTemporaryFolder(async (folder) => {
        const small = join(folder, 'small');
        mkdirSync(small);
        expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]).status).toBe(
          0,
        );
        try {
          const file = join(small, 'trace');
          const program = buildProgram('counts-calls');
          const run = await runTsltrace(['-o', file, '-e', 'toupper', program, '20000']);
          expect(run.stdout).toContain('expect toupper 20000');
          expect(run.stderr).toMatch(/^tsltrace: [^\n]*No space left on device[^\n]*\n$/i);
          expect(readFileSync(file, 'utf8')).toContain('toupper');
        } finally {
          spawnSync('umount', [small]);
        }
      }),
  );
});
