/** Job control in a shell in a real terminal (tmux): what a user does with a program under tsltrace. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { sleep } from '../support/processes.js';
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

skipUnless(hasTool('gcc') && hasTool('tmux') && hasTool('bash'), needs('tmux'))(
  'a program in a shell under tmux is started, stopped, sent to the background, fetched back and interrupted',
  () =>
    withTemporaryFolder(async (folder) => {
      const terminal = new Terminal(join(folder, 'tmux'));
      try {
        const trace = join(folder, 'trace');
        const command = [...tsltraceCommand(), '-o', trace, '-e', 'toupper'].join(' ');
        terminal.keys("PS1='ready> '", 'Enter');
        await terminal.sees(/^ready>$/m);
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
      } finally {
        terminal.close();
      }
    }),
  120_000,
);
