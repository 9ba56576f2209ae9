/** Files that block, and files without an end: signals end what waits, and a size is never without a bound. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { withBusyTarget } from '../support/attach-target.js';
import { buildProgram } from '../support/build-programs.js';
import { processState, sleep, threadsOf, tracerOf } from '../support/processes.js';
import {
  runProgram,
  runTsltrace,
  startTsltrace,
  tsltraceCommand,
} from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const PATIENCE_MS = 30_000;

function withPipe<T>(use: (path: string, folder: string) => Promise<T>): Promise<T> {
  return withTemporaryFolder((folder) => {
    const path = join(folder, 'pipe');
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    return use(path, folder);
  });
}

describe('a pipe with nobody at its other end', () => {
  const waits: readonly (readonly [what: string, words: (pipe: string) => string[]])[] = [
    ['of -F', (pipe) => ['-F', pipe, 'echo', 'started']],
    ['among several of -F', (pipe) => ['-F', `/dev/null:${pipe}`, 'echo', 'started']],
    ['of -o', (pipe) => ['-o', pipe, 'echo', 'started']],
    ['of --read', (pipe) => ['--read', pipe]],
    ['of --compare', (pipe) => ['--compare', pipe, pipe]],
  ];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it.each(waits)(`%s is waited for with a word, until ${signal} comes`, (_, words) =>
      withPipe(async (pipe) => {
        const running = startTsltrace(words(pipe));
        await running.sees(/^tsltrace: waiting for somebody to (?:read|write to) \S+pipe$/m);
        running.kill(signal);
        expect(await running.finished()).toMatchObject({ signal, timedOut: false, stdout: '' });
      }),
    );
  }

  it('standard input of --read - is waited for with a word', async () => {
    const running = startTsltrace(['--read', '-']);
    await running.sees(/^tsltrace: waiting for somebody to write to standard input$/m);
    running.kill('SIGTERM');
    expect((await running.finished()).signal).toBe('SIGTERM');
  });

  it('that somebody opens later is used', () =>
    withPipe(async (pipe) => {
      const running = startTsltrace(['-o', pipe, 'true']);
      await running.sees(/waiting for somebody to read/);
      const reader = await runProgram(['cat', pipe]);
      expect(reader.stdout).toBe('+++ exited (status 0) +++\n');
      expect((await running.finished()).status).toBe(0);
    }));
});

describe('prototypes from a pipe', () => {
  it('are read once, in a process substitution and after somebody came', () =>
    withPipe(async (pipe) => {
      const command = tsltraceCommand().join(' ');
      const once = `${command} -F <(echo 'int strlen(hex(long));') -e strlen@MAIN ls / | wc -l`;
      const shell = await runProgram(['bash', '-c', once]);
      expect(shell.stderr).toMatch(/->strlen\(0x[0-9a-f]+\) /);
      const running = startTsltrace(['-F', pipe, '-e', 'strlen@MAIN', 'ls', '/']);
      await running.sees(/waiting for somebody to write/);
      writeFileSync(pipe, 'int strlen(hex(long));\n');
      expect((await running.finished()).stderr).toMatch(/->strlen\(0x[0-9a-f]+\) /);
    }));
});

describe('what has no end', () => {
  const endless = ['/dev/zero', '/dev/full', '/dev/random', '/proc/kcore'];
  it.each(endless)('%s makes no prototypes', async (path) => {
    const run = await runTsltrace(['-F', path, 'echo', 'started']);
    expect(run).toMatchObject({ status: 125, stdout: '', timedOut: false });
    expect(run.stderr).toMatch(/^tsltrace: cannot read the prototypes in \/\w+\/\w+: [^\n]+\n$/);
  });

  it.each(endless.slice(0, 3))('%s is no recording', async (path) => {
    const run = await runTsltrace(['--read', path]);
    expect(run).toMatchObject({ status: 125, stdout: '', timedOut: false });
    expect(run.stderr).toMatch(/^tsltrace: \S+ is not a recording of tsltrace; [^\n]+\n$/);
  });

  it('a pipe that gives prototypes for ever, and a file of many gigabytes, are refused', () =>
    withTemporaryFolder(async (folder) => {
      const large = join(folder, 'large.conf');
      writeFileSync(large, '');
      truncateSync(large, 5 * 2 ** 30);
      const command = tsltraceCommand().join(' ');
      for (const words of [`-F <(yes 'int f(int);')`, `-F ${large}`, `-F ${large}:/dev/null`]) {
        const run = await runProgram(['bash', '-c', `${command} ${words} echo started`]);
        expect(run).toMatchObject({ status: 125, stdout: '', timedOut: false });
        expect(run.stderr).toMatch(/^tsltrace: [^\n]+: is larger than 16 MiB[^\n]*\n$/);
      }
    }));

  it('the file of a library that is no file is told of when it is looked for', () =>
    withPipe(async (pipe, folder) => {
      spawnSync('mv', [pipe, join(folder, 'libc.so.6.conf')]);
      const run = await runTsltrace(['-F', folder, '-e', 'strlen@MAIN', 'ls', '/']);
      expect(run).toMatchObject({ status: 0, timedOut: false });
      const told = /^tsltrace: warning: \S+libc\.so\.6\.conf: error: is a pipe, not a file$/gm;
      expect(run.stderr.match(told)).toHaveLength(1);
      expect(run.stderr).toMatch(/->strlen\("/);
    }));

  it.each([
    ['newlines', '\n'],
    ['openings of objects', '{\n'],
    ['objects that are no events', '{}\n'],
  ])('a recording of %s is given up in time', (_, line) =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'run.ndjson');
      await runTsltrace(['-o', path, 'true']);
      writeFileSync(path, line.repeat((4 << 20) / line.length), { flag: 'a' });
      const run = await runTsltrace(['--read', path], { timeoutMs: 20_000 });
      expect(run).toMatchObject({ status: 0, timedOut: false });
      expect(run.stderr).toMatch(/^\+\+\+ exited \(status 0\) \+\+\+$/m);
      expect(run.stderr).toMatch(/ reading ended at line 10\d{4}: 100000 lines in a row make no /);
    }),
  );

  it.each([
    ['--read', 'is not a recording of tsltrace'],
    ['--compare', 'is not a recording of tsltrace'],
    ['--policy', 'is larger than a policy can be'],
    ['--baseline', 'is larger than a baseline can be'],
    ['--sets', 'is larger than 16 MiB'],
  ])('many gigabytes of nothing are refused by %s', (option, why) =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'large.ndjson');
      writeFileSync(path, '');
      truncateSync(path, 5 * 2 ** 30);
      const more: Readonly<Record<string, readonly string[]>> = {
        '--compare': [path],
        '--policy': ['--audit', 'echo', 'started'],
        '--baseline': ['--audit', 'echo', 'started'],
        '--sets': ['-e', '%own', 'echo', 'started'],
      };
      const run = await runTsltrace([option, path, ...(more[option] ?? [])]);
      expect(run).toMatchObject({ stdout: '', timedOut: false });
      expect(run.status).not.toBe(0);
      expect(run.stderr).toContain(why);
      expect(run.stderr.trim().split('\n')).toHaveLength(1);
    }),
  );

  it.each([
    ['newlines', '\n'],
    ['lines without sense', 'x\n'],
    ['items that go on and on', 'f(\n '],
    ['parentheses', '('],
    ['words', 'int '],
  ])('a prototype file of %s is read in time', (_, piece) =>
    withTemporaryFolder(async (folder) => {
      for (const name of ['large.conf', 'large.h']) {
        const path = join(folder, name);
        writeFileSync(path, piece.repeat(Math.floor((4 << 20) / piece.length)));
        const run = await runTsltrace(['-F', path, 'true'], { timeoutMs: 20_000 });
        expect(run).toMatchObject({ status: 0, timedOut: false });
        expect(run.stderr.split('\n').length).toBeLessThan(30);
      }
    }),
  );
});

describe('a pipe in the place of', () => {
  it('a program is no program', () =>
    withPipe(async (pipe) => {
      spawnSync('chmod', ['+x', pipe]);
      for (const words of [[pipe], ['--list', pipe]]) {
        const run = await runTsltrace(words);
        expect(run).toMatchObject({ stdout: '', timedOut: false });
        expect(run.stderr).toMatch(/^tsltrace: \S+pipe: is not a regular file\n$/);
      }
    }));

  /** What its debug link names, and the file of split debug information. */
  for (const kind of ['debug link', 'split debug information']) {
    itCompiles(`${kind} is not waited for`, () =>
      withTemporaryFolder(async (folder) => {
        const source = join(folder, 'own.c');
        writeFileSync(
          source,
          'int own(int x) { return x + 1; }\nint main(void) { return own(-1); }\n',
        );
        const run = (command: string, ...words: string[]): unknown =>
          expect(spawnSync(command, words, { cwd: folder })).toMatchObject({ status: 0 });
        const isSplit = kind !== 'debug link';
        const flags = isSplit ? ['-g', '-gsplit-dwarf'] : ['-g', '-Wl,--build-id=none'];
        run('gcc', '-O1', '-fno-inline', ...flags, 'own.c', '-o', 'own');
        if (!isSplit) {
          run('objcopy', '--only-keep-debug', 'own', 'own.dwo');
          run('objcopy', '--strip-debug', '--add-gnu-debuglink=own.dwo', 'own');
        }
        run('sh', '-c', 'for file in *.dwo; do rm "$file"; mkfifo "$file"; done');
        const traced = await runTsltrace(['-L', '-x', 'own@MAIN', './own'], { cwd: folder });
        expect(traced).toMatchObject({ status: 0, timedOut: false });
        // Nobody describes it: words and a result.
        expect(traced.stderr).toMatch(/^own\((?:-?\w+, ){3}-?\w+\) += 0$/m);
      }),
    );
  }
});

describe('an output that nobody reads', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    itCompiles(`holds no attached process once ${signal} came`, () =>
      withPipe((pipe) =>
        withBusyTarget(2 * PATIENCE_MS, async (target) => {
          const reader = fullPipe(pipe);
          const words = ['-p', String(target.pid), '-e', 'toupper', '-o', pipe];
          const running = startTsltrace(words, { timeoutMs: PATIENCE_MS });
          try {
            await standsStill(target.pid);
            running.kill(signal);
            const run = await running.finished();
            expect(run).toMatchObject({ status: 0, signal: null, timedOut: false });
            expect(run.stderr).toContain(
              'pipe: nobody reads it, and a signal asked tsltrace to end\n',
            );
            await target.isItself();
          } finally {
            closeSync(reader);
          }
        }),
      ),
    );
  }

  itCompiles('that is read late loses nothing', () =>
    withPipe(async (pipe) => {
      const reader = fullPipe(pipe);
      const words = ['-o', pipe, '-e', 'strlen', buildProgram('calls-strlen')];
      const running = startTsltrace(words, { timeoutMs: PATIENCE_MS });
      await sleep(500);
      const cat = runProgram(['cat', pipe]);
      await sleep(500);
      closeSync(reader);
      expect((await running.finished()).status).not.toBeNull();
      expect((await cat).stdout).toMatch(/strlen\("hello"\)[^]*\+\+\+ exited/);
    }),
  );

  it('a command that never ends holds nobody after the trace', async () => {
    const running = startTsltrace(['-o', '|exec sleep 30 2>/dev/null >&2', 'true']);
    await running.sees(/no call was seen/);
    running.kill('SIGTERM');
    const run = await running.finished();
    expect(run.timedOut).toBe(false);
    // The trace was complete already, or was not quite.
    expect([run.status, run.signal]).toContain(run.status === 0 ? 0 : 'SIGTERM');
  });
});

/** A descriptor that keeps the pipe open; not one byte fits into it. */
function fullPipe(path: string): number {
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(pipe, Buffer.alloc(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'EAGAIN' });
  }
  return pipe;
}

/** It is traced, and every busy thread of it waits for its tracer, in ten looks in a row. */
async function standsStill(pid: number): Promise<void> {
  let still = 0;
  for (let waited = 0; still < 10 && waited < PATIENCE_MS; waited += 20) {
    await sleep(20);
    const stands = threadsOf(pid).filter((tid) => processState(tid) === 't').length;
    still = tracerOf(pid) !== 0 && stands >= 4 ? still + 1 : 0;
  }
  expect(still).toBe(10);
}
