/** --compare on real recordings: two runs of the same program are equal, others differ where they should. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../support/project.js';
import { runProgram, runTsltrace, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasPythonModule } from '../support/toolchain.js';

const itHasPython = skipUnless(
  debianPython() !== undefined && hasPythonModule('ssl'),
  'needs /usr/bin/python3 (Debian package python3)',
);

async function recordedTwice(
  folder: string,
  first: readonly string[],
  second: readonly string[],
): Promise<readonly string[]> {
  const files = ['old.ndjson.gz', 'new.ndjson'].map((name) => join(folder, name));
  for (const [index, words] of [first, second].entries()) {
    const run = await runTsltrace(['-o', files[index] ?? '', ...words], {
      env: { PYTHONHASHSEED: '0' },
      timeoutMs: 60_000,
    });
    expect(run).toMatchObject({ status: 0, signal: null });
  }
  return files;
}

const compared = (first: readonly string[], second = first, format = 'text'): Promise<Run> =>
  withTemporaryFolder(async (folder) => {
    const files = await recordedTwice(folder, first, second);
    return runTsltrace(['--compare', '--format', format, ...files]);
  });

describe('--compare', () => {
  it('finds no difference between two runs of ls, of a shell with children, and in system calls', async () => {
    const sh = ['-f', '/bin/sh', '-c', 'ls /usr | wc -l'];
    for (const words of [['ls', '-l', inProject('docs')], sh, ['-S', '-L', 'ls', '/usr']]) {
      const run = await compared(words);
      expect(run.stdout).toMatch(/^No differences: (\d+) -> \1 calls\n$/);
      expect(run).toMatchObject({ status: 0, stderr: '' });
    }
  });

  itHasPython('finds no difference between two runs of Python', async () => {
    const script = 'import ssl; ssl.create_default_context()';
    const run = await compared(['-e', 'SSL_*@*', debianPython() ?? '', '-c', script]);
    expect(run.stdout).toMatch(/^No differences: (\d+) -> \1 calls\n$/);
    expect(run.status).toBe(0);
  });

  it('finds what another option changes, in text and in JSON, with status 1', async () => {
    const words = ['-e', 'opendir+getpwuid'];
    const [short, long] = [
      [...words, 'ls', '/usr'],
      [...words, 'ls', '-l', '/usr'],
    ] as const;
    const text = await compared(short, long);
    expect(text).toMatchObject({ status: 1, stderr: '' });
    expect(text.stdout).toMatch(
      /^\+ ls->getpwuid {2}0 -> 1 call\n1 function differs; 1 -> 2 calls\n$/,
    );
    const json = await compared(long, short, 'json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      format: 'tsltrace-comparison',
      differs: true,
      oldCalls: 2,
      newCalls: 1,
      differences: [
        { kind: 'vanished', caller: 'ls', function: 'getpwuid', oldCalls: 1, newCalls: 0 },
      ],
    });
  });
});

describe('the example compare-virtual-environment', () => {
  itHasPython('finds what its README shows', async () => {
    const folder = inProject('examples/compare-virtual-environment');
    const run = await runProgram(['examples/compare-virtual-environment/run.sh'], {
      cwd: inProject(),
      timeoutMs: 60_000,
    });
    expect(run.status).toBe(0);
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const shown = /^```text\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';
    // Numbers depend on the version of Python.
    const lines = (text: string): readonly string[] => text.replace(/\d+/g, 'N').split('\n');
    expect(shown).toContain('pyvenv.cfg');
    expect(lines(run.stdout)).toEqual(expect.arrayContaining([...lines(shown)]));
    expect(run.stderr).toBe('');
  });
});
