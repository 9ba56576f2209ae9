/**
 * SIGTRAPs of the program itself: sent by kill(2), or by an int3 of its own. The kernel blocks and ignores none of them
 * where we trace, so that is done here.
 */
import { SIGTRAP } from '../../base/signal-numbers.js';
import type { Released } from '../../kernel/threads.js';
import { signalCode } from '../remote/faults.js';
import { makeCallOfRegistersAgain } from '../stops/interrupted-call.js';
import type { Thread } from '../tracees/tracee.js';
import { resume, type StopContext } from '../stops/stop-context.js';
import { SIGTRAP_BIT } from '../tracees/thread-signals.js';
import { askThrough, forgetAction, isForgotten, tellKernel } from './trap-action.js';
import { letsSignalsIn } from './wait-mask.js';

/** <asm-generic/signal-defs.h> */
const SA_RESETHAND = 0x80000000;

/** 'held': it waits in the kernel, and the thread runs again. 'ignored': it is to run on without it. */
/** Or it is held back: then the thread goes on. */
export type FateOfTrap = 'delivered' | 'ignored' | Released;

/** The thread, whose registers are at hand, stands at the delivery of a SIGTRAP that is not ours. */
export function fateOfTrap(context: StopContext, thread: Thread, info: Uint8Array): FateOfTrap {
  const { signals, process } = thread;
  const { trap } = process.actions;
  const hasItsOwnMask = !hasAnotherMask(context, thread);
  const isBlocked = signals.blocksTrap && hasItsOwnMask;
  if (signalCode(info) > 0) {
    // Of an instruction: it can be neither blocked nor ignored (force_sig_info_to_task, kernel/signal.c).
    if (isBlocked || trap?.hasHandler === false) dieOfIt(context, thread, info);
    return 'delivered';
  }
  if (isBlocked) return hold(context, thread);
  // Else its own is restored when the wait, and the handler, are over.
  if (hasItsOwnMask) signals.holdsTrap = false;
  if (trap?.isIgnore === true) return 'ignored';
  if (trap?.isDefault === true) dieOfIt(context, thread, info);
  else if (trap !== undefined && (trap.flags & SA_RESETHAND) !== 0) {
    process.actions.trap = trap.withoutHandler();
  }
  return 'delivered';
}

/** For as long as it waits in a system call. */
function hasAnotherMask(
  { kernel }: Pick<StopContext, 'kernel'>,
  { process: { space } }: Thread,
): boolean {
  const { registers, syscalls } = space.arch;
  const number = kernel.registers.getUint32(registers.syscallNumber, true);
  const args = syscalls.argumentRegisters.map((at) => kernel.registers.getBigUint64(at, true));
  return letsSignalsIn(space, { number, args });
}

/** The kernel queues it again, as it was, when it finds it blocked (ptrace_signal, kernel/signal.c). */
function hold(context: StopContext, thread: Thread): Released {
  const { kernel } = context;
  makeCallOfRegistersAgain(context, thread);
  thread.signals.holdsTrap = true;
  kernel.setSignalMask(thread.tid, kernel.signalMask(thread.tid) | SIGTRAP_BIT);
  return resume(context, thread, SIGTRAP);
}

/** The kernel has an action for it that stands for the default one: that is put back. */
function dieOfIt(context: StopContext, thread: Thread, info: Uint8Array): void {
  const asked = askThrough(context, thread, 'signal');
  if (asked === undefined) return;
  forgetAction(asked);
  context.kernel.setSignalInfo(thread.tid, info);
}

/**
 * A thread in which a SIGTRAP of the program waits has run into a trap of ours: the kernel has unblocked SIGTRAP and
 * forgotten the action, and where the one that waits was meant for this thread alone, it has come in place of ours. All
 * that is put right, and the thread stands there still, its registers at hand.
 */
export function restoreHeldTrap(context: StopContext, thread: Thread): void {
  const { kernel } = context;
  const { process, signals, tid } = thread;
  const info = kernel.signalInfo(tid);
  const isInPlaceOfOurs = info !== undefined && signalCode(info) <= 0;
  // In a handler that runs while it waits with another mask: its own is still to come back.
  if (!isInPlaceOfOurs && !isForgotten(context, process)) return;
  signals.holdsTrap = isInPlaceOfOurs;
  const mask = kernel.signalMask(tid);
  kernel.setSignalMask(tid, mask | SIGTRAP_BIT);
  if (isInPlaceOfOurs) {
    kernel.interrupt(tid);
    kernel.resume(tid, 'continue', SIGTRAP);
    kernel.waitForStop(tid);
  }
  const asked = askThrough(context, thread, 'trap');
  if (asked !== undefined) tellKernel(process, asked);
  // One for any thread of the process comes now, and is held in its turn.
  if (!isInPlaceOfOurs) kernel.setSignalMask(tid, mask);
}
