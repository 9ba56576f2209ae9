/** Attaching to a process that matters, and leaving it as it was, whatever ends us. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { guardianIsDone, withBusyTarget } from '../support/attach-target.js';
import { buildProgram } from '../support/build-programs.js';
import { changedCode } from '../support/changed-code.js';
import { isAlive, processState, sleep, threadsOf } from '../support/processes.js';
import {
  runProgram,
  startProgram,
  startTsltrace,
  tsltraceCommand,
  type Running,
} from '../support/run-tsltrace.js';
import { seesCalls } from '../support/sees-calls.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const BUSY_MS = 60_000;

describe('a busy program of four threads', () => {
  // Ctrl-C, SIGTERM and SIGKILL: attach-series.test.ts.
  for (const signal of ['SIGHUP', 'SIGQUIT'] as const) {
    itCompiles(
      `is left unharmed when ${signal} ends tsltrace`,
      () =>
        withTemporaryFolder((folder) =>
          withBusyTarget(BUSY_MS, async (target) => {
            const file = join(folder, 'trace');
            writeFileSync(file, '');
            const tracer = startTsltrace(['-o', file, '-e', 'toupper', '-p', String(target.pid)]);
            await seesCalls(file);
            tracer.kill(signal);
            expect(await tracer.finished()).toMatchObject({ timedOut: false, stderr: '' });
          }),
        ),
      60_000,
    );
  }

  itCompiles(
    'may be attached to by the id of any of its threads',
    () =>
      withTemporaryFolder((folder) =>
        withBusyTarget(BUSY_MS, async (target) => {
          const file = join(folder, 'trace');
          writeFileSync(file, '');
          const thread = threadsOf(target.pid).at(-1);
          const tracer = startTsltrace(['-o', file, '-e', 'toupper', '-p', String(thread)]);
          await seesCalls(file);
          tracer.kill('SIGINT');
          await tracer.finished();
        }),
      ),
    60_000,
  );

  itCompiles(
    'is left in time though a profiler signals the tracer all the while',
    () =>
      withTemporaryFolder((folder) =>
        withBusyTarget(BUSY_MS, async (target) => {
          const [node = '', ...command] = tsltraceCommand();
          const profile = ['--cpu-prof', '--cpu-prof-interval=50', `--cpu-prof-dir=${folder}`];
          const stay = ['--detach-after', '100ms', '-o', '/dev/null', '-e', 'toupper'];
          for (let round = 0; round < 3; round++) {
            const traced = [node, ...profile, ...command, ...stay, '-p', String(target.pid)];
            expect(await runProgram(traced)).toMatchObject({ status: 0, timedOut: false });
          }
        }),
      ),
    120_000,
  );

  itCompiles(
    'may end while it is traced: the trace ends with it',
    () =>
      withTemporaryFolder(async (folder) => {
        const target = startProgram([buildProgram('busy-threads'), '4', '100']);
        await target.sees(/ready/);
        const file = join(folder, 'trace');
        writeFileSync(file, '');
        const tracer = startTsltrace(['-o', file, '-e', 'toupper', '-p', String(target.pid)]);
        await seesCalls(file);
        target.endInput();
        expect((await target.finished()).stdout).toMatch(/wrong threads 0/);
        const run = await tracer.finished();
        expect(run).toMatchObject({ timedOut: false, stderr: '' });
        expect(readFileSync(file, 'utf8')).toMatch(/\+\+\+ exited \(status 0\) \+\+\+\n$/);
      }),
    60_000,
  );
});

describe('a program with a breakpoint that a killed tracer left', () => {
  // nm comes with what gcc needs.
  itCompiles(
    'is rid of it when we leave',
    () =>
      withTemporaryFolder((folder) =>
        withBusyTarget(BUSY_MS, async (target) => {
          // Every tracer has one here, and nobody runs into it while no library is loaded.
          writeByte(target.pid, linkerFunction(target.pid, '_dl_debug_state'), 0xcc);
          const file = join(folder, 'trace');
          writeFileSync(file, '');
          const tracer = startTsltrace(['-o', file, '-e', 'toupper', '-p', String(target.pid)]);
          await seesCalls(file);
          tracer.kill('SIGINT');
          await tracer.finished();
        }),
      ),
    60_000,
  );
});

async function untilItWaits(pid: number): Promise<void> {
  for (let looks = 0; looks < 500 && processState(pid) !== 'S'; looks++) await sleep(2);
}

describe('a program that waits', () => {
  itCompiles('in a system call is not woken by an attach', async () => {
    const target = startProgram([buildProgram('sleeps-in-epoll'), '2000']);
    await target.sees(/ready/);
    const tracer = startTsltrace(['-e', 'toupper', '-p', String(target.pid)]);
    await sleep(700);
    tracer.kill('SIGINT');
    await tracer.finished();
    expect((await target.finished()).stdout).toContain('interrupted 0');
  });

  itCompiles('because it was stopped stays stopped', async () => {
    const target = startProgram([buildProgram('sleeps-in-epoll'), '1000']);
    await target.sees(/ready/);
    await untilItWaits(target.pid);
    target.kill('SIGSTOP');
    await sleep(50);
    const tracer = startTsltrace(['-e', 'toupper', '-p', String(target.pid)]);
    await sleep(600);
    expect(['T', 't']).toContain(processState(target.pid));
    tracer.kill('SIGINT');
    await tracer.finished();
    await sleep(50);
    expect(processState(target.pid)).toBe('T');
    target.kill('SIGCONT');
    // As without us: signal(7), "Interruption of system calls and library functions by stop signals".
    expect((await target.finished()).stdout).toBe('ready\ninterrupted 1\nexpect toupper 4\n');
  });
});

describe('a program with 5,000 breakpoints', () => {
  // The guardian's table is viewed in pieces of 4,096.
  itCompiles('has all of its code back after the tracer was killed', () =>
    withTemporaryFolder(async (folder) => {
      const program = buildProgram('many-imports', { library: 'lib-many', flags: ['-O0'] });
      const target = startProgram([program, '1000000000']);
      const file = join(folder, 'trace');
      writeFileSync(file, '');
      try {
        const to = ['-o', file, '-e', 'imported_*@MAIN'];
        const tracer = startTsltrace([...to, '-p', String(target.pid)]);
        await seesCalls(file, 'imported_');
        expect(changedCode(target.pid).length).toBeGreaterThan(5000);
        // What runs into a breakpoint takes it away itself: all are to be the guardian's.
        target.kill('SIGSTOP');
        await seesCalls(file, 'SIGSTOP');
        await sleep(100);
        expect(changedCode(target.pid).length).toBeGreaterThan(5000);
        tracer.kill('SIGKILL');
        await tracer.finished();
        await guardianIsDone(tracer.pid);
        expect(changedCode(target.pid)).toEqual([]);
        expect(isAlive(target.pid)).toBe(true);
      } finally {
        target.kill('SIGKILL');
        await target.finished();
      }
    }),
  );
});

describe('a program that tsltrace launched', () => {
  itCompiles('ends with a tracer that is killed', async () => {
    const tracer = startTsltrace([
      '-e',
      'toupper',
      '-o',
      '/dev/null',
      buildProgram('prints-ticks'),
      '2000',
    ]);
    await tracer.sees(/tick 3/);
    const children = readFileSync(`/proc/${tracer.pid}/task/${tracer.pid}/children`, 'latin1');
    const pid = Number(children.trim().split(' ')[0]);
    expect(isAlive(pid)).toBe(true);
    tracer.kill('SIGKILL');
    await tracer.finished();
    await sleep(100);
    expect(isAlive(pid)).toBe(false);
  });

  itCompiles('gets the Ctrl-C of the terminal, and tsltrace stays to the end', async () => {
    const terminal = buildProgram('runs-on-a-terminal', { flags: ['-lutil'] });
    const shown = startProgram([
      terminal,
      ...tsltraceCommand(),
      '-e',
      'toupper',
      '-o',
      '/dev/null',
      buildProgram('prints-ticks'),
      '500',
    ]);
    await shown.sees(/tick 5 /);
    shown.send('\x03');
    const run = await shown.finished();
    expect(run.stdout).toMatch(/continued 0 interrupted 1\r?\n/);
    expect(run.status).toBe(3);
  });
});

describe('job control in a shell on a terminal', () => {
  itCompiles(
    'works as without us: Ctrl-Z, bg, fg, Ctrl-C',
    async () => {
      const terminal = buildProgram('runs-on-a-terminal', { flags: ['-lutil'] });
      const shell = startProgram([terminal, 'bash', '--norc', '--noprofile', '-i'], {
        env: { PS1: 'prompt> ', TERM: 'dumb' },
        timeoutMs: 40_000,
      });
      const command = [...tsltraceCommand(), '-o', '/dev/null', '-e', 'toupper'].join(' ');
      await shell.sees(/prompt> /);
      shell.send(`${command} ${buildProgram('prints-ticks')} 5000\n`);
      await shell.sees(/tick 5 /);
      shell.send('\x1a');
      await shell.sees(/Stopped/);
      const atStop = lastTick(shell);
      await sleep(300);
      expect(lastTick(shell)).toBe(atStop);
      shell.send('bg\n');
      await shell.sees(new RegExp(`tick ${atStop + 5} `));
      shell.send('fg\n');
      await shell.sees(new RegExp(`tick ${atStop + 20} `));
      shell.send('\x03');
      await shell.sees(/continued 1 interrupted 1/);
      shell.send('echo status $?\n');
      await shell.sees(/status 3/);
      shell.send('exit\n');
      await shell.finished();
    },
    45_000,
  );
});

function linkerFunction(pid: number, name: string): number {
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1');
  const [, base = '', path = ''] =
    /^([0-9a-f]+)-.* 00000000 .* (\S+\/ld-linux\S*)$/m.exec(maps) ?? [];
  const symbols = execFileSync('nm', ['-D', path], { encoding: 'latin1' });
  const [, offset = ''] = new RegExp(`^([0-9a-f]+) . ${name}(@.*)?$`, 'm').exec(symbols) ?? [];
  return parseInt(base, 16) + parseInt(offset, 16);
}

function writeByte(pid: number, address: number, byte: number): void {
  const memory = openSync(`/proc/${pid}/mem`, 'r+');
  writeSync(memory, Uint8Array.of(byte), 0, 1, address);
  closeSync(memory);
}

function lastTick(shell: Running): number {
  const ticks = [...shell.output().stdout.matchAll(/tick (\d+) /g)];
  return Number(ticks.at(-1)?.[1] ?? -1);
}
