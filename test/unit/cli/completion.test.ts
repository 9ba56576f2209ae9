import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completionScript } from '../../../src/cli/completion/completion-script.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';
import { skipUnless } from '../../support/skip-unless.js';
import { hasTool, needs } from '../../support/toolchain.js';

/** What bash offers for the words of a command line; the last one is being typed. */
function offers(...words: readonly string[]): Promise<readonly string[]> {
  return withTemporaryFolder((folder) => {
    const script = join(folder, 'completion');
    writeFileSync(script, completionScript('bash'));
    const run = spawnSync(
      'bash',
      [
        '--norc',
        '-c',
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tsltrace; printf "%s\\n" "${COMPREPLY[@]}"',
        'bash',
        script,
        ...words,
      ],
      { encoding: 'utf8', timeout: 10_000, cwd: folder },
    );
    expect(run.stderr).toBe('');
    return Promise.resolve(run.stdout.split('\n').filter((line) => line !== ''));
  });
}

const itInBash = skipUnless(hasTool('bash'), needs('bash'));

describe('completion in bash', () => {
  itInBash('offers options', async () => {
    expect(await offers('tsltrace', '--follow')).toEqual(['--follow', '--follow-only']);
    expect(await offers('tsltrace', '-f', '--fol')).toEqual(['--follow', '--follow-only']);
  });

  itInBash('offers the choices of an argument', async () => {
    expect(await offers('tsltrace', '--format', 'j')).toEqual(['json']);
    expect(await offers('tsltrace', '--format', '=', 'c')).toEqual(['chrome']);
    expect(await offers('tsltrace', '--color', '=', 'a')).toEqual(['auto', 'always']);
    expect(await offers('tsltrace', '--sort', '=')).toContain('p95');
  });

  itInBash('offers commands, and leaves their words to them', async () => {
    expect(await offers('tsltrace', '-e', 'malloc', 'bas')).toContain('bash');
    expect(await offers('tsltrace', '-e', 'malloc', 'ls', '--fol')).toEqual([]);
    expect(await offers('tsltrace', '-f', 'ls', 'compl')).toEqual(['completion']);
  });

  itInBash('offers processes and users', async () => {
    expect(await offers('tsltrace', '-p', String(process.pid))).toContain(String(process.pid));
    expect(await offers('tsltrace', '-u', 'roo')).toEqual(['root']);
  });
});

describe('completion in zsh and fish', () => {
  for (const [shell, flag] of [
    ['zsh', '-n'],
    ['fish', '-n'],
  ] as const) {
    skipUnless(hasTool(shell), needs(shell))(`is a script that ${shell} accepts`, () =>
      withTemporaryFolder((folder) => {
        const script = join(folder, 'completion');
        writeFileSync(script, completionScript(shell));
        const run = spawnSync(shell, [flag, script], { encoding: 'utf8', timeout: 10_000 });
        expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
        return Promise.resolve();
      }),
    );
  }
});
