/**
 * Takes a thread out of a displaced copy, step by step, before a signal is delivered to it: where the signals come so fast
 * that it would not get on otherwise (interruptions.ts).
 *
 * That signal is held back meanwhile. All others wait in the kernel, which keeps their order and their siginfo: two that
 * came while the thread stood at a breakpoint are reported one right after the other.
 */
import { wordAsNumber } from '../../base/address.js';
import { SIGSTOP, SIGTRAP, SIGTSTP, SIGTTIN, SIGTTOU } from '../../base/signal-numbers.js';
import type { Released } from '../../kernel/threads.js';
import { isFault, signalCode } from '../remote/faults.js';
import { takeBackFault } from './interruptions.js';
import type { DeferredSignal, SteppingOut, Thread } from '../tracees/tracee.js';
import { resume, RUNNING, type StopContext } from '../stops/stop-context.js';

const STOPPING: ReadonlySet<number> = new Set([SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]);
/**
 * All but SIGILL, SIGTRAP, SIGBUS, SIGFPE and SIGSEGV, bit n-1 for signal n: a fault that is blocked would make the
 * kernel forget the program's handler (force_sig_info_to_task, kernel/signal.c). SIGKILL and SIGSTOP come anyway.
 */
const HELD_BACK = 0xfffffffffffffb27n;

/** The thread stands at the delivery of this signal, or of none (0), inside a copy. */
export function beginStepOut(
  context: StopContext,
  thread: Thread,
  signal: DeferredSignal,
): Released {
  const { kernel } = context;
  const mask = kernel.signalMask(thread.tid);
  kernel.setSignalMask(thread.tid, mask | HELD_BACK);
  thread.state = {
    kind: 'stepping-out',
    signal,
    mask,
    wasContinued: false,
    again: [],
  };
  return resume(context, thread);
}

/**
 * The thread stands at a signal on its way.
 *
 * @returns the signal to go on with, 0 for none, when it has arrived; else it runs again
 */
export function arriveSteppingOut(
  context: StopContext,
  thread: Thread,
  state: SteppingOut,
  signal: number,
): number | Released {
  const { kernel } = context;
  const { space } = thread.process;
  kernel.readRegisters(thread.tid);
  const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
  const info = kernel.signalInfo(thread.tid);
  if (isFault(signal, info)) {
    // It will fault again, after the handler of the signal that waits.
    takeBackFault(context, thread, pc);
  } else {
    const isStep = signal === SIGTRAP && (info === undefined || signalCode(info) > 0);
    if (!isStep) state.again.push(signal);
    if (!isStep || space.scratch.contains(pc)) {
      return resume(context, thread);
    }
  }
  kernel.setSignalMask(thread.tid, state.mask);
  thread.state = RUNNING;
  for (const other of state.again) kernel.kill(thread.process.pid, other);
  return isDiscarded(context, thread, state) ? 0 : putBack(context, thread, state.signal);
}

/** SIGCONT takes back a stop that has not happened yet; a handler runs nevertheless. */
function isDiscarded(context: StopContext, thread: Thread, state: SteppingOut): boolean {
  const { signal } = state.signal;
  if (!state.wasContinued || !STOPPING.has(signal)) return false;
  const caught = context.kernel.status(thread.tid)?.caught ?? 0n;
  return (caught & (1n << BigInt(signal - 1))) === 0n;
}

/** In place of the SIGTRAP at which the thread stands, as it was. */
function putBack(
  { kernel }: Pick<StopContext, 'kernel'>,
  thread: Thread,
  waiting: DeferredSignal,
): number {
  if (waiting.info !== undefined) kernel.setSignalInfo(thread.tid, waiting.info);
  return waiting.signal;
}
