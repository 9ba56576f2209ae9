/** Lets go of one thread that stands still: out of our pages, at its own instruction, with its signal. */
import { setWord, wordAsNumber } from '../../base/address.js';
import { DoesNotStop, unlessGone } from '../../base/errors.js';
import type { ThreadId } from '../../base/ids.js';
import { decodeWaitStatus } from '../../kernel/wait-status.js';
import { SIGTRAP_BIT } from '../tracees/thread-signals.js';
import { blockTrapAgain } from '../sigtrap/unblock.js';
import type { Kernel } from '../../kernel/kernel.js';
import { isFault } from '../remote/faults.js';
import { makeCallOfRegistersAgain, passOverIgnored } from '../stops/interrupted-call.js';
import type { Standing } from '../memory/trap-writer.js';
import type { Lifeline } from '../survival/lifeline.js';
import type { RemoteCaller } from '../remote/remote-caller.js';
import type { Process, Thread } from '../tracees/tracee.js';
import type { TracerContext } from './tracer-context.js';

/** How a thread stands when we let it go. */
export type StandStill =
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'our-trap'; readonly address: number }
  /** Its process is stopped: a system call that this interrupted stays so. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'quiet' };

/** To where it would be without us. It is detached afterwards: meanwhile others may need to be put back, too. */
export function putBack(context: TracerContext, thread: Thread, how: StandStill): void {
  blockTrapAgain(context, thread);
  thread.process.space.inline?.letGo(thread);
  if (how.kind === 'our-trap') {
    goBack(context, thread, how.address);
    return;
  }
  moveOut(context, thread, how);
  if (how.kind === 'quiet') makeCallOfRegistersAgain(context, thread);
  if (how.kind === 'signal') passOverIgnored(context, thread, how.signal);
}

export function detach({ kernel }: TracerContext, { tid }: Thread, how: StandStill): void {
  kernel.detach(tid, how.kind === 'signal' ? how.signal : 0);
}

/** It is none that we know, or not any more, and has stopped. */
export function letGo({ kernel }: TracerContext, tid: ThreadId, status: number): void {
  const report = decodeWaitStatus(status);
  unlessGone(() => kernel.detach(tid, report.kind === 'signal-stop' ? report.signal : 0));
}

/** To the instruction that a trap of ours stood for. */
export function goBack({ kernel }: TracerContext, { tid, process }: Thread, address: number): void {
  kernel.readRegisters(tid);
  setWord(kernel.registers, process.space.arch.registers.pc, address);
  kernel.writeRegisters(tid);
}

/** Out of a displaced copy of which nothing was executed: back to the instruction. Reads the thread's registers. */
function moveOut({ kernel }: TracerContext, thread: Thread, how: StandStill): void {
  const { space } = thread.process;
  kernel.readRegisters(thread.tid);
  const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
  const place = space.copyAt(pc);
  if (place === undefined) return;
  // Whoever stands further on, and did not step out, stands at a fault or in a system call: the copy stays mapped.
  const hasFaulted = how.kind === 'signal' && isFault(how.signal, kernel.signalInfo(thread.tid));
  if (pc !== place.start && !hasFaulted) return;
  setWord(kernel.registers, space.arch.registers.pc, place.site.address);
  kernel.writeRegisters(thread.tid);
}

/** The thread makes system calls for us, and stands where it did, with the signal that it is to get. */
export function whileAtRest<T>(
  kernel: Kernel,
  { tid }: Thread,
  { kind }: StandStill,
  work: (standing: Standing) => T,
): T {
  // The thread is about to stop for something else, which would be the signal's siginfo.
  const info = kind === 'signal' ? kernel.signalInfo(tid) : undefined;
  const done = work(kind === 'signal' ? 'signal' : 'quiet');
  if (info !== undefined) kernel.setSignalInfo(tid, info);
  return done;
}

/** A thread that was frozen when it ran into a trap of ours gets its SIGTRAP afterwards: the handler must be there. */
export function mayTrapLater(
  kernel: Kernel,
  { threads }: Process,
  standing: ReadonlyMap<ThreadId, StandStill>,
): boolean {
  return [...threads.keys()].some(
    (tid) => !standing.has(tid) && ((kernel.status(tid)?.pending ?? 0n) & SIGTRAP_BIT) !== 0n,
  );
}

/** A process that is frozen makes no system call: then our handler stays, as it does when we are killed. */
export function leaveHandler(lifeline: Lifeline, caller: RemoteCaller): boolean {
  try {
    lifeline.leave(caller);
    return true;
  } catch (error) {
    if (!(error instanceof DoesNotStop)) throw error;
    return false;
  }
}
