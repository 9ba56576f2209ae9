/** Programs of every toolchain: exact where there is something to see, one plain line where there is not. */
import { copyFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceProgram } from '../support/trace-fixture.js';

const gcc = skipUnless(
  gccCan('-static'),
  'needs gcc and static libraries (Debian package libc6-dev)',
);
const musl = skipUnless(hasTool('musl-gcc'), needs('musl-gcc'));
const go = skipUnless(hasTool('go'), needs('go'));
const rust = skipUnless(hasTool('rustc'), needs('rustc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');

const BUILD_MS = 120_000;

/** Output and end must be those without us, the counts those that the program states. Returns our messages. */
async function expectExact(
  command: readonly string[],
  options: readonly string[],
): Promise<string> {
  const plain = await runProgram(command);
  const { run, seen, expected } = await traceProgram(command, { options });
  expect(run).toMatchObject({ stdout: plain.stdout, status: plain.status });
  expect(Object.keys(expected)).not.toHaveLength(0);
  expect(seen).toEqual(expected);
  return run.stderr;
}

async function messagesOf(program: string, options: readonly string[]): Promise<string[]> {
  const { run } = await traceProgram([program], { options });
  expect(run.status).toBe(0);
  return run.stderr.split('\n').filter((line) => line.startsWith('tsltrace:'));
}

describe('a static program', () => {
  const BUILDS = [
    ['of glibc', '-static', undefined, gcc],
    ['of glibc at no fixed address', '-static-pie', undefined, gcc],
    ['of musl', '-static', 'musl-gcc', musl],
  ] as const;

  for (const [what, flag, compiler, itBuilds] of BUILDS) {
    itBuilds(`${what} shows its functions with -x, and with -e when it is named`, async () => {
      const flags = [flag];
      const program = buildProgram('static-work', { flags, ...(compiler && { compiler }) });
      await expectExact([program], ['-L', '-x', '*work']);
      const messages = await expectExact([program], ['-e', 'work+more_work']);
      expect(messages).toContain(
        "tsltrace: nobody imports what 'work' and 'more_work' names, but 2 functions are inside static-work itself: traced at entry, as -x does\n",
      );
    });
  }

  // That of glibc has dlopen for its character sets.
  gcc('says that it calls no library but what it loads, and what can be traced', async () => {
    const program = buildProgram('static-work', { flags: ['-static'] });
    const [message] = await messagesOf(program, []);
    expect(message).toMatch(
      /^tsltrace: static-work: the program is static, so it calls no library but what it loads itself: use -x to trace its own \d+ functions$/,
    );
  });

  musl('without symbols can be traced by address, and says so', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'stripped');
      copyFileSync(buildProgram('static-work', { compiler: 'musl-gcc', flags: ['-static'] }), path);
      const table = spawnSync('nm', [path], { encoding: 'utf8' }).stdout;
      const address = /^0*([0-9a-f]+) T work$/m.exec(table)?.[1] ?? '';
      spawnSync('strip', [path]);
      const messages = await messagesOf(path, []);
      expect(messages).toContain(
        'tsltrace: stripped: the program is static and stripped: libraries that it may load itself are not seen, and only addresses can be traced, with -x 0xADDRESS',
      );
      const { transcript, trace } = await traceProgram([path], {
        options: ['-L', '-x', `0x${address}`],
      });
      expect(trace.match(new RegExp(`^0x${address}\\(`, 'gm'))).toHaveLength(5);
      expect(transcript.events).toEqual(['+++ exited (status 0) +++']);
    }),
  );
});

describe('a program', () => {
  musl('of musl shows its calls and its functions', async () => {
    const program = buildProgram('counts-calls', { compiler: 'musl-gcc' });
    await expectExact([program, '20'], ['-L', '-x', 'malloc@libc.so+free@libc.so+toupper@libc.so']);
  });

  go(
    'of Go shows its functions with -x',
    () =>
      expectExact([buildProgram('go-plain')], ['-L', '-x', 'main.goWork']).then(() => undefined),
    BUILD_MS,
  );

  describe('of Go whose stacks grow and whose goroutines change their threads', () => {
    const program = (): string => buildProgram('go-grows');
    const options = ['-f', '-L', '-x', 'main.goDive+main.goFill+main.goMany+main.goWait'];

    go(
      'has each call once',
      () => expectExact([program()], options).then(() => undefined),
      BUILD_MS,
    );

    go(
      'has the end of each call',
      async () => {
        const { run, trace } = await traceProgram([program()], { options });
        expect(run).toMatchObject({ status: 0, stderr: '' });
        const count = (mark: string): number => trace.split(mark).length - 1;
        expect(count('unwound')).toBe(0);
        expect(count(' <unfinished ...>')).toBeGreaterThan(0);
        expect(count(' resumed> ')).toBe(count(' <unfinished ...>'));
      },
      BUILD_MS,
    );
  });

  describe('of Go has its values', () => {
    const shown = async (program: string): Promise<string[]> => {
      const functions = ['-x', 'main.go*-main.go*.func*+main.(*pair).goMethod'];
      const { run, trace } = await traceProgram([program], { options: ['-b', '-L', ...functions] });
      expect(run.status).toBe(0);
      return trace.split('\n').flatMap((line) => {
        if (!line.startsWith('main.')) return [];
        return [line.replaceAll(/0x[0-9a-f]+/g, 'ADDRESS').replace(/\)\s+=/, ') =')];
      });
    };
    /** Of test/programs/go-values.go. */
    const VALUES = [
      'main.goScalars(-3, true, 65535, 1.500000, -2.250000, 103) = { 65532, true }',
      'main.goWords({ "gopher" }, { ADDRESS, 3, 3 }, nil, { nil, nil }) = { { "gopher" }, 3, { nil, nil } }',
      'main.goStructs({ 5, { "five" }, [ 1, 2 ] }, [ 9 ], [ 10, 20 ], { 1.000000, 2.000000 }, 7) = { 32, { "five" }, [ 1, 2 ] }',
      'main.goManyWords(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, { "eleven" }) = { 11, { "eleven" } }',
      'main.goNothing() = <void>',
      'main.(*pair).goMethod(ADDRESS, 4) = { { 4.000000, 0.500000 }, true }',
      'main.goDefers(5) = { 6, { "deferred" } }',
      'main.goRecovers(6) = { 12, false, { nil, nil } }',
    ];

    go(
      'in registers, as its debug information tells',
      async () => expect(await shown(buildProgram('go-values'))).toEqual(VALUES),
      BUILD_MS,
    );

    go(
      'on the stack, in 32 bits',
      () =>
        withTemporaryFolder(async (folder) => {
          const program = join(folder, 'values');
          const source = inProject('test/programs/go-values.go');
          const env = { ...process.env, GOARCH: '386' };
          const done = spawnSync('go', ['build', '-o', program, source], { encoding: 'utf8', env });
          expect(done).toMatchObject({ stderr: '', status: 0 });
          expect(await shown(program)).toEqual(VALUES);
        }),
      BUILD_MS,
    );

    go(
      'where they are words, without debug information',
      async () => {
        const lines = await shown(buildProgram('go-values', { flags: ['-ldflags=-w'] }));
        expect(lines[3]).toBe('main.goManyWords(1, 2, 3, 4) = 11');
      },
      BUILD_MS,
    );
  });

  go(
    'of Go with cgo shows its calls of the C library',
    () => expectExact([buildProgram('go-cgo')], ['-e', 'toupper']).then(() => undefined),
    BUILD_MS,
  );

  rust(
    'of Rust shows its calls of the C library',
    () => expectExact([buildProgram('rust-calls-c')], ['-e', 'toupper+atoi']).then(() => undefined),
    BUILD_MS,
  );

  rust(
    'of Rust shows its own functions by their readable name',
    async () => {
      const { run, transcript } = await traceProgram([buildProgram('rust-calls-c')], {
        options: ['-C', '-L', '-x', '*::inner::twice'],
      });
      expect(run.status).toBe(0);
      expect(transcript.calls.map(({ text }) => text.replace(/\(.*/, ''))).toEqual(
        Array.from({ length: 20 }, () => 'rust_calls_c::inner::twice'),
      );
    },
    BUILD_MS,
  );

  m32('of 64 bits that becomes one of 32 bits, and back, is followed', async () => {
    const wide = buildProgram('execs-next');
    const narrow = buildProgram('execs-next', { flags: ['-m32'] });
    const last = buildProgram('counts-calls');
    const { run, transcript } = await traceProgram([wide, narrow, wide, narrow, last, '20'], {
      options: ['-e', 'toupper'],
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const callers = transcript.calls.map(({ caller, name }) => `${caller}->${name}`);
    expect(callers.filter((call) => call === 'execs-next->toupper')).toHaveLength(4 * 3);
    expect(callers.filter((call) => call === 'counts-calls->toupper')).toHaveLength(20);
  });
});
