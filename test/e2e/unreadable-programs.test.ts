/** Programs whose file may be executed, but not read, and those with more rights than the user: they run, and that is said. */
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import type { RunOptions } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, isRoot } from '../support/toolchain.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { traceProgram } from '../support/trace-fixture.js';

const itIsRoot = skipUnless(
  hasTool('gcc') && isRoot(),
  'needs gcc, and root, who can become another user',
);
const nobody: RunOptions = { uid: 65534, gid: 65534, cwd: '/' };
const byCalls = ['-e', 'toupper'];
const remark = (name: string): string =>
  `tsltrace: ${name}: nothing in it can be traced: its file may be executed, but not be read; root can trace it\n`;

/** Copies of root's where everybody gets at them, the first with these permissions; others are named `open-…`. */
function withCopies<T>(
  [first, ...others]: readonly [string, ...string[]],
  mode: number,
  use: (path: string, ...others: readonly string[]) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    const copy = (name: string, as: string, permissions: number): string => {
      const path = join(folder, as);
      copyFileSync(buildProgram(name), path);
      chmodSync(path, permissions);
      return path;
    };
    return use(
      copy(first, first, mode),
      ...others.map((name) => copy(name, `open-${name}`, 0o755)),
    );
  });
}

describe('a program that may not be read', () => {
  itIsRoot('runs, and its status is kept', () =>
    withCopies(['exec-chain'], 0o711, async (path) => {
      const { run, trace } = await traceProgram([path, '0'], { ...nobody, options: byCalls });
      expect(run).toMatchObject({ status: 5, stdout: 'expect toupper 1\n' });
      expect(run.stderr).toBe(remark('exec-chain'));
      expect(trace).toBe('+++ exited (status 5) +++\n');
    }),
  );

  itIsRoot('leaves no answer about its calls, also as a child', () =>
    withCopies(['exec-chain'], 0o711, async (path) => {
      for (const option of ['--fail-if-called', '--fail-unless-called']) {
        for (const words of [
          [path, '0'],
          ['-f', '/bin/sh', '-c', `${path} 0; exit 0`],
        ]) {
          const run = await runTsltrace(['-o', '/dev/null', option, 'opendir', ...words], nobody);
          expect({ words, status: run.status }).toEqual({ words, status: 125 });
          expect(run.stderr).toContain(': nobody can tell: exec-chain could not be read: its file');
        }
      }
    }),
  );

  itIsRoot('dies of its own signals, as without us', () =>
    withCopies(['raises-signals', 'raises-signals'], 0o711, async (path, open = '') => {
      const { run } = await traceProgram([path], { ...nobody, options: byCalls });
      const { run: known } = await traceProgram([open], nobody);
      expect(run).toMatchObject({ status: known.status, signal: known.signal });
      expect(run.stdout).toBe(known.stdout);
    }),
  );

  itIsRoot('and is a child does not end the trace of the others', () =>
    withCopies(['exec-chain', 'exec-chain'], 0o711, async (path, open = '') => {
      const command = ['/bin/sh', '-c', `${path} 0; echo $?; ${open} 3; exit 7`];
      const { run, transcript } = await traceProgram(command, {
        ...nobody,
        options: ['-f', ...byCalls],
      });
      expect(run).toMatchObject({
        status: 7,
        stdout: 'expect toupper 1\n5\nexpect toupper 4\n',
      });
      expect(run.stderr).toContain(remark('exec-chain'));
      expect(transcript.calls.filter(({ name }) => name === 'toupper')).toHaveLength(4);
    }),
  );

  itIsRoot('is followed to what it executes itself', () =>
    withCopies(
      ['execs-next', 'execs-next', 'exec-chain'],
      0o711,
      async (path, first = '', last = '') => {
        const command = [first, path, last, '0'];
        const { run, transcript } = await traceProgram(command, { ...nobody, options: byCalls });
        expect(run).toMatchObject({ status: 5, stderr: remark('execs-next') });
        // Three of the first, none of the second, one of the third.
        expect(transcript.calls.map(({ name }) => name)).toEqual(Array(4).fill('toupper'));
      },
    ),
  );

  for (const [what, options] of [
    ['', byCalls],
    [', and so have its children', ['-f', ...byCalls]],
  ] as const) {
    itIsRoot(`has the mask of the program before it, SIGTRAP included${what}`, () =>
      withCopies(['passes-its-mask', 'passes-its-mask'], 0o711, async (path, open = '') => {
        const { run } = await traceProgram([open, path], { ...nobody, options });
        const blocked = ['first', 'child', 'thread'].map((who) => `${who}: blocked, waits\n`);
        expect(run).toMatchObject({ status: 3, stdout: blocked.join('') });
        expect((await traceProgram([open, path, open], { ...nobody, options })).run).toMatchObject({
          status: 3,
          stdout: blocked.join(''),
        });
      }),
    );
  }

  itIsRoot('makes system calls that are shown', () =>
    withCopies(['exec-chain'], 0o711, async (path) => {
      const { run, trace } = await traceProgram([path, '0'], { ...nobody, options: ['-S'] });
      expect(run.status).toBe(5);
      expect(trace).toMatch(/^SYS_exit_group\(5 /m);
    }),
  );

  itIsRoot('is not run by --list', () =>
    withCopies(['exec-chain'], 0o711, async (path) => {
      const run = await runTsltrace(['--list', path, '0'], nobody);
      expect(run.stdout).not.toContain('expect toupper');
      expect(run.stdout + run.stderr).toContain('exec-chain: not looked at: its file may be');
    }),
  );

  itIsRoot('is as little run by --list as one that is static', async () => {
    const program = buildProgram('static-work', { flags: ['-static'] });
    for (let i = 0; i < 5; i++) {
      const run = await runTsltrace(['--list', '-x', 'work', program]);
      expect(run.stdout).not.toContain('expect');
      expect(run.stdout).toContain('work');
    }
  });
});

describe('a program that would have the rights of its owner', () => {
  const warning = (path: string): string =>
    `tsltrace: warning: ${path} is set-uid or set-gid, but runs without the rights of its owner, as under every tracer of a user: root can trace it with them\n`;

  for (const [what, mode] of [
    ['set-uid', 0o4755],
    ['set-gid', 0o2755],
  ] as const) {
    itIsRoot(`has them not, and that is said: ${what}`, () =>
      withCopies(['exec-chain'], mode, async (path) => {
        const { run, seen, expected } = await traceProgram([path, '0'], {
          ...nobody,
          options: byCalls,
        });
        expect(run).toMatchObject({ status: 5, stderr: warning(path) });
        expect(seen).toEqual(expected);
      }),
    );
  }

  itIsRoot('may be one that cannot be read either', () =>
    withCopies(['exec-chain'], 0o4711, async (path) => {
      const { run } = await traceProgram([path, '0'], { ...nobody, options: byCalls });
      expect(run).toMatchObject({ status: 5, stderr: warning(path) + remark('exec-chain') });
    }),
  );

  itIsRoot('has them where root traces it', () =>
    withCopies(['exec-chain'], 0o4711, async (path) => {
      const { run, seen, expected } = await traceProgram([path, '0'], { options: byCalls });
      expect(run).toMatchObject({ status: 5, stderr: '' });
      expect(seen).toEqual(expected);
    }),
  );
});
