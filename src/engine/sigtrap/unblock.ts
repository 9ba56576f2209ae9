/** Keeps the kernel from blocking SIGTRAP in a thread that we trace, and gives its mask back in the end. */
import type { ThreadId } from '../../base/ids.js';
import { whenEachStops } from '../stops/hold.js';
import { renewLifeline } from './protect-process.js';
import type { Process, Thread } from '../tracees/tracee.js';
import type { StopContext } from '../stops/stop-context.js';
import { SIGTRAP_BIT } from '../tracees/thread-signals.js';
import { hidesMask } from './wait-mask.js';

/** The thread is stopped. */
export function unblockTrap({ kernel }: Pick<StopContext, 'kernel'>, thread: Thread): void {
  // Where there are no traps of ours, nobody watches what it does to its mask.
  const { space } = thread.process;
  if (space.unsafe !== undefined || space.isOpaque) return;
  const mask = kernel.signalMask(thread.tid);
  thread.signals.isKnown = true;
  if ((mask & SIGTRAP_BIT) === 0n) return;
  thread.signals.blocksTrap = true;
  kernel.setSignalMask(thread.tid, mask & ~SIGTRAP_BIT);
}

/** The thread stands at the very beginning of its life, with the mask of the one that began it. */
export function settleSignals(context: StopContext, thread: Thread, parent: Thread): void {
  thread.signals.inherit(parent.signals);
  // It may be older than our traps.
  unblockTrap(context, thread);
}

/** All threads that run in the memory of a process: a child between vfork and exec blocks all signals. */
export function unblockTraps(context: StopContext, { space }: Process): void {
  const threads = space.processes.flatMap((pid) => [
    ...(context.table.process(pid)?.threads.values() ?? []),
  ]);
  const blocking = threads.filter((thread) => mayBlock(context, thread));
  whenEachStops(context, blocking, (thread) => unblockTrap(context, thread));
}

/**
 * A thread of a process that we attached to comes to one of our traps before we could look at its mask: if it blocked
 * SIGTRAP, the kernel has just forgotten the handler. Its registers are at hand, and are read again where they were lost.
 */
export function settleAtTrap({ kernel }: Pick<StopContext, 'kernel'>, thread: Thread): void {
  const { signals, process } = thread;
  signals.isKnown = true;
  if (process.space.lifeline?.isBroken() !== true) return;
  signals.blocksTrap = true;
  renewLifeline(thread, 'trap');
  kernel.readRegisters(thread.tid);
}

/** A thread that waits with another mask for as long as it waits has to stop to show its own. */
function mayBlock({ kernel }: Pick<StopContext, 'kernel'>, { tid, process }: Thread): boolean {
  if ((BigInt(kernel.blockedSignals(tid)) & SIGTRAP_BIT) !== 0n) return true;
  const call = kernel.standing(tid)?.call;
  return call !== undefined && hidesMask(process.space, call);
}

/** Before the thread, which is stopped, is let go: its mask is the program's own again. */
export function blockTrapAgain(context: StopContext, { tid, signals }: Thread): void {
  if (!signals.blocksTrap) return;
  signals.blocksTrap = false;
  giveMaskBack(context, tid);
}

/** The same for a child that begins with that mask. */
export function giveMaskBack({ kernel }: Pick<StopContext, 'kernel'>, tid: ThreadId): void {
  kernel.setSignalMask(tid, kernel.signalMask(tid) | SIGTRAP_BIT);
}
