/**
 * Makes a stopped tracee thread perform one system call, and leaves no trace of it in the thread. No trap of ours may
 * be pending in it (hold.ts): that would be taken for the end of the call.
 */
import { setWord, signedWord, type Address } from '../../base/address.js';
import { DoesNotStop } from '../../base/errors.js';
import type { ThreadId } from '../../base/ids.js';
import { SIGSYS, SIGTRAP } from '../../base/signal-numbers.js';
import type { Arch } from '../../arch/arch.js';
import type { Kernel } from '../../kernel/kernel.js';
import { decodeWaitStatus } from '../../kernel/wait-status.js';
import type { CallDesk } from './call-desk.js';
import { FAULTS, signalCode } from './faults.js';

/**
 * Signals wait, with their siginfo, until the thread is its own again; SIGKILL and SIGSTOP cannot. SIGTRAP and SIGSYS
 * must not: where they are blocked, the kernel forgets the program's handler as it sends one (force_sig_info_to_task,
 * kernel/signal.c).
 */
const ALL_BUT_SIGTRAP_AND_SIGSYS = 0xffffffffbfffffefn;
const SIGTRAP_BIT = 1n << BigInt(SIGTRAP - 1);
/** A thread that gets more signals than this while it makes one system call is left alone. */
const MOST_INTERRUPTIONS = 64;
/** MAX_ERRNO of <linux/err.h>. */
const LARGEST_ERRNO = 4095;
// <asm-generic/errno.h>
const ENOSYS = 38;
/** The value does not fit. */
const EOVERFLOW = 75;

/**
 * What the thread that makes a call for us stands at. A breakpoint of ours: behind it, it goes on at that address, whose
 * code does what the trap replaced. 'signal': one that it is to get with its siginfo; the call ends at such a stop, too.
 * 'quiet': it only stands still, and there must not be a signal.
 */
export type StoodAt =
  { readonly kind: 'trap'; readonly goesOnAt: Address } | { readonly kind: 'signal' | 'quiet' };

/** Where the thread executes the system-call instruction: at a desk of ours, or at one of the program's own. */
export type CallPlace = CallDesk | { readonly instruction: Address };

export interface RemoteCall {
  readonly arch: Arch;
  readonly from: CallPlace;
  readonly stoodAt: StoodAt;
  readonly number: number;
  /** Up to six words; negative numbers are passed in two's complement. */
  readonly args: readonly number[];
}

/**
 * @returns as the kernel gives it: -4095..-1 is a negated errno; -ENOSYS where the program itself refused the call
 * @throws TraceeGone when the thread dies meanwhile
 * @throws DoesNotStop when it does not run (frozen by its cgroup), and we are not to wait: it then stands as before
 */
export function remoteSyscall(kernel: Kernel, tid: ThreadId, call: RemoteCall): number {
  const { arch, from, stoodAt } = call;
  const { registers } = kernel;
  kernel.readRegisters(tid);
  const saved = bytesOf(registers).slice();
  const mask = kernel.signalMask(tid);
  if ('prepare' in from) from.prepare(mask, goingOn(saved, call));
  fillIn(registers, call);
  // Should we be killed, a thread goes on by itself from the desk; its signals are not to be blocked by then.
  kernel.writeRegisters(tid);
  // SIGTRAP is blocked only where one of the program waits, which is to wait on.
  kernel.setSignalMask(tid, ALL_BUT_SIGTRAP_AND_SIGSYS | (mask & SIGTRAP_BIT));
  const done = unlessItDoesNotRun(kernel, tid, { registers: saved, mask }, () =>
    stoodAt.kind === 'signal' ? stepOnce(kernel, tid) : passSyscall(kernel, tid, call),
  );
  kernel.readRegisters(tid);
  const result = done.kind === 'refused' ? -ENOSYS : resultIn(registers, arch);
  kernel.setSignalMask(tid, mask);
  bytesOf(registers).set(saved);
  if (stoodAt.kind === 'trap') setWord(registers, arch.registers.pc, stoodAt.goesOnAt);
  // Only after a stop does the kernel have a thread make the system call again that our stop interrupted.
  if (stoodAt.kind === 'quiet') kernel.interrupt(tid);
  kernel.writeRegisters(tid);
  bytesOf(registers).set(saved);
  for (const signal of done.signals) sendAgain(kernel, tid, signal);
  if (stoodAt.kind === 'quiet') arriveAtStop(kernel, tid);
  return result;
}

interface Stood {
  readonly registers: Uint8Array;
  readonly mask: bigint;
}

/** A thread that cannot be stopped any more in the middle of the call is waited for: it must not go on with our registers. */
function unlessItDoesNotRun<T>(kernel: Kernel, tid: ThreadId, stood: Stood, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof DoesNotStop)) throw error;
    kernel.interrupt(tid);
    while (!hasStopped(kernel, tid)) continue;
    kernel.readRegisters(tid);
    bytesOf(kernel.registers).set(stood.registers);
    kernel.writeRegisters(tid);
    kernel.setSignalMask(tid, stood.mask);
    throw error;
  }
}

function hasStopped(kernel: Kernel, tid: ThreadId): boolean {
  try {
    kernel.waitForStop(tid);
    return true;
  } catch (error) {
    if (error instanceof DoesNotStop) return false;
    throw error;
  }
}

function fillIn(registers: DataView, { arch, from, number, args }: RemoteCall): void {
  setSignedWord(registers, arch.syscalls.numberRegister, number);
  arch.syscalls.argumentRegisters.forEach((offset, index) =>
    setSignedWord(registers, offset, args[index] ?? 0),
  );
  // Not inside a system call: the kernel must not "restart" the one that we interrupted.
  setSignedWord(registers, arch.registers.syscallNumber, -1);
  setWord(registers, arch.registers.pc, from.instruction);
}

/** ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK of <linux/errno.h>: no program sees them. */
const RESTARTS: ReadonlySet<number> = new Set([512, 513, 514, 516]);

/** The registers with which the thread can go on though nobody is there to restart its system call. */
function goingOn(saved: Uint8Array, { arch, stoodAt }: RemoteCall): DataView {
  const { pc, result, syscallNumber } = arch.registers;
  const registers = bytesAsView(saved.slice());
  if (stoodAt.kind === 'trap') {
    setWord(registers, pc, stoodAt.goesOnAt);
    return registers;
  }
  const isInCall = registers.getBigInt64(syscallNumber, true) >= 0n;
  if (!isInCall || !RESTARTS.has(-registers.getInt32(result, true))) return registers;
  registers.setBigInt64(result, registers.getBigInt64(syscallNumber, true), true);
  const length = BigInt(arch.syscalls.instruction.length);
  registers.setBigInt64(pc, registers.getBigInt64(pc, true) - length, true);
  return registers;
}

function sendAgain(kernel: Kernel, tid: ThreadId, signal: number): void {
  const pid = kernel.status(tid)?.processId;
  if (pid !== undefined) kernel.kill(pid, signal);
}

/**
 * 'refused': in place of the call the kernel itself raised a signal, SIGSYS or a fault, which concerns our call and is not
 * given to the thread; or there was no end of stops.
 */
interface Done {
  readonly kind: 'made' | 'refused';
  /** That came first in spite of the mask. */
  readonly signals: readonly number[];
}

/** Executes one instruction. */
function stepOnce(kernel: Kernel, tid: ThreadId): Done {
  const signals: number[] = [];
  for (let i = 0; i < MOST_INTERRUPTIONS; i++) {
    kernel.resume(tid, 'step', 0);
    kernel.waitForStop(tid);
    const report = decodeWaitStatus(kernel.stop.status);
    // Anything else than a signal is an event stop on the way: the step is still to be made.
    if (report.kind !== 'signal-stop') continue;
    const isOfCall = isRaisedByCall(kernel, tid, report.signal);
    if (isOfCall) return { kind: report.signal === SIGTRAP ? 'made' : 'refused', signals };
    signals.push(report.signal);
  }
  return { kind: 'refused', signals };
}

/** The same for a system call, by the stops at its entry and exit, which are no signals. */
function passSyscall(kernel: Kernel, tid: ThreadId, call: RemoteCall): Done {
  const signals: number[] = [];
  let stops = 0;
  for (let i = 0; i < MOST_INTERRUPTIONS; i++) {
    kernel.resume(tid, 'syscall', 0);
    kernel.waitForStop(tid);
    const report = decodeWaitStatus(kernel.stop.status);
    if (report.kind === 'syscall-stop') {
      stops++;
      if (stops === 2 && !isRolledBack(kernel, tid, call)) return { kind: 'made', signals };
    } else if (report.kind === 'signal-stop') {
      if (isRaisedByCall(kernel, tid, report.signal)) return { kind: 'refused', signals };
      signals.push(report.signal);
    }
  }
  return { kind: 'refused', signals };
}

/** A filter has made SIGSYS of the call: the registers are as before, and the signal comes next. */
function isRolledBack(kernel: Kernel, tid: ThreadId, { arch, number }: RemoteCall): boolean {
  kernel.readRegisters(tid);
  if (resultIn(kernel.registers, arch) !== number) return false;
  const pending = kernel.status(tid)?.pending ?? 0n;
  return (pending & (1n << BigInt(SIGSYS - 1))) !== 0n;
}

/** At the stop that was asked for: there the kernel makes the thread repeat what our stop interrupted. */
function arriveAtStop(kernel: Kernel, tid: ThreadId): void {
  kernel.resume(tid, 'continue', 0);
  kernel.waitForStop(tid);
}

/** Does the signal tell of what the thread executed just now? Then nobody sent it. */
function isRaisedByCall(kernel: Kernel, tid: ThreadId, signal: number): boolean {
  if (signal !== SIGTRAP && signal !== SIGSYS && !FAULTS.has(signal)) return false;
  const info = kernel.signalInfo(tid);
  // Absent where it is asked too late: then it is taken for what it mostly is.
  return info === undefined || signalCode(info) > 0;
}

function bytesAsView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function setSignedWord(view: DataView, offset: number, value: number): void {
  if (value >= 0) setWord(view, offset, value);
  else view.setBigInt64(offset, BigInt(value), true);
}

/** A register that went through a double would lose its errno: -1 and -4095 are the same there. */
function resultIn(registers: DataView, { wordBytes, registers: { result } }: Arch): number {
  if (wordBytes === 4) {
    const word = registers.getInt32(result, true);
    // Addresses go up to 4 GB, so only the topmost page is left for errors.
    return word < 0 && word >= -LARGEST_ERRNO ? word : word >>> 0;
  }
  const word = signedWord(registers, result);
  // No call that is made for us gives such a word.
  return typeof word === 'number' ? word : -EOVERFLOW;
}
