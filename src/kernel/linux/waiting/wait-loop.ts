/** Waiting for tracees: what the two ways to do it (with and without machine code) promise. */
import type { Address } from '../../../base/address.js';
import type { ThreadId } from '../../../base/ids.js';
import type { Interrupt } from '../../loop.js';

/** Exact result of wait4(2), or a negative error number; -EINTR means that an interrupt is to be taken. */
export type WaitResult = number;

export interface WaitLoop {
  /**
   * From now on the signals of {@link WaitLoopOptions.signals} interrupt a wait. Until then they do what they did, for
   * nobody who turns the loop would hear of them. The second time does nothing.
   */
  takeSignals(): void;
  /** A signal, other than SIGUSR1, asks us to leave, and nobody has taken that interrupt yet. */
  isAskedToLeave(): boolean;
  /** Blocks until a tracee stops or ends (the control block then describes it) or an interrupt comes. */
  wait(): WaitResult;
  /** The same without blocking; 0 when there is nothing. */
  poll(): WaitResult;
  /**
   * Lets the thread go on without a signal, now or at the next `wait`.
   *
   * @param request PTRACE_CONT or PTRACE_SYSCALL
   * @param pc set before; as it is when undefined
   */
  goOn(tid: ThreadId, request: number, pc: Address | undefined): void;
  /** Does what `goOn` put off. Before anything else that concerns tracees. */
  flush(): void;
  /** The thread is about to be resumed or let go by other means. */
  goesOn(tid: ThreadId): void;
  /** undefined when none is there. Each interrupt is given once; signals lowest number first. */
  takeInterrupt(): Interrupt | undefined;
  /** Stops our own process as SIGTSTP does by default, unless SIGCONT came since that was told. */
  suspend(): void;
  /** One shot, replaces the one before; 0 cancels. */
  setTimer(milliseconds: number): void;
  /** The real-time signal that interrupts this loop when it is sent to its thread. */
  readonly ownSignal: number;
  /** Puts back what the signals did before. */
  close(): void;
}
