/** Job control in a shell in a real terminal (tmux): what a user does with a program under tsltrace. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { isAlive, sleep } from '../support/processes.js';
import { tsltraceCommand } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';
import { countCalls } from '../support/trace-lines.js';

const PATIENCE_MS = 30_000;

class Terminal {
  constructor(private readonly socket: string) {
    this.tmux('new-session', '-d', '-x', '100', '-y', '50', 'bash --norc --noprofile');
  }

  /** Keys as tmux names them, `C-z`, or text. */
  keys(...keys: readonly string[]): void {
    this.tmux('send-keys', ...keys);
  }

  /** What is on the screen. */
  screen(): string {
    return this.tmux('capture-pane', '-p');
  }

  async sees(pattern: RegExp): Promise<void> {
    for (let waited = 0; !pattern.test(this.screen()); waited += 50) {
      if (waited > PATIENCE_MS) throw new Error(`no ${String(pattern)} in\n${this.screen()}`);
      await sleep(50);
    }
  }

  lastTick(): number {
    return Number([...this.screen().matchAll(/tick (\d+) /g)].at(-1)?.[1] ?? -1);
  }

  async ticksBeyond(tick: number): Promise<void> {
    for (let waited = 0; this.lastTick() <= tick; waited += 50) {
      if (waited > PATIENCE_MS) throw new Error(`no tick beyond ${tick} in\n${this.screen()}`);
      await sleep(50);
    }
  }

  close(): void {
    this.tmux('kill-server');
  }

  private tmux(...words: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.socket, '-f', '/dev/null', ...words], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
  }
}

const itControlsJobs = skipUnless(
  hasTool('gcc') && hasTool('tmux') && hasTool('bash'),
  needs('tmux'),
);

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** @param before bytes, beyond which it grows */
function fileGrows(path: string, before = sizeOf(path)): Promise<void> {
  return until(`${path} grows`, () => sizeOf(path) > before);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited > PATIENCE_MS) throw new Error(`not to be seen: ${what}`);
    await sleep(10);
  }
}

/** With a shell that waits for a command, and a file for the trace. */
function inShell(work: (terminal: Terminal, trace: string) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (folder) => {
    const terminal = new Terminal(join(folder, 'tmux'));
    try {
      terminal.keys("PS1='ready> '", 'Enter');
      await terminal.sees(/^ready>$/m);
      await work(terminal, join(folder, 'trace'));
    } finally {
      terminal.close();
    }
  });
}

/** Of a program that calls `work` without a pause. */
function busyCommand(...options: readonly string[]): string {
  const program = buildProgram('calls', { library: 'lib-work' });
  return [...tsltraceCommand(), ...options, '-e', 'work', program, '4000000000', '1'].join(' ');
}

itControlsJobs(
  'a program in a shell under tmux is started, stopped, sent to the background, fetched back and interrupted',
  () =>
    inShell(async (terminal, trace) => {
      const command = [...tsltraceCommand(), '-o', trace, '-e', 'toupper'].join(' ');
      terminal.keys(`${command} ${buildProgram('prints-ticks')} 5000`, 'Enter');
      await terminal.ticksBeyond(5);
      terminal.keys('C-z');
      await terminal.sees(/\[1\]\+ +Stopped/);
      const atStop = terminal.lastTick();
      await sleep(300);
      expect(terminal.lastTick()).toBe(atStop);
      terminal.keys('jobs', 'Enter');
      await terminal.sees(/Stopped[\s\S]*ready> jobs\n\[1\]\+ +Stopped/);
      terminal.keys('bg', 'Enter');
      await terminal.ticksBeyond(atStop + 5);
      terminal.keys('fg', 'Enter');
      const inFront = terminal.lastTick();
      await terminal.ticksBeyond(inFront + 10);
      terminal.keys('C-c');
      await terminal.sees(/continued 1 interrupted 1/);
      terminal.keys('echo status $?', 'Enter');
      await terminal.sees(/^status 3$/m);
      const text = readFileSync(trace, 'utf8');
      expect(text.match(/^--- SIGTSTP /gm)).toHaveLength(1);
      expect(text.match(/^--- SIGCONT /gm)).toHaveLength(1);
      expect(text.match(/^--- SIGINT /gm)).toHaveLength(1);
      expect(countCalls(text)['toupper']).toBeGreaterThan(atStop + 15);
      expect(text).toMatch(/\+\+\+ exited \(status 3\) \+\+\+\n$/);
    }),
  120_000,
);

itControlsJobs(
  'a program that is always at a breakpoint or on its way to one is told of every Ctrl-Z',
  () =>
    inShell(async (terminal, trace) => {
      const times = 8;
      terminal.keys(busyCommand('-o', trace), 'Enter');
      await fileGrows(trace);
      for (let i = 0; i < times; i++) {
        terminal.keys('C-z');
        await terminal.sees(/Stopped/);
        terminal.keys('clear', 'Enter');
        await terminal.sees(/^ready>$/m);
        terminal.keys('fg', 'Enter');
        await fileGrows(trace);
      }
      terminal.keys('C-c');
      await terminal.sees(/^ready>$/m);
      const text = readFileSync(trace, 'utf8');
      expect(text.match(/^--- SIGTSTP /gm)).toHaveLength(times);
      expect(text.match(/^--- SIGCONT /gm)).toHaveLength(times);
    }),
  120_000,
);

itControlsJobs(
  'Ctrl-Z stops tsltrace also while it waits for somebody to read its output',
  () =>
    inShell(async (terminal) => {
      terminal.keys(`${busyCommand()} 2>&1 | sleep 1000`, 'Enter');
      await sleep(1500);
      terminal.keys('C-z');
      await terminal.sees(/Stopped/);
    }),
  120_000,
);

itControlsJobs(
  'SIGTSTP with SIGCONT right behind it leaves nobody stopped',
  () =>
    inShell(async (terminal, trace) => {
      const job = `${trace}.job`;
      terminal.keys(`${busyCommand('-o', trace)} &`, 'Enter');
      await fileGrows(trace);
      terminal.keys(`jobs -p > ${job}`, 'Enter');
      await fileGrows(job, 0);
      const pid = Number(readFileSync(job, 'utf8'));
      for (let i = 0; i < 300; i++) {
        process.kill(-pid, 'SIGTSTP');
        if (i % 2 === 0) await sleep(1);
        process.kill(-pid, 'SIGCONT');
        await sleep(2);
        if (i % 10 === 0) await fileGrows(trace);
      }
      process.kill(-pid, 'SIGTERM');
      await until('tsltrace has ended', () => !isAlive(pid));
    }),
  120_000,
);
