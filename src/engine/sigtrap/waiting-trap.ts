/**
 * A SIGTRAP of the program that waits because it is blocked. A breakpoint that is hit then makes Linux forget the handler
 * and unblock SIGTRAP (force_sig_info_to_task, kernel/signal.c), and the one that waits ends the program at once where
 * nobody traces it any more.
 */
import type { ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import { SIGTRAP_BIT } from '../tracees/thread-signals.js';
import type { Process } from '../tracees/tracee.js';

/** @returns the thread that is to get it, undefined where none waits */
export function waitsForTrap(kernel: Kernel, { threads }: Process): ThreadId | undefined {
  return [...threads.keys()].find((tid) => {
    const status = kernel.status(tid);
    if (status === undefined) return false;
    const waiting = status.pending | status.sharedPending;
    return (waiting & status.blocked & SIGTRAP_BIT) !== 0n;
  });
}
