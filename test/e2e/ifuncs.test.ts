/** Functions whose symbol is a resolver: every call of what it chose, by the name that the program knows. */
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildLibrary, buildProgram, type BuildOptions } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { skipUnless } from '../support/skip-unless.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { traceProgram } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');

const ROUNDS = '12';
const LAZY = ['-fplt', '-Wl,-z,lazy'];
const IN_ONE = inProject('test/programs/lib-chooses.c');

const shared = (...flags: readonly string[]): BuildOptions => ({
  library: 'lib-chooses',
  ...{ libraryFlags: flags, flags: flags.filter((flag) => flag !== '-Wl,-z,ibtplt') },
});

interface Build extends BuildOptions {
  readonly name: string;
  readonly itBuilds: typeof itCompiles;
}

const BUILDS: readonly Build[] = [
  { name: 'a library that binds late', itBuilds: itCompiles, ...shared(...LAZY) },
  {
    name: 'a library with stubs for indirect branch tracking',
    ...{ itBuilds: itCompiles, ...shared(...LAZY, '-fcf-protection', '-Wl,-z,ibtplt') },
  },
  { name: 'a library that binds at once', itBuilds: itCompiles, ...shared('-Wl,-z,now') },
  { name: 'a library without stubs', itBuilds: itCompiles, ...shared('-fno-plt') },
  { name: 'a library of 32 bits', itBuilds: m32, ...shared('-m32', ...LAZY) },
  { name: 'the program', itBuilds: itCompiles, flags: [IN_ONE] },
  { name: 'a static program', itBuilds: itCompiles, flags: ['-static', '-no-pie', IN_ONE] },
  { name: 'a static program at any address', itBuilds: itCompiles, flags: ['-static-pie', IN_ONE] },
  { name: 'a static program of 32 bits', itBuilds: m32, flags: ['-m32', '-static', IN_ONE] },
];

describe.each(BUILDS)(
  'an IFUNC in $name',
  ({ itBuilds, library, libraryFlags = [], flags = [] }) => {
    const build: BuildOptions =
      library === undefined ? { flags } : { library, libraryFlags, flags };

    itBuilds('is seen at each call with -x', async () => {
      const traced = await traceProgram([buildProgram('chooses', build), ROUNDS], {
        options: ['-L', '-x', 'by_table+by_other_table'],
      });
      expect(traced.run).toMatchObject({ status: 0, stderr: '' });
      expect(traced.seen).toMatchObject({ by_table: 24, by_other_table: 12 });
      expect(traced.transcript.calls).toHaveLength(36);
    });

    itBuilds('has the name that is called, not that of what was chosen', async () => {
      const traced = await traceProgram([buildProgram('chooses', build), ROUNDS], {
        options: ['-L', '-x', 'by_*table*'],
      });
      expect(traced.seen).toMatchObject({ by_table: 24, by_other_table: 12 });
      const chosen = await traceProgram([buildProgram('chooses', build), ROUNDS], {
        options: ['-L', '-x', 'by_*table_of_*'],
      });
      const names = new Set(chosen.transcript.calls.map((call) => call.name));
      expect([...names].sort()).toEqual(['by_other_table_of_4', 'by_table_of_8']);
    });
  },
);

describe.each([
  { flags: ['-fno-plt'], itBuilds: itCompiles },
  { flags: ['-fno-plt', '-static', '-no-pie'], itBuilds: itCompiles },
  { flags: ['-fno-plt', '-static-pie'], itBuilds: itCompiles },
  { flags: ['-fno-plt', '-m32', '-static'], itBuilds: m32 },
])('an IFUNC that a program built with $flags calls by a slot', ({ flags, itBuilds }) => {
  itBuilds('is a call of the program', async () => {
    const program = buildProgram('chooses', { flags: [...flags, IN_ONE] });
    const traced = await traceProgram([program, ROUNDS], {
      options: ['-e', 'by_table@MAIN+by_other_table@MAIN'],
    });
    expect(traced.run).toMatchObject({ status: 0, stderr: '' });
    expect(traced.seen).toMatchObject({ by_table: 24, by_other_table: 12 });
    expect(new Set(traced.transcript.calls.map(({ caller }) => caller))).toEqual(
      new Set(['chooses']),
    );
  });
});

describe('an IFUNC of a library that was stripped', () => {
  skipUnless(hasTool('gcc') && hasTool('objcopy'), needs('objcopy'))(
    'keeps its name where a debug file names what was chosen',
    () =>
      withTemporaryFolder(async (folder) => {
        const program = join(folder, 'chooses');
        copyFileSync(buildProgram('chooses', shared(...LAZY)), program);
        const library = join(folder, 'libchooses.so.1');
        copyFileSync(
          buildLibrary('lib-chooses', { flags: ['-g', ...LAZY, '-DNAMED_OTHERWISE'] }),
          library,
        );
        const inFolder = (...words: readonly string[]): void => {
          expect(spawnSync('objcopy', words, { cwd: folder }).status).toBe(0);
        };
        inFolder('--only-keep-debug', 'libchooses.so.1', 'names.debug');
        inFolder('--strip-all', '--add-gnu-debuglink=names.debug', 'libchooses.so.1');
        const { run, transcript } = await traceProgram([program, ROUNDS], {
          options: ['-L', '-x', '*table*@libchooses.so.1'],
          env: { LD_LIBRARY_PATH: folder, LD_PRELOAD: library },
        });
        expect(run).toMatchObject({ status: 0, stderr: '' });
        const names = new Set(transcript.calls.map(({ name }) => name));
        expect([...names].sort()).toEqual(['adds_by_table', 'by_other_table', 'by_table']);
      }),
  );
});

describe('functions that libc takes from the vdso', () => {
  it.each([
    { options: ['-L', '-x', 'gettimeofday+time'] },
    { options: ['-e', 'gettimeofday+time'] },
    { options: ['-e', '@MAIN'] },
  ])('are seen with $options', async ({ options }) => {
    for (const flags of [['-fplt'], ['-fno-plt']]) {
      const program = buildProgram('chooses', shared(...flags));
      const { run, seen, expected } = await traceProgram([program, ROUNDS], {
        options,
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      const { gettimeofday, time } = expected;
      expect(seen).toMatchObject({ gettimeofday, time });
    }
  });

  m32('are seen in 32 bits', async () => {
    const program = buildProgram('chooses', shared('-m32'));
    const { run, seen, expected } = await traceProgram([program, ROUNDS], {
      options: ['-L', '-x', 'gettimeofday+time'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const { gettimeofday, time } = expected;
    expect(seen).toMatchObject({ gettimeofday, time });
  });
});
