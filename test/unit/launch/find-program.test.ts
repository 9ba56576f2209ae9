import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors.js';
import { findProgram } from '../../../src/launch/find-program.js';
import { explainLaunchFailure } from '../../../src/launch/launch-failure.js';
import { KilledInLaunch, LaunchError } from '../../../src/kernel/launch-error.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';

function refusal(name: string, path?: string): string {
  try {
    return findProgram(name, path);
  } catch (error) {
    if (error instanceof UserError) return `${error.status}: ${error.message}`;
    throw error;
  }
}

function makeFile(folder: string, name: string, mode: number, content = '#!/bin/sh\n'): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

describe('findProgram', () => {
  it('takes a name with a slash as it is', () =>
    withTemporaryFolder((folder) => {
      const path = makeFile(folder, 'run', 0o755);
      expect(findProgram(path, '')).toBe(path);
      return Promise.resolve();
    }));

  it('searches PATH in order, past what cannot be run', () =>
    withTemporaryFolder((folder) => {
      for (const name of ['a', 'b', 'c']) mkdirSync(join(folder, name));
      mkdirSync(join(folder, 'a/run'));
      makeFile(folder, 'b/run', 0o644);
      const good = makeFile(folder, 'c/run', 0o755);
      const path = ['a', 'b', 'c'].map((name) => join(folder, name)).join(':');
      expect(findProgram('run', `/nonexistent:${path}`)).toBe(good);
      expect(refusal('run', join(folder, 'b'))).toMatch(
        /^cannot-execute: .*b\/run: not executable/,
      );
      expect(refusal('run', join(folder, 'a'))).toMatch(
        /^cannot-execute: .*a\/run: is a directory/,
      );
      return Promise.resolve();
    }));

  it('searches where execvp(3) does when PATH is not set', () => {
    expect(findProgram('true')).toMatch(/^(?:\/usr)?\/bin\/true$/);
  });

  it.each([
    ['nosuchprogram', /^not-found: nosuchprogram: command not found$/],
    ['/nonexistent/x', /^not-found: \/nonexistent\/x: no such file or directory$/],
    ['', /^not-found: /],
    ['/usr', /^cannot-execute: \/usr: is a directory$/],
    ['/dev/null', /^cannot-execute: \/dev\/null: is not a regular file$/],
    ['/etc/passwd/x', /^cannot-execute: \/etc\/passwd\/x: Not a directory/],
    [`/${'x'.repeat(5000)}`, /^cannot-execute: .{200,300}too long/],
    ['a\nb', /^not-found: a\\x0ab: command not found$/],
    ['a\0b', /^not-found: a\\x00b/],
  ])('refuses %j', (name, message) => {
    expect(refusal(name, '/usr/bin')).toMatch(message);
  });
});

describe('explainLaunchFailure', () => {
  const ENOENT = 2;
  const ENOEXEC = 8;
  const EIO = 5;
  const EACCES = 13;

  it.each([
    ['text', 'echo\n', ENOEXEC, /neither an ELF program nor a script that begins with #!/],
    ['empty', '', ENOEXEC, /empty/],
    ['elf', '\x7fELF\x02', ENOEXEC, /ELF file that this machine cannot run/],
    ['script', '#! /no/such -x\n', ENOENT, /interpreter \/no\/such does not exist/],
    ['dynamic', '\x7fELF\x02', ENOENT, /interpreter does not exist/],
    ['cut', '\x7fELF\x02', EIO, /truncated or damaged \(Input\/output error\)/],
    ['refused', '#!/bin/sh\n', EACCES, /[Pp]ermission denied/],
  ])('%s', (name, content, errno, message) =>
    withTemporaryFolder((folder) => {
      const path = makeFile(folder, name, 0o755, content);
      const error = explainLaunchFailure(new LaunchError(path, 'execve', errno));
      expect(error.message).toMatch(message);
      expect(error.message.startsWith(path)).toBe(true);
      expect(error.status).toBe('cannot-execute');
      return Promise.resolve();
    }),
  );

  it('tells a program that was killed before it began', () =>
    withTemporaryFolder((folder) => {
      for (const [content, message] of [
        [
          '\x7fELF\x02',
          'killed by SIGSEGV before it began: an ELF file that may be truncated or damaged',
        ],
        ['#!/bin/sh\n', 'killed by SIGSEGV before it began'],
      ] as const) {
        const path = makeFile(folder, 'killed', 0o755, content);
        const error = explainLaunchFailure(new KilledInLaunch(path, 11));
        expect(error).toMatchObject({ message: `${path}: ${message}`, status: 'cannot-execute' });
      }
      return Promise.resolve();
    }));

  it('tells a program that is gone, and failures before exec', () => {
    const gone = explainLaunchFailure(new LaunchError('/nonexistent', 'execve', ENOENT));
    expect(gone.status).toBe('not-found');
    const user = explainLaunchFailure(new LaunchError('/bin/true', 'setuid', EACCES));
    expect(user).toMatchObject({ status: 'failed' });
    expect(user.message).toMatch(/cannot start \/bin\/true: setuid failed/);
  });
});
