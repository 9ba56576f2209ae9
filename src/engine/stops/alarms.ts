/** Several deadlines on the one timer that the kernel layer gives us. */
import type { Kernel } from '../../kernel/kernel.js';

export class Alarms<Name extends string> {
  /** Due times on the kernel's clock, ns. */
  private readonly due = new Map<Name, number>();

  constructor(private readonly kernel: Kernel) {}

  isSet(name: Name): boolean {
    return this.due.has(name);
  }

  set(name: Name, milliseconds: number): void {
    this.due.set(name, this.kernel.now() + milliseconds * 1e6);
    this.arm();
  }

  /** The alarms that are due, each once. Call when the kernel's timer has gone off. */
  take(): Name[] {
    const now = this.kernel.now();
    const ready = [...this.due].filter(([, at]) => at <= now).map(([name]) => name);
    for (const name of ready) this.due.delete(name);
    this.arm();
    return ready;
  }

  /** After somebody else has used the timer. */
  arm(): void {
    if (this.due.size === 0) return;
    const wait = (Math.min(...this.due.values()) - this.kernel.now()) / 1e6;
    // The kernel's timer takes whole milliseconds, and 0 would switch it off.
    this.kernel.setTimer(Math.max(1, Math.ceil(wait)));
  }
}
