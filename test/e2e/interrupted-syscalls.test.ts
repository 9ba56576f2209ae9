/** System calls that are interrupted: shown as what they are, and not at all where only we interrupt them. */
import { readFileSync } from 'node:fs';
import { buildProgram, type BuildOptions } from '../support/build-programs.js';
import { processState, sleep, threadsOf } from '../support/processes.js';
import { runProgram, runTsltrace, startProgram, startTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');

describe('a system call that a signal interrupts', () => {
  itCompiles('ends as strace shows it, before the signal', async () => {
    const program = buildProgram('interrupted-calls');
    const options = ['-L', '--syscalls', 'read,pause,nanosleep,clock_nanosleep'];
    const { stderr, status } = await runTsltrace([...options, program]);
    expect(status).toBe(0);
    const alarm = '--- SIGALRM (Alarm clock) ';
    const lines = stderr.split('\n').map((line) => line.replace(/ +=/, ' ='));
    const before = lines.flatMap((line, at) => (line.startsWith(alarm) ? [lines[at - 1]] : []));
    expect(before).toEqual([
      expect.stringMatching(
        /^SYS_read\(.* = \? ERESTARTSYS \(To be restarted if SA_RESTART is set\)$/,
      ),
      'SYS_pause() = ? ERESTARTNOHAND (To be restarted if no handler)',
      expect.stringMatching(/nanosleep\(.* = \? ERESTART_RESTARTBLOCK \(Interrupted by signal\)$/),
    ]);
    expect(stderr).toMatch(/^SYS_read\(.*"x".* = 1$/m);
    expect(stderr).not.toContain('errno 51');
    const where = await runTsltrace([...options, '--where', 'errno == ERESTARTNOHAND', program]);
    expect(where.stderr.match(/^SYS_\w+/gm)).toEqual(['SYS_pause']);
  });
});

describe('a system call that only we interrupt', () => {
  itCompiles('is one call, whatever we do', async () => {
    const target = startProgram([buildProgram('interrupted-calls'), 'waits']);
    try {
      await target.sees(/ready/);
      for (let round = 0; round < 5; round++) {
        const tracer = startTsltrace(['-L', '-S', '-p', String(target.pid)]);
        await tracer.sees(/nanosleep\([^\n]*\n[^\n]*nanosleep\(/);
        await sleep(20);
        tracer.kill('SIGINT');
        const { stderr, status } = await tracer.finished();
        expect(status).toBe(0);
        expect(stderr).not.toMatch(/ERESTART|errno 51|Unknown/);
      }
    } finally {
      target.kill('SIGKILL');
      await target.finished();
    }
  });
});

describe('a system call that a thread was in before anybody looked', () => {
  /** Linux goes on with those by a call of its own, that no program makes. */
  async function isNotAnother(...options: readonly string[]): Promise<void> {
    const target = startProgram([buildProgram('waits-in-threads')]);
    try {
      await target.sees(/ready/);
      const tracer = startTsltrace(['-L', ...options, '-p', String(target.pid)]);
      await tracer.sees(/nanosleep\(/);
      for (let round = 0; round < 3; round++) {
        target.kill('SIGWINCH');
        await tracer.sees(new RegExp(`(?:--- SIGWINCH [^]*){${round + 1}}`));
      }
      tracer.kill('SIGINT');
      const { stderr, status } = await tracer.finished();
      expect(status).toBe(0);
      expect(stderr).toContain('nanosleep(');
      expect(stderr).not.toMatch(/^(?:\[pid \d+\] )?SYS_| = -\d/m);
    } finally {
      target.kill('SIGKILL');
      await target.finished();
    }
  }

  itCompiles('is not shown as another one that our stops begin', () => isNotAnother('-S'));
  itCompiles('nor that signals begin', () => isNotAnother('--syscalls', 'restart_syscall'));
});

describe('a signal that the program ignores', () => {
  const KINDS = 7;

  /** Linux drops it before anybody wakes, but not for a process that is traced. */
  async function isNotNoticed(build: BuildOptions, options: readonly string[]): Promise<void> {
    const program = buildProgram('ignores-signals', build);
    const alone = await runProgram([program]);
    expect(alone.stdout.match(/: done$/gm)).toHaveLength(KINDS);
    const traced = await runTsltrace([...options, '-o', '/dev/null', program]);
    expect(traced).toMatchObject({ stdout: alone.stdout, status: 0 });
    const handled = await runTsltrace([...options, '-o', '/dev/null', program, 'handled']);
    expect(handled.stdout.match(/: EINTR$/gm)).toHaveLength(KINDS);
  }

  itCompiles('interrupts no system call', () => isNotNoticed({}, ['-e', 'toupper']));
  itCompiles('nor where system calls are traced', () => isNotNoticed({}, ['-S']));
  m32('nor one of 32 bits', () => isNotNoticed({ flags: ['-m32'] }, ['-e', 'toupper']));

  itCompiles('is shown, and the call that it would have interrupted as one', async () => {
    const program = buildProgram('ignores-signals');
    const { stderr } = await runTsltrace([
      '-L',
      '--syscalls',
      'rt_sigtimedwait,epoll_pwait',
      program,
    ]);
    expect(stderr).not.toMatch(/EINTR|Interrupted system call/);
    for (const name of ['SYS_rt_sigtimedwait', 'SYS_epoll_pwait']) {
      expect(stderr.split(`${name}(`)).toHaveLength(2);
      expect(stderr).toMatch(new RegExp(`^<\\.\\.\\. ${name} resumed>.* = (?:1|34)$`, 'm'));
    }
    expect(stderr.match(/^--- SIGURG /gm)?.length).toBeGreaterThanOrEqual(KINDS);
  });
});

describe('a signal for any thread, which the program ignores', () => {
  async function wakesNone(build: BuildOptions): Promise<void> {
    const program = buildProgram('ignores-signals', build);
    const alone = await runProgram([program, 'threads']);
    expect(alone.stdout).toMatch(/^sigtimedwait: EINTR 0\nepoll_wait: EINTR 0\n/);
    const { stdout, stderr, status } = await runTsltrace(['-S', '-e', '*', program, 'threads']);
    expect({ stdout, status }).toEqual({ stdout: alone.stdout, status: 0 });
    expect(stderr).not.toContain('EINTR (');
    expect(stderr).toContain('--- SIGCHLD ');
  }

  itCompiles('interrupts none, also where another takes it', () =>
    wakesNone({ flags: ['-pthread'] }),
  );
  m32('nor in 32 bits', () => wakesNone({ flags: ['-pthread', '-m32'] }));
});

describe('threads that wait in system calls which an interruption would show', () => {
  /** poll, pselect6, ppoll and those of 32 bits: Linux continues them with the time that is left. */
  const GO_ON = new Set([7, 270, 271, 168, 308, 309, 413, 414]);

  const callOf = (pid: number, tid: number): string =>
    readFileSync(`/proc/${pid}/task/${tid}/syscall`, 'latin1').split(' ')[0] ?? '';

  /** A thread that is stopped gives its CPU away once more. */
  const switchesOf = (pid: number, tid: number): number => {
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, 'latin1');
    return Number(/^voluntary_ctxt_switches:\t(\d+)$/m.exec(status)?.[1]);
  };

  /** Nothing has changed for a moment, and nobody runs. */
  async function untilAllWait(pid: number): Promise<void> {
    const look = (): string =>
      threadsOf(pid)
        .map((tid) => `${callOf(pid, tid)} ${switchesOf(pid, tid)}`)
        .join();
    const deadline = Date.now() + 10_000;
    for (let before = '', now = look(); before !== now || now.includes('running'); now = look()) {
      if (Date.now() > deadline) throw new Error('its threads do not wait');
      before = now;
      await sleep(50);
    }
  }

  async function areLeftAlone(build: BuildOptions): Promise<void> {
    const target = startProgram([buildProgram('waits-in-calls', build)]);
    const { pid } = target;
    try {
      await target.sees(/ready/);
      await untilAllWait(pid);
      const watched = threadsOf(pid).filter((tid) => !GO_ON.has(Number(callOf(pid, tid))));
      expect(watched).toHaveLength(6);
      const switches = (): readonly number[] => watched.map((tid) => switchesOf(pid, tid));
      const before = switches();
      for (let round = 0; round < 2; round++) {
        const options = ['-e', 'toupper', '--detach-after', '50ms', '-p', String(pid)];
        expect(await runTsltrace(options)).toMatchObject({ status: 0 });
      }
      expect(switches()).toEqual(before);
      target.endInput();
      expect(await target.finished()).toMatchObject({
        status: 0,
        stdout: 'ready\nexpect puts 1\n',
      });
    } finally {
      target.kill('SIGKILL');
      await target.finished();
    }
  }

  itCompiles('are not stopped when tsltrace comes and goes', () => areLeftAlone({}));
  m32('nor those of 32 bits', () => areLeftAlone({ flags: ['-m32'] }));
});

describe('a thread that is alone in such a call', () => {
  async function untilItSleeps(pid: number): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (processState(pid) !== 'S') {
      if (Date.now() > deadline) throw new Error('it does not wait');
      await sleep(10);
    }
  }

  const comeAndGo = (pid: number) =>
    runTsltrace(['-e', 'toupper', '--detach-after', '1ms', '-p', String(pid)]);

  async function waitsOnceMore(call: string): Promise<void> {
    const target = startProgram([buildProgram('waits-alone'), call, '1500']);
    await target.sees(/ready/);
    await untilItSleeps(target.pid);
    await sleep(300);
    expect(await comeAndGo(target.pid)).toMatchObject({ status: 0 });
    const { stdout } = await target.finished();
    const took = Number(/^0 events after (\d+) ms$/m.exec(stdout)?.[1]);
    expect(took).toBeGreaterThanOrEqual(1500 + 300);
  }

  itCompiles('waits once more for its whole timeout', async () => {
    await Promise.all(['epoll', 'recv', 'accept'].map(waitsOnceMore));
  });

  const WHOLE = 1 << 20;
  const wroteOf = (stdout: string): number => Number(/^wrote (\d+)$/m.exec(stdout)?.[1]);

  itCompiles('has written a part', async () => {
    const program = buildProgram('waits-alone');
    const alone = await runProgram([program, 'write'], { input: 'read\n' });
    expect(wroteOf(alone.stdout)).toBe(WHOLE);
    const target = startProgram([program, 'write']);
    await target.sees(/ready/);
    await untilItSleeps(target.pid);
    const tracer = await comeAndGo(target.pid);
    expect(tracer.status).toBe(0);
    expect(tracer.stderr).not.toMatch(/warning|interrupt/);
    target.send('read\n');
    const { stdout, status } = await target.finished();
    expect(status).toBe(0);
    expect(wroteOf(stdout)).toBeGreaterThan(0);
    expect(wroteOf(stdout)).toBeLessThan(WHOLE);
  });

  itCompiles('has written a part when a signal comes that it ignores', async () => {
    const tracer = startTsltrace(['-e', 'toupper', buildProgram('waits-alone'), 'write']);
    await tracer.sees(/ready/);
    const children = readFileSync(`/proc/${tracer.pid}/task/${tracer.pid}/children`, 'latin1');
    const pid =
      children
        .split(' ')
        .map(Number)
        .find((one) => nameOf(one) === 'waits-alone') ?? 0;
    await untilItSleeps(pid);
    process.kill(pid, 'SIGURG');
    await tracer.sees(/--- SIGURG/);
    tracer.send('read\n');
    const { stdout, status } = await tracer.finished();
    expect(status).toBe(0);
    expect(wroteOf(stdout)).toBeLessThan(WHOLE);
  });

  const nameOf = (pid: number): string => readFileSync(`/proc/${pid}/comm`, 'latin1').trim();

  itCompiles('is stopped for its stack, among others too', async () => {
    const target = startProgram([buildProgram('waits-in-calls')]);
    try {
      await target.sees(/ready/);
      const options = ['-w', '4', '-e', 'toupper', '--detach-after', '1ms', '-p', `${target.pid}`];
      const { stderr } = await runTsltrace(options);
      expect(stderr.match(/^ > \S+\(in_\w+\+0x/gm)?.length).toBeGreaterThanOrEqual(8);
    } finally {
      target.kill('SIGKILL');
      await target.finished();
    }
  });
});
