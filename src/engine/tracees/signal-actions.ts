/**
 * What a process has asked of signals, where the kernel was told otherwise.
 *
 * A trap of ours makes the kernel forget the action of SIGTRAP where that is ignored or blocked (force_sig_info_to_task,
 * kernel/signal.c). So the kernel never ignores it in a process that we trace, and no handler blocks it.
 */
import { SIGTRAP_BIT } from './thread-signals.js';

// <asm-generic/signal-defs.h>
export const SIG_IGN = 1;
/** <asm-generic/signal.h> */
const SA_NODEFER = 0x40000000;

/** struct kernel_sigaction: handler, flags and restorer, a word each, and a mask of 8 bytes (rt_sigaction(2)). */
export class SignalAction {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    private readonly wordBytes: 4 | 8,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  static sizeFor(wordBytes: 4 | 8): number {
    return 3 * wordBytes + 8;
  }

  /** The default action, or to ignore it. */
  static plain(wordBytes: 4 | 8, handler: 0 | typeof SIG_IGN): SignalAction {
    const action = new SignalAction(new Uint8Array(SignalAction.sizeFor(wordBytes)), wordBytes);
    action.bytes[0] = handler;
    return action;
  }

  get isDefault(): boolean {
    return !this.hasHandler && this.bytes[0] === 0;
  }

  get isIgnore(): boolean {
    return !this.hasHandler && this.bytes[0] === SIG_IGN;
  }

  get hasHandler(): boolean {
    return this.bytes.subarray(0, this.wordBytes).some((byte, at) => byte > (at === 0 ? 1 : 0));
  }

  /** SA_* bits: all there are lie in the lower half of a word. */
  get flags(): number {
    return this.view.getUint32(this.wordBytes, true);
  }

  get blocksTrap(): boolean {
    return (this.view.getBigUint64(this.maskAt, true) & SIGTRAP_BIT) !== 0n;
  }

  /** The same with SIGTRAP blocked, or not, while its handler runs. */
  blockingTrap(isBlocked: boolean): SignalAction {
    const copy = this.copy();
    const mask = copy.view.getBigUint64(this.maskAt, true);
    copy.view.setBigUint64(this.maskAt, isBlocked ? mask | SIGTRAP_BIT : mask & ~SIGTRAP_BIT, true);
    return copy;
  }

  /** What the kernel is told when this is a program's action for SIGTRAP. */
  forKernel(): SignalAction {
    if (!this.hasHandler) return SignalAction.plain(this.wordBytes, 0);
    const told = this.blockingTrap(false);
    // The handler may run into a trap itself.
    told.view.setUint32(this.wordBytes, this.flags | SA_NODEFER, true);
    return told;
  }

  /** What is left of it when the handler was to run once. */
  withoutHandler(): SignalAction {
    const copy = this.copy();
    copy.bytes.fill(0, 0, this.wordBytes);
    return copy;
  }

  equals(other: SignalAction): boolean {
    return this.bytes.every((byte, at) => byte === other.bytes[at]);
  }

  private copy(): SignalAction {
    return new SignalAction(this.bytes.slice(), this.wordBytes);
  }

  private get maskAt(): number {
    return 3 * this.wordBytes;
  }
}

export class SignalActions {
  /** The program's own action for SIGTRAP; undefined until that is known. */
  trap: SignalAction | undefined;
  /** Signals whose handlers block SIGTRAP as far as the program knows. */
  readonly blockTrap = new Set<number>();

  /** A forked child begins with its parent's. */
  inherit(parent: SignalActions): void {
    this.trap = parent.trap;
    for (const signal of parent.blockTrap) this.blockTrap.add(signal);
  }

  /** The handlers of a program go when another is executed; what it ignores stays so: execve(2). */
  afterExec(wordBytes: 4 | 8): void {
    this.blockTrap.clear();
    if (this.trap !== undefined) {
      this.trap = SignalAction.plain(wordBytes, this.trap.isIgnore ? SIG_IGN : 0);
    }
  }
}
