/**
 * What a program believes of SIGTRAP in one of its threads, where the kernel is told otherwise.
 *
 * A trap of ours that is hit while SIGTRAP is blocked makes the kernel unblock it and forget the program's handler
 * (force_sig_info_to_task, kernel/signal.c). So the kernel never blocks SIGTRAP in a thread that we trace: system calls
 * that would have it do so are watched, and answered as the program expects.
 */

/** As in masks of signals: bit n-1 for signal n. */
export const SIGTRAP_BIT = 1n << 4n;

export class ThreadSignals {
  /** Is it known whether the program blocks SIGTRAP here? */
  isKnown = false;
  /** Does the program block SIGTRAP here? */
  blocksTrap = false;
  /** The kernel blocks it nevertheless, since a SIGTRAP of the program waits there (own-trap.ts). */
  holdsTrap = false;
  /** Did it before the call that it makes, or made last? */
  blockedTrap = false;

  /** A new thread begins with the mask of the one that began it. */
  inherit(parent: ThreadSignals): void {
    this.blocksTrap = parent.blocksTrap;
    this.isKnown = true;
  }
}
