/**
 * System calls that Linux ends with EINTR though no handler runs: `epoll_wait` and its like. Only a tracer lets it come to
 * that, by a stop of its own, or because of a signal that the program ignores: such a one is dropped before any thread
 * wakes, unless the process is traced (sig_ignored, kernel/signal.c).
 */
import { syscallNumberIn } from '../../arch/arch.js';
import { SIGCHLD, SIGCONT, SIGURG, SIGWINCH } from '../../base/signal-numbers.js';
import type { ProcessStatus } from '../../kernel/proc.js';
import type { Thread } from '../tracees/tracee.js';
import type { StopContext } from './stop-context.js';
import { conventionOf } from '../tracees/call-convention.js';

/** <asm-generic/errno-base.h> */
const EINTR = 4;
/** <linux/errno.h>: the kernel makes the call again, unless a handler runs first: then it ends with EINTR. */
const ERESTARTNOHAND = 514;

const NOTHING = (): void => undefined;

/** Signals whose default action is to do nothing, signal(7). */
const NOTHING_BY_DEFAULT = maskOf([SIGCHLD, SIGCONT, SIGURG, SIGWINCH]);

/**
 * Has the kernel make the call again that our stop interrupted. The thread stands where the kernel looks for signals: at
 * the stop that our interrupt caused, or at a signal.
 */
export function makeCallAgain(context: StopContext, thread: Thread): void {
  context.kernel.readRegisters(thread.tid);
  makeCallOfRegistersAgain(context, thread);
}

/**
 * The same when the thread's registers were read already.
 *
 * @returns whether there was such a call
 */
export function makeCallOfRegistersAgain(context: StopContext, thread: Thread): boolean {
  if (!isInterrupted(context, thread)) return false;
  const { kernel } = context;
  const { result } = thread.process.space.arch.registers;
  kernel.registers.setBigInt64(result, BigInt(-ERESTARTNOHAND), true);
  kernel.writeRegisters(thread.tid);
  const { openSyscall } = thread;
  if (openSyscall?.kind === 'interrupted') openSyscall.isMadeAgain = true;
  return true;
}

/**
 * The thread, whose registers were read, is about to get a signal: where the program ignores it, it does not notice.
 *
 * @returns whether there is a call that is made again
 */
export function passOverIgnored(context: StopContext, thread: Thread, signal: number): boolean {
  const isRepaired = isInterrupted(context, thread, ERESTARTNOHAND);
  if (!isRepaired && !isInterrupted(context, thread)) return false;
  const status = context.kernel.status(thread.tid);
  if (status === undefined || !isIgnored(status, signal)) return false;
  return isRepaired || makeCallOfRegistersAgain(context, thread);
}

/**
 * The thread, whose registers are at hand, stands at the exit of a system call. Linux may have woken it for a signal of the
 * process that another thread took, or that is ignored: then it is asked to stop where the kernel looks for signals, and
 * the call is made again from there. Where a signal with a handler comes until then, the kernel lets it end with EINTR.
 */
export function lookAgainAtExit(context: StopContext, thread: Thread): void {
  if (!isInterrupted(context, thread)) return;
  const { kernel } = context;
  const status = kernel.status(thread.tid);
  if (status === undefined || isAnyNoticed(status)) return;
  thread.uponStop ??= NOTHING;
  kernel.interrupt(thread.tid);
}

/** Does a signal wait that the thread will see? */
function isAnyNoticed(status: ProcessStatus): boolean {
  const waiting = (status.pending | status.sharedPending) & ~status.blocked;
  return (waiting & ~passedOver(status)) !== 0n;
}

function isInterrupted(
  { kernel }: Pick<StopContext, 'kernel'>,
  thread: Thread,
  result = EINTR,
): boolean {
  const { registers } = kernel;
  const at = thread.process.space.arch.registers.result;
  if (registers.getInt32(at, true) !== -result) return false;
  const arch = conventionOf(kernel, thread);
  return arch.syscalls.interrupted.mayBeMadeAgain(syscallNumberIn(registers, arch));
}

const isIgnored = (status: ProcessStatus, signal: number): boolean =>
  (passedOver(status) & maskOf([signal])) !== 0n;

/** Signals that do nothing, as far as the program goes. */
const passedOver = ({ ignored, caught }: ProcessStatus): bigint =>
  ignored | (NOTHING_BY_DEFAULT & ~caught);

/** Bit n-1 for signal n. */
function maskOf(signals: readonly number[]): bigint {
  return signals.reduce((mask, signal) => mask | (1n << BigInt(signal - 1)), 0n);
}
