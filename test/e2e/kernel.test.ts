/** LinuxKernel against the real kernel, in processes of its own (test/support/kernel-driver.ts). */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { processState, sleep } from '../support/processes.js';
import { inProject } from '../support/project.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const DRIVER = inProject('dist/test/support/kernel-driver.js');

interface Driven {
  readonly report: unknown;
  readonly stdout: string;
}

/** A body that does nothing asynchronous. */
function inFolder(body: (folder: string) => unknown): Promise<unknown> {
  return withTemporaryFolder((folder) => Promise.resolve(body(folder)));
}

function drive(words: readonly string[], shell = '"$@"'): Driven {
  const command = ['-c', shell, 'sh', process.execPath, DRIVER, ...words];
  const done = spawnSync('/bin/sh', command, { encoding: 'utf8', timeout: 60_000 });
  const line = done.stderr.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{') && !line.startsWith('[') && !line.startsWith('"')) {
    throw new Error(`driver said: ${done.stderr} ${done.error?.message ?? ''}`);
  }
  return { report: JSON.parse(line), stdout: done.stdout };
}

describe.each(['code', 'no-code'])('launch (%s)', (code) => {
  it('gives the exit status and the output of the program', () => {
    const { report, stdout } = drive(['run', code, '/bin/sh', '-c', 'echo out; exit 3']);
    expect(report).toEqual({ traps: 0, kind: 'exited', code: 3 });
    expect(stdout).toBe('out\n');
  });

  it('runs scripts as the kernel does', () =>
    inFolder((folder) => {
      const script = join(folder, 'script');
      writeFileSync(script, '#!/bin/sh\necho "$#"; kill -USR1 $$\n', { mode: 0o755 });
      const { report, stdout } = drive(['run', code, script, 'a', 'b']);
      expect(report).toMatchObject({ kind: 'killed', signal: 10 });
      expect(stdout).toBe('2\n');
    }));

  it('says why a program cannot be executed', () =>
    inFolder((folder) => {
      const text = join(folder, 'text');
      writeFileSync(text, 'no program\n', { mode: 0o755 });
      const reasons = ['/nonexistent', '/etc/passwd', '/', text].map(
        (program) => (drive(['run', code, program]).report as { message: string }).message,
      );
      expect(reasons).toEqual([
        expect.stringContaining('ENOENT'),
        expect.stringContaining('EACCES'),
        expect.stringContaining('EACCES'),
        expect.stringContaining('ENOEXEC'),
      ]);
    }));

  itCompiles('makes breakpoint stops and finds each of them', () => {
    const { report } = drive(['traps', code, buildProgram('raises-traps'), '2000']);
    expect(report).toEqual({ traps: 2000, kind: 'exited', code: 7 });
  });

  itCompiles('loses no signal that is sent to the tracer', () => {
    const { report } = drive(['interrupts', code, buildProgram('raises-traps'), '400']);
    expect(report).toMatchObject({
      result: { kind: 'exited', code: 7 },
      seen: { 1: 100, 2: 100, 3: 100, 15: 100 },
    });
  });

  itCompiles('reports a stop once, and the end of a thread that was held', () => {
    expect(drive(['held', code, buildProgram('raises-traps')]).report).toEqual({
      outcomes: ['stop', 'none', 'none', 'stop', 'childless'],
      end: { kind: 'killed', signal: 9, coreDumped: false },
    });
  });

  itCompiles('loses no expiry of the timer', () => {
    const { report } = drive(['timers', code, buildProgram('raises-traps'), '500']);
    expect(report).toMatchObject({ expired: 500, result: { kind: 'killed', signal: 9 } });
  });
});

describe('what a launched program sees', () => {
  const SHELLS = {
    plain: '"$@"',
    'descriptors beyond 2': '"$@" 5</etc/passwd 7</dev/null 9>>/dev/null 40</',
    'a closed input and a pipe': '"$@" 2>&1 0</dev/null | cat',
    'ignored signals': `trap '' INT PIPE USR1; "$@"; :`,
    limits: 'ulimit -n 200; ulimit -c 0; umask 77; "$@"; :',
  };

  for (const [name, shell] of Object.entries(SHELLS)) {
    itCompiles(`is that of a direct start: ${name}`, () => {
      const program = buildProgram('prints-start-state');
      const direct = spawnSync('/bin/sh', ['-c', shell.replace('2>&1', ''), 'sh', program], {
        encoding: 'utf8',
      });
      const driven = drive(['run', 'code', program], shell.replace('2>&1', ''));
      const ownName = (text: string): string => text.replace(/^TracerPid.*$/m, 'TracerPid');
      expect(direct.stdout).toContain('fd 0');
      expect(ownName(driven.stdout)).toBe(ownName(direct.stdout));
    });
  }
});

describe('several kernels in one process', () => {
  itCompiles('keep their stops apart', () => {
    const { report } = drive(['workers', buildProgram('raises-traps'), '3000']);
    const one = { traps: 3000, kind: 'exited', code: 7 };
    expect(report).toEqual([one, one, one]);
  });

  itCompiles('can be interrupted from another thread, also when just closed', () => {
    const { report } = drive(['requests', buildProgram('raises-traps'), '300']);
    expect(report).toMatchObject({ taken: 300, result: { kind: 'killed', signal: 9 } });
  });

  it('put the signals back', () => {
    expect(drive(['dispositions']).report).toEqual({ changes: true, restored: true });
  });
});

describe('memory', () => {
  itCompiles('is read up to the first unreadable page, and also when the process hides it', () => {
    const { report } = drive(['memory', buildProgram('shows-memory')]);
    const { results } = report as { results: unknown[] };
    const reads = results.filter((_, index) => index % 2 === 0);
    const peeks = results.filter((_, index) => index % 2 === 1);
    expect(new Set(peeks)).toEqual(new Set([true]));
    expect(reads).toEqual([
      [100, 100],
      [4096, 4096],
      [4102, 4102],
      [0, 0],
      [0, 0],
      [(1 << 20) - 1, 2 * ((1 << 20) - 1)],
      [100, 100],
    ]);
    expect(report).toMatchObject({ report: { kind: 'exited', code: 9 } });
  });
});

describe('image files', () => {
  it('are mapped once', () => {
    const { report } = drive(['image', '/bin/sh']);
    const size = readFileSync('/bin/sh').length;
    expect(report).toEqual({ size, magic: '\x7fELF', same: true });
  });

  it('are found though deleted', () =>
    inFolder((folder) => {
      const program = join(folder, 'sh');
      copyFileSync('/bin/sh', program);
      expect(drive(['image', program, 'delete']).report).toMatchObject({ magic: '\x7fELF' });
    }));

  it('may become shorter while they are read', () =>
    inFolder((folder) => {
      const file = join(folder, 'image');
      writeFileSync(file, Buffer.alloc(100_000, 1));
      expect(drive(['shrink', '/bin/sh', file]).report).toEqual({
        result: [1, 1, 0, 0, 0],
        length: 100_000,
        end: true,
      });
    }));

  it('are never anything but regular files', () =>
    inFolder((folder) => {
      const fifo = join(folder, 'fifo');
      spawnSync('mkfifo', [fifo]);
      mkdirSync(join(folder, 'directory'));
      for (const path of [fifo, join(folder, 'directory'), '/dev/zero', '[vdso]', '/none']) {
        expect(drive(['image', '/bin/sh', path]).report).toMatchObject({ magic: '' });
      }
      rmSync(fifo);
    }));
});

describe('what cannot be attached to', () => {
  it('is said in one line', async () => {
    // The shell becomes a program that asks for no child, before its child ends.
    const parent = spawn('/bin/sh', ['-c', 'sleep 1 & echo $!; exec sleep 30']);
    try {
      const zombie = await new Promise<string>((resolve) => {
        parent.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
      });
      for (let ms = 0; ms < 10_000 && processState(Number(zombie)) !== 'Z'; ms += 50)
        await sleep(50);
      expect(drive(['seize', zombie]).report).toMatchObject({
        error: 'UserError',
        message: expect.stringMatching(
          /^cannot attach to \d+: it has ended .* \(zombie\)$/,
        ) as unknown,
      });
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('is gone when there is none', () => {
    expect(drive(['seize', '4194304']).report).toMatchObject({ error: 'TraceeGone' });
  });
});
