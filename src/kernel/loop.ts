/** Waiting for stops. */
import type { ThreadId } from '../base/ids.js';

/** Says whether to wait on for a thread that has not stopped in all that time. May take interrupts. */
export type Patience = (tid: ThreadId, waitedMs: number) => 'waits' | 'gives-up';

/**
 * 'stop': `stop` describes a stopped or ended thread. 'interrupted': a signal for us or the timer came,
 * see `takeInterrupt`. 'none': nothing to report (poll only). 'childless': there is no tracee left.
 */
export type WaitOutcome = 'stop' | 'interrupted' | 'none' | 'childless';

/** The latest stop; one object, overwritten by the next wait. */
export interface RawStop {
  tid: ThreadId;
  /** Status word as in waitpid(2), with the ptrace event in bits 16–23. */
  status: number;
  /** True when `registers` below were already read for this stop. */
  hasRegisters: boolean;
}

/**
 * 'request': another thread of our process asked for it (kernel/linux/waiting/interrupt.ts). 'suspension': SIGTSTP came,
 * `suspend` is due.
 */
export type Interrupt =
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'timer' }
  | { readonly kind: 'request' }
  | { readonly kind: 'suspension' };

/** One moment by two clocks, ns. */
export interface ClockStart {
  /** CLOCK_MONOTONIC. */
  readonly monotonicStart: bigint;
  /** CLOCK_REALTIME. */
  readonly wallStart: bigint;
}

/** Where stops come from, and time. */
export interface StopLoop {
  readonly stop: RawStop;
  /** Blocks until something happens. Fills `stop`. Flushes any resume that was put off. */
  wait(): WaitOutcome;
  /** Does not block. */
  poll(): WaitOutcome;
  /**
   * Blocks until this thread stops; others keep their stops. Fills `stop`.
   *
   * @throws TraceeGone when it ends first; `wait` reports its end as ever
   * @throws DoesNotStop when `patience` gives up
   */
  waitForStop(tid: ThreadId): void;
  /** Asked about every 100 ms while `waitForStop` lasts. */
  patience: Patience;
  /** What ended the wait; undefined when nothing is left. Each is given once. */
  takeInterrupt(): Interrupt | undefined;
  /**
   * Stops our own process as SIGTSTP does by default, unless SIGCONT came since the 'suspension' was told. To be
   * called when no stop waits for us; when that takes too long, we are stopped in the middle.
   */
  suspend(): void;
  /** One shot; a later call replaces it; 0 cancels. */
  setTimer(milliseconds: number): void;

  /** A session begins: what {@link now} counts from. */
  startClock(): ClockStart;
  /** Nanoseconds since {@link startClock}, monotonic; before it, since the kernel object was made. */
  now(): number;
}
