/**
 * Ctrl-Z: we stop as SIGTSTP stops a program, but not before whoever traces has set its tracees going.
 *
 * What the handler notes, and why, stands in code/signal-x86-64.ts.
 */
import { SIGCONT, SIGTSTP } from '../../../base/signal-numbers.js';
import { CONTROL } from '../control-block.js';
import { functionAt } from '../libc.js';
import type { NativeBlock } from '../native-memory.js';
import type { SignalHandlers } from './signal-handlers.js';
import { ThreadTimer } from './thread-timer.js';

/** What the signal of the timer carries; signal-x86-64.ts knows it. */
const GRACE_IS_OVER = 1;
/** We stop at the latest this long after SIGTSTP came. */
const GRACE_NS = 100_000_000n;
/** Offset of tv_nsec of it_value in struct itimerspec. */
const FIRST_EXPIRY_NS = 24;
/** Values of SUSPEND_ASKED. */
const ASKED = 1;
const TOLD = 2;
const ALL_SIGNALS = 2n ** 64n - 1n;

/** The thread that traces, and its signals. */
export interface SuspensionOwner {
  readonly threadId: number;
  readonly ownSignal: number;
  readonly handlers: SignalHandlers;
}

export class Suspension {
  private readonly grace: ThreadTimer;

  /**
   * Takes SIGTSTP and SIGCONT, unless they are ignored or somebody else's.
   *
   * @param code where `suspend` of signal-x86-64.ts stands
   */
  constructor(
    private readonly block: NativeBlock,
    private readonly code: number,
    { threadId, ownSignal, handlers }: SuspensionOwner,
  ) {
    this.grace = new ThreadTimer(threadId, ownSignal, GRACE_IS_OVER);
    const { view } = block;
    view.setInt32(CONTROL.SUSPEND_TIMER, this.grace.id, true);
    view.setBigUint64(CONTROL.SUSPEND_GRACE + FIRST_EXPIRY_NS, GRACE_NS, true);
    view.setBigUint64(CONTROL.SUSPEND_MASK, ALL_SIGNALS & ~bitOf(SIGCONT), true);
    view.setBigUint64(CONTROL.SUSPEND_SIGNAL, bitOf(SIGTSTP), true);
    // Without hearing of SIGCONT we could stop when everybody else goes on.
    if (handlers.takeIfDefault(SIGCONT)) handlers.takeIfDefault(SIGTSTP);
  }

  /** True once for each SIGTSTP. */
  isNew(): boolean {
    return (
      Atomics.compareExchange(this.block.words, CONTROL.SUSPEND_ASKED >> 2, ASKED, TOLD) === ASKED
    );
  }

  /** Stops until SIGCONT; does nothing when that came already. */
  stop(): void {
    if (Atomics.load(this.block.words, CONTROL.SUSPEND_ASKED >> 2) === 0) return;
    functionAt(this.code)(this.block.address);
  }

  close(): void {
    this.grace.close();
  }
}

function bitOf(signal: number): bigint {
  return 1n << BigInt(signal - 1);
}
