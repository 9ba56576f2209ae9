/** How the library starts a program: where, with which variables and descriptors, as child_process does. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../support/project.js';
import { runProgram, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';

const DRIVER = inProject('dist/test/support/library-launch-driver.js');

async function host(
  scenario: string,
  folder: string,
  under: readonly string[] = [],
): Promise<{ readonly run: Run; readonly result: unknown }> {
  const run = await runProgram([...under, process.execPath, DRIVER, scenario, folder], {
    timeoutMs: 60_000,
  });
  expect(run).toMatchObject({ status: 0, timedOut: false });
  return { run, result: JSON.parse(/^result (.*)$/m.exec(run.stderr)?.[1] ?? 'null') };
}

const both = async (scenario: string, folder: string): Promise<unknown> => {
  const { result } = await host(scenario, folder);
  const { spawned, traced } = result as { readonly spawned: unknown; readonly traced: unknown };
  expect(traced).toEqual(spawned);
  return traced;
};

function withScript(use: (folder: string) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (folder) => {
    const script = join(folder, 'script');
    writeFileSync(script, '#!/bin/sh\necho "$0 in $(pwd)"\n');
    chmodSync(script, 0o755);
    await use(folder);
  });
}

describe('trace starts a program as child_process.spawn does', () => {
  it(
    'in a folder, with variables, and a pipe for each standard stream',
    () =>
      withTemporaryFolder(async (folder) => {
        expect(await both('everything', folder)).toEqual({
          stdout: `${folder}\na b 3 unset\nfirst\nsecond\n`,
          stderr: 'wrong\n',
          others: [],
          end: 3,
        });
      }),
    70_000,
  );

  it.each(['urlAndRelativeProgram', 'programInRelativePath'])(
    'by a path that counts from its folder: %s',
    (scenario) =>
      withScript(async (folder) => {
        expect(await both(scenario, folder)).toMatchObject({
          stdout: `./script in ${folder}\n`,
          end: 0,
        });
      }),
    70_000,
  );

  // A tracer that is traced itself has no memory to share with a child: a shell starts the program then.
  skipUnless(hasTool('strace'), needs('strace'))(
    'also by way of a shell, in a host that is traced itself',
    () =>
      withTemporaryFolder(async (folder) => {
        const strace = ['strace', '-e', 'trace=none', '-o', '/dev/null'];
        const { result } = await host('everything', folder, strace);
        const { spawned, traced } = result as Record<string, unknown>;
        expect(traced).toEqual(spawned);
        expect(traced).toMatchObject({ stdout: `${folder}\na b 3 unset\nfirst\nsecond\n`, end: 3 });
      }),
    70_000,
  );

  it(
    'with descriptors that change places',
    () =>
      withTemporaryFolder(async (folder) => {
        const { run } = await host('crossedOver', folder);
        expect(run.stdout).toBe('err\nerr\n');
        expect(run.stderr).toMatch(/^out\nout\n/);
      }),
    70_000,
  );

  it(
    'with some of them nowhere',
    () =>
      withTemporaryFolder(async (folder) => {
        expect(await both('onlyOne', folder)).toMatchObject({ stdout: '/dev/null\n/dev/null\n' });
      }),
    70_000,
  );

  it(
    'with more than three, which go both ways, and no other',
    () =>
      withTemporaryFolder(async (folder) => {
        expect(await both('more', folder)).toMatchObject({
          others: ['got hello\n', 'none', 'more hello\n'],
          end: 0,
        });
      }),
    70_000,
  );

  it(
    'with a file that is open in the host',
    () =>
      withTemporaryFolder(async (folder) => {
        expect((await host('intoFile', folder)).result).toBe('a line\na line\n');
      }),
    70_000,
  );

  it(
    'and leaves no descriptor open, however it ends',
    () =>
      withTemporaryFolder(async (folder) => {
        const { before, after } = (await host('leavesNothing', folder)).result as Record<
          string,
          number
        >;
        expect(after).toBe(before);
      }),
    70_000,
  );
});

describe('a mistake in the options', () => {
  it(
    'is an OptionError that names the option and says what it must be',
    () =>
      withTemporaryFolder(async (folder) => {
        const must =
          "stdio[1]: must be 'inherit', 'ignore', 'pipe', a descriptor or an open stream that has one";
        expect((await host('mistakes', folder)).result).toEqual({
          program: ['program', 'program: must be a string, not 3', ''],
          args: ['args', "args: must be a list of strings, not 'word'", ''],
          argument: ['args[1]', 'args[1]: must be a string, not 3', ''],
          nul: ['args[0]', 'args[0]: contains a NUL', ''],
          unknown: [
            'stringLenght',
            'stringLenght: there is no such option',
            "did you mean 'stringLength'?",
          ],
          nothingAlike: ['xyzzy', 'xyzzy: there is no such option', ''],
          options: ['options', "options: must be an object, not 'calls'", ''],
          calls: ['calls', 'calls: must be a string or a list of strings, not 3', ''],
          expression: ['libraries', expect.stringContaining("unmatched '['"), ''],
          flag: ['cpuTime', "cpuTime: must be true or false, not 'yes'", ''],
          count: ['backtrace', 'backtrace: must be a whole number from 0 up, not 1.5', ''],
          follow: ['follow', 'follow: must be true, false or a list of strings, not [ 3 ]', ''],
          signal: ['signal', "signal: must be an AbortSignal, not 'SIGTERM'", ''],
          cwd: ['cwd', `cwd: "${folder}/none" does not exist`, ''],
          noFolder: ['cwd', `cwd: "${process.execPath}" is not a directory`, ''],
          url: ['cwd', 'cwd: http://localhost/ is no file: URL', ''],
          env: ['env', 'env: must be an object of strings, not { A: {} }', ''],
          variable: ['env', 'env: "A=B" cannot be the name of a variable', ''],
          both: ['environment', 'environment: is the same as env: give one of them', ''],
          stdio: ['stdio', expect.stringContaining("'pipes'"), ''],
          entry: ['stdio[1]', `${must}, not 'ipc'`, ''],
          descriptor: ['stdio[2]', 'stdio[2]: descriptor 4242 is not open here', ''],
        });
      }),
    70_000,
  );
});
