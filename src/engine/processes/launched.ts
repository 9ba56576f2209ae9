/** The program that we started ourselves, if any: its end is ours to pass on, and signals to us are meant for it. */
import { unlessGone } from '../../base/errors.js';
import { toThreadId, type ProcessId, type ThreadId } from '../../base/ids.js';
import { SIGINT, SIGKILL, SIGQUIT } from '../../base/signal-numbers.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { EndReport } from '../../kernel/wait-status.js';

/** How the program that we launched ended; 'none' when we launched none or let it go. */
export type LaunchedEnd = EndReport | { readonly kind: 'none' };

export class LaunchedProgram {
  pid: ProcessId | undefined;
  end: LaunchedEnd = { kind: 'none' };

  constructor(private readonly kernel: Kernel) {}

  get isRunning(): boolean {
    return this.pid !== undefined && this.end.kind === 'none';
  }

  /** Some thread ended: perhaps the program's first. */
  noteEnd(tid: ThreadId, how: EndReport): void {
    if (tid === toThreadId(this.pid ?? 0)) this.end = how;
  }

  kill(): void {
    this.send(SIGKILL);
  }

  /** The terminal sends SIGINT and SIGQUIT to the program as well as to us. */
  forward(signal: number): void {
    if (signal !== SIGINT && signal !== SIGQUIT) this.send(signal);
  }

  private send(signal: number): void {
    const { pid } = this;
    if (pid !== undefined && this.isRunning) unlessGone(() => this.kernel.kill(pid, signal));
  }
}
