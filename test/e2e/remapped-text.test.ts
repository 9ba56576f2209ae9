/** Programs that map something else over their code while it is traced: calls are seen again, and nothing is damaged. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildLibrary, buildProgram, type BuildOptions } from '../support/build-programs.js';
import { startProgram, startTsltrace, type Running } from '../support/run-tsltrace.js';
import { sleep } from '../support/processes.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceFixture } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const clang = skipUnless(hasTool('clang'), needs('clang'));

/** How many of its 15 calls were seen, and what was said. */
async function remapped(
  how: string,
  pauseMs: number,
  options: readonly string[],
  build: BuildOptions = {},
) {
  const args = [how, String(pauseMs)];
  const { run, transcript } = await traceFixture('remaps-text', { args, options, build });
  expect(run).toMatchObject({ status: 3, signal: null, stdout: 'made 15 calls of toupper\n' });
  const calls = transcript.calls.filter(({ name }) => name === 'toupper').length;
  return { calls, messages: run.stderr };
}

const mappedAnew = (name: string) =>
  new RegExp(`^tsltrace: warning: ${name}: its code was mapped anew, and \\d+ breakpoints`);
const AGAIN_AFTER_MS = 1500;

describe('a program that maps its code anew', () => {
  for (const how of ['file', 'raw'] as const) {
    itCompiles(`from its file (${how}) is told of, and seen again`, async () => {
      const { calls, messages } = await remapped(how, AGAIN_AFTER_MS, ['-e', 'toupper']);
      expect(calls).toBe(10);
      expect(messages).toMatch(mappedAnew('remaps-text'));
    });
  }

  itCompiles('and ends at once is told of', async () => {
    const { calls, messages } = await remapped('file', 0, ['-e', 'toupper']);
    expect(calls).toBe(5);
    expect(messages).toMatch(mappedAnew('remaps-text'));
  });

  itCompiles('and ends by a system call of its own at once is seen as far as that', async () => {
    expect(await remapped('raw', 0, ['-e', 'toupper'])).toEqual({ calls: 5, messages: '' });
  });

  async function isSeenAgain(how: string, build: BuildOptions): Promise<void> {
    const { calls, messages } = await remapped(how, AGAIN_AFTER_MS, ['-e', 'toupper'], build);
    expect(calls).toBe(10);
    expect(messages).toMatch(mappedAnew('remaps-text'));
  }

  // In other ways: it drops its own copies of the pages, or reads the file into them.
  clang('by dropping its pages is told of, and seen again', () =>
    isSeenAgain('dropped', { compiler: 'clang' }),
  );
  m32('by writing it anew is told of, and seen again', () =>
    isSeenAgain('written', { flags: ['-m32'] }),
  );

  itCompiles('as a copy of what is there loses no call', async () => {
    expect(await remapped('copy', 0, ['-e', 'toupper'])).toEqual({ calls: 15, messages: '' });
  });

  itCompiles('of a library is told of, and seen again', async () => {
    const { calls, messages } = await remapped('library', AGAIN_AFTER_MS, ['-x', 'toupper', '-L']);
    expect(calls).toBe(10);
    expect(messages).toMatch(mappedAnew('libc.so.6'));
  });
});

/** Lets the program make calls until one is seen. */
async function isSeen(target: Running, file: string): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    target.send('again\n');
    await sleep(50);
    if (existsSync(file) && readFileSync(file, 'utf8').includes('step_third')) return;
  }
  throw new Error('no call was seen within twenty seconds');
}

describe('data that a program puts in the place of a library', () => {
  for (const [what, byte] of [
    ['that look like traps', '0xcc'],
    ['of any other kind', '0x55'],
  ] as const) {
    itCompiles(`${what} are left alone when it is let go`, () =>
      withTemporaryFolder(async (folder) => {
        const library = buildLibrary('lib-versions');
        const target = startProgram([buildProgram('replaces-library'), library, byte]);
        try {
          await target.sees(/ready/);
          const file = join(folder, 'trace');
          const words = ['-o', file, '-x', '*@libversions*', '-p', String(target.pid)];
          const tracer = startTsltrace(words);
          await isSeen(target, file);
          target.send('replace\n');
          await target.sees(/replaced/);
          tracer.kill('SIGINT');
          await tracer.finished();
          target.send('look\n');
          await target.sees(/changed/);
        } finally {
          target.endInput();
          const run = await target.finished();
          expect(run.stdout).toContain('changed 0\n');
          expect(run).toMatchObject({ status: 0, signal: null });
        }
      }),
    );
  }

  itCompiles('are told of while it goes on', async () => {
    const library = buildLibrary('lib-versions');
    const target = startTsltrace([
      ...['-o', '/dev/null', '-x', '*@libversions*'],
      ...[buildProgram('replaces-library'), library],
    ]);
    try {
      await target.sees(/ready/);
      target.send('replace\n');
      await target.sees(/went with its code, which the program itself has replaced or unmapped/);
      target.send('look\n');
    } finally {
      target.endInput();
    }
    const run = await target.finished();
    expect(run.stdout).toContain('changed 0\n');
    expect(run).toMatchObject({ status: 0, signal: null });
  });
});
