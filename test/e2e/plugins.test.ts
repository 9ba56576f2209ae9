/** Libraries that a program loads at run time: what they call is seen from their first instruction on, and they work. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildLibrary, buildProgram, type BuildOptions } from '../support/build-programs.js';
import { sleep } from '../support/processes.js';
import { startProgram, startTsltrace } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { skipUnless } from '../support/skip-unless.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceProgram } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const rust = skipUnless(hasTool('rustc'), needs('rustc'));

interface Plugin {
  readonly how?: 'now' | 'lazy' | 'apart';
  readonly rounds?: number;
  readonly paths: readonly string[];
  readonly build?: BuildOptions;
  readonly env?: Readonly<Record<string, string>>;
}

/** How often each function was called by plugins. */
async function callsOf(
  { how = 'now', rounds = 1, paths, build, env }: Plugin,
  options: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const command = [buildProgram('loads-plugins', build), how, String(rounds), ...paths];
  const { run, transcript } = await traceProgram(command, {
    options,
    ...(env === undefined ? {} : { env }),
  });
  expect(run).toMatchObject({ status: 0, signal: null });
  expect(run.stdout).toBe(`runs ${rounds * paths.length} wrong 0\n`);
  const counts: Record<string, number> = {};
  for (const { name } of transcript.calls) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const NO_PLT = '-fno-plt';
const plugin = (...flags: readonly string[]): string => buildLibrary('lib-plugin', { flags });
const byPlugins = ['-e', 'toupper@libplugin*+isalpha@libplugin*+tolower@libplugin*'];

describe('a library that is loaded at run time and', () => {
  for (const how of ['now', 'lazy', 'apart'] as const) {
    itCompiles(`uses no stubs makes no call unseen, loaded ${how}`, async () => {
      const paths = [plugin(NO_PLT)];
      expect(await callsOf({ how, paths }, byPlugins)).toEqual({ toupper: 10, isalpha: 10 });
    });

    itCompiles(`has no constructors makes no call unseen, loaded ${how}`, async () => {
      const paths = [plugin(NO_PLT, '-nostartfiles')];
      expect(await callsOf({ how, paths }, byPlugins)).toEqual({ toupper: 10, isalpha: 10 });
    });
  }

  itCompiles('calls in its constructor is seen there too', async () => {
    const paths = [plugin(NO_PLT, '-DCONSTRUCTOR')];
    expect(await callsOf({ paths }, byPlugins)).toEqual({ toupper: 10, isalpha: 10, tolower: 3 });
  });

  itCompiles('loads another in its constructor is seen with that', async () => {
    const paths = [plugin(NO_PLT, '-DCONSTRUCTOR')];
    const env = { PLUGIN_LOADS: plugin(NO_PLT) };
    const expected = { toupper: 12, isalpha: 12, tolower: 3 };
    expect(await callsOf({ paths, env }, byPlugins)).toEqual(expected);
  });

  itCompiles('comes and goes, one after the other, is seen each time', async () => {
    const paths = [plugin(NO_PLT), plugin(NO_PLT, '-DCONSTRUCTOR'), plugin()];
    const expected = { toupper: 300, isalpha: 300, tolower: 30 };
    expect(await callsOf({ rounds: 10, paths }, byPlugins)).toEqual(expected);
  });

  itCompiles('is traced by -l, or with all that it calls, is seen as well', async () => {
    const paths = [plugin(NO_PLT)];
    for (const options of [
      ['-e', '@libplugin*'],
      ['-l', 'libc.so*', '-e', '!*@MAIN'],
    ]) {
      expect(await callsOf({ paths }, options)).toMatchObject({ toupper: 10, isalpha: 10 });
    }
  });

  m32('has 32 bits makes no call unseen', async () => {
    const build = { flags: ['-m32'] };
    const paths = [plugin(NO_PLT, '-m32', '-DCONSTRUCTOR')];
    const expected = { toupper: 10, isalpha: 10, tolower: 3 };
    expect(await callsOf({ build, paths }, byPlugins)).toEqual(expected);
  });

  rust('is written in Rust makes no call unseen', async () => {
    const path = buildProgram('plugin-of-rust', { flags: ['--crate-type', 'cdylib'] });
    const options = ['-e', 'toupper@plugin*+isalpha@plugin*'];
    expect(await callsOf({ paths: [path] }, options)).toEqual({ toupper: 10, isalpha: 10 });
  });
});

// Once: glibc itself cannot load its C library into a static program again.
describe('a library that a static program loads', () => {
  const isStatic = { flags: ['-static'] };
  const itLinks = skipUnless(
    gccCan('-static'),
    'needs a static C library (Debian package libc6-dev)',
  );

  for (const [what, flags, constructors] of [
    ['with stubs', [], {}],
    ['without', [NO_PLT], {}],
    ['without, with a constructor', [NO_PLT, '-DCONSTRUCTOR'], { tolower: 3 }],
  ] as const) {
    itLinks(`${what}, makes no call unseen`, async () => {
      const paths = [plugin(...flags)];
      const expected = { toupper: 10, isalpha: 10, ...constructors };
      expect(await callsOf({ build: isStatic, paths }, byPlugins)).toEqual(expected);
    });
  }

  itLinks('makes no call unseen where the program lies at any address', async () => {
    const build = { flags: ['-static-pie', '-fPIE'] };
    const expected = { toupper: 10, isalpha: 10 };
    expect(await callsOf({ build, paths: [plugin()] }, byPlugins)).toEqual(expected);
    expect(await callsOf({ build, paths: [plugin(NO_PLT)] }, byPlugins)).toEqual(expected);
  });

  itLinks('is not seen where the program is stripped, and that is said', async () => {
    const stripped = { flags: ['-static', '-s'] };
    const command = [buildProgram('loads-plugins', stripped), 'now', '1', plugin()];
    const { run } = await traceProgram(command, { options: [...byPlugins, '-e', '@MAIN'] });
    expect(run).toMatchObject({ status: 0, stdout: 'runs 1 wrong 0\n' });
    const lines = run.stderr.trim().split('\n');
    expect(lines.at(-1)).toMatch(
      /matched nothing: loads-plugins is static and stripped: libraries that it may load itself are not seen$/,
    );
    expect(run.stderr).not.toMatch(/calls no library|no module of that name/);
  });

  itLinks('is seen to be called by the program, by name', async () => {
    const paths = [plugin()];
    const options = ['-e', 'plugin_run@MAIN'];
    expect(await callsOf({ build: isStatic, paths }, options)).toEqual({ plugin_run: 1 });
  });

  itLinks('is seen when the program is attached to', () =>
    withTemporaryFolder(async (folder) => {
      const trace = join(folder, 'trace');
      const program = buildProgram('calls-in-rounds', isStatic);
      const target = startProgram([program, buildLibrary('lib-versions')]);
      try {
        await target.sees(/ready/);
        const words = ['-o', trace, '-e', 'toupper@libversions*', '-p', String(target.pid)];
        const tracer = startTsltrace(words);
        const isSeen = (): boolean =>
          existsSync(trace) && readFileSync(trace, 'utf8').includes('toupper');
        for (let waited = 0; waited < 20_000 && !isSeen(); waited += 50) {
          target.send('1\n');
          await sleep(50);
        }
        expect(isSeen()).toBe(true);
        tracer.kill('SIGINT');
        await tracer.finished();
      } finally {
        target.endInput();
        const run = await target.finished();
        expect(run).toMatchObject({ status: 0, signal: null });
        expect(run.stdout).toContain('wrong 0');
      }
    }),
  );
});

describe('a library whose code is changed when it is loaded', () => {
  const changed = (...flags: readonly string[]): string =>
    buildLibrary('lib-changed-code', { flags: [...flags, '-Wl,-z,notext'] });
  const byCode = ['-x', 'plugin_*', '-e', 'toupper@libchanged*'];
  const expected = { plugin_run: 5, plugin_upper: 50, plugin_state_now: 50, toupper: 50 };

  for (const how of ['now', 'apart'] as const) {
    itCompiles(`works and is seen, loaded ${how}`, async () => {
      expect(await callsOf({ how, rounds: 5, paths: [changed()] }, byCode)).toEqual(expected);
    });
  }

  m32('works and is seen where it has 32 bits', async () => {
    const build = { flags: ['-m32'] };
    const paths = [changed('-m32', '-fno-pic')];
    const { toupper, plugin_run } = await callsOf({ build, rounds: 5, paths }, byCode);
    // The compiler calls the others from within the library, or not at all.
    expect({ toupper, plugin_run }).toEqual({ toupper: 50, plugin_run: 5 });
  });

  itCompiles('works and is seen where the program is linked with it', async () => {
    const build = { library: 'lib-changed-code', libraryFlags: ['-Wl,-z,notext'] };
    const paths = [changed()];
    expect(await callsOf({ build, rounds: 5, paths }, byCode)).toEqual(expected);
  });
});
