/** Stops a running thread for a moment, to do something that needs one. */
import { syscallNumberIn } from '../../arch/arch.js';
import { setWord, wordAsNumber } from '../../base/address.js';
import { unlessGone } from '../../base/errors.js';
import { decodeWaitStatus } from '../../kernel/wait-status.js';
import type { Thread } from '../processes/tracee.js';
import { resume, type TracerContext } from '../tracer-context.js';

/** PTRACE_EVENT_STOP of <linux/ptrace.h>. */
const PTRACE_EVENT_STOP = 128;
/** As in the masks of proc_pid_status(5). */
const SIGTRAP_BIT = 1n << 4n;

/**
 * Runs `work` while the thread stands still, then lets it go on exactly as it was: a stopped process stays
 * stopped, a system call that our stop interrupted is made again.
 *
 * @returns false when the thread ended before it could be stopped, or while it was
 */
export function whileStopped(context: TracerContext, thread: Thread, work: () => void): boolean {
  return unlessGone(() => holdAndWork(context, thread, work)) !== undefined;
}

function holdAndWork(context: TracerContext, thread: Thread, work: () => void): true {
  const { kernel } = context;
  let mayRun = false;
  for (;;) {
    if (!mayRun) kernel.interrupt(thread.tid);
    mayRun = false;
    kernel.waitForStop(thread.tid);
    const report = decodeWaitStatus(kernel.stop.status);
    const isOurs =
      report.kind === 'group-stop' ||
      (report.kind === 'event' && report.event === PTRACE_EVENT_STOP);
    if (isOurs && passPendingTrap(context, thread)) {
      mayRun = true;
      continue;
    }
    if (report.kind === 'group-stop') {
      work();
      stayStopped(context, thread);
      return true;
    }
    if (isOurs) {
      work();
      restartInterruptedCall(context, thread);
      resume(context, thread);
      return true;
    }
    // Something else came first: it is dealt with as ever, and the thread runs again.
    context.onStop(thread.tid, kernel.stop.status);
  }
}

/** Has the thread a trap of ours still to report? Then it is let go on to that. */
export function passPendingTrap(context: TracerContext, thread: Thread): boolean {
  if (thread.state.kind === 'stepping-out') resume(context, thread);
  else if (hasPendingTrap(context, thread)) context.kernel.resume(thread.tid, 'continue', 0);
  else return false;
  return true;
}

/**
 * Our request to stop is reported before a trap that the thread ran into just before: its PC is past the trap, and its
 * SIGTRAP still to come. Resumed, the thread reports that at once, and executes nothing before.
 */
function hasPendingTrap({ kernel }: TracerContext, thread: Thread): boolean {
  const { sites, arch } = thread.process.space;
  kernel.readRegisters(thread.tid);
  const pc = wordAsNumber(kernel.registers, arch.registers.pc);
  // Of most threads this says enough, and /proc need not be read.
  if (!sites.has(pc - arch.trapPcBias)) return false;
  const status = kernel.status(thread.tid);
  return status !== undefined && (status.pending & ~status.blocked & SIGTRAP_BIT) !== 0n;
}

/**
 * Work for us may have set a stopped process running: stop it at the same place again. It is asked to before it goes on:
 * so it does not execute a single instruction in between.
 */
function stayStopped(context: TracerContext, thread: Thread): void {
  const { kernel } = context;
  kernel.interrupt(thread.tid);
  kernel.resume(thread.tid, 'continue', 0);
  kernel.waitForStop(thread.tid);
  context.onStop(thread.tid, kernel.stop.status);
}

const EINTR = 4;

/**
 * System calls that the kernel ends with EINTR when a thread is merely stopped, although no signal handler ran:
 * signal(7), "Interruption of system calls and library functions by stop signals". Numbers by wordBytes.
 */
const NOT_RESTARTED: Readonly<Record<4 | 8, ReadonlySet<number>>> = {
  // semop semtimedop epoll_wait epoll_pwait epoll_pwait2 rt_sigtimedwait io_getevents io_pgetevents
  // inotify reads are restarted since Linux 3.8; <asm/unistd_64.h>
  8: new Set([65, 220, 232, 281, 441, 128, 208, 333]),
  // <asm/unistd_32.h>, ipc(2) included for semop
  4: new Set([117, 256, 319, 441, 177, 247, 385, 420, 421, 416]),
};

/**
 * Our stop made the thread's system call return EINTR although no signal came: send it back to make the call
 * again. The thread must stand at the stop that our interrupt caused.
 */
export function restartInterruptedCall(context: TracerContext, thread: Thread): void {
  context.kernel.readRegisters(thread.tid);
  restartCallOfRegisters(context, thread);
}

/** The same when the thread's registers were read already. */
export function restartCallOfRegisters(context: TracerContext, thread: Thread): void {
  const { kernel } = context;
  const { registers } = kernel;
  const { arch } = thread.process.space;
  const number = syscallNumberIn(registers, arch);
  if (!NOT_RESTARTED[arch.wordBytes].has(number)) return;
  if (registers.getInt32(arch.registers.result, true) !== -EINTR) return;
  if (hasPendingSignal(context, thread)) return;
  setWord(registers, arch.registers.result, number);
  const pc = wordAsNumber(registers, arch.registers.pc);
  setWord(registers, arch.registers.pc, pc - arch.syscalls.instruction.length);
  registers.setBigInt64(arch.registers.syscallNumber, -1n, true);
  kernel.writeRegisters(thread.tid);
}

function hasPendingSignal(context: TracerContext, thread: Thread): boolean {
  const status = context.kernel.status(thread.tid);
  if (status === undefined) return false;
  return ((status.pending | status.sharedPending) & ~status.blocked) !== 0n;
}
