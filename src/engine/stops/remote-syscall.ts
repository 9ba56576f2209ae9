/**
 * Makes a stopped tracee thread perform one system call, and leaves no trace of it in the thread. No trap of ours may
 * be pending in it (hold.ts): that would be taken for the end of the call.
 */
import { setWord, signedWord, type Address } from '../../base/address.js';
import { DoesNotStop } from '../../base/errors.js';
import type { ThreadId } from '../../base/ids.js';
import type { Arch } from '../../arch/arch.js';
import type { Kernel } from '../../kernel/kernel.js';
import { decodeWaitStatus } from '../../kernel/wait-status.js';

const SIGTRAP = 5;
/**
 * Signals wait, with their siginfo, until the thread is its own again; SIGKILL and SIGSTOP cannot. A SIGTRAP that
 * is blocked would make the kernel forget the program's handler (force_sig_info_to_task, kernel/signal.c).
 */
const ALL_BUT_SIGTRAP = 0xffffffffffffffefn;
/** A thread that gets more signals than this while it makes one system call is left alone. */
const MOST_INTERRUPTIONS = 64;
/** Offset in siginfo_t. */
const SI_CODE = 8;
/** MAX_ERRNO of <linux/err.h>. */
const LARGEST_ERRNO = 4095;
/** <asm-generic/errno.h>: the value does not fit. */
const EOVERFLOW = 75;

/**
 * What the thread that makes a call for us stands at. 'trap': our breakpoint. The call ends with a SIGTRAP, which the
 * kernel delivers should we be killed; the survival handler takes it for that of the breakpoint. 'quiet': it only stands
 * still, and there must not be a signal.
 */
export type StoodAt = 'trap' | 'quiet';

/**
 * @returns as the kernel gives it: -4095..-1 is a negated errno
 * @throws TraceeGone when the thread dies meanwhile
 * @throws DoesNotStop when it does not run (frozen by its cgroup), and we are not to wait: it then stands as before
 * @param instruction address of a system-call instruction in the tracee's own code
 * @param args up to six words; negative numbers are passed in two's complement
 */
export function remoteSyscall(
  kernel: Kernel,
  tid: ThreadId,
  call: {
    readonly arch: Arch;
    readonly instruction: Address;
    readonly stoodAt: StoodAt;
    readonly number: number;
    readonly args: readonly number[];
  },
): number {
  const { arch } = call;
  kernel.readRegisters(tid);
  const registers = kernel.registers;
  const saved = new Uint8Array(registers.byteLength);
  saved.set(bytesOf(registers));
  setSignedWord(registers, arch.syscalls.numberRegister, call.number);
  arch.syscalls.argumentRegisters.forEach((offset, index) =>
    setSignedWord(registers, offset, call.args[index] ?? 0),
  );
  // Not inside a system call: the kernel must not "restart" the one that we interrupted.
  setSignedWord(registers, arch.registers.syscallNumber, -1);
  setWord(registers, arch.registers.pc, call.instruction);
  kernel.writeRegisters(tid);
  const mask = kernel.signalMask(tid);
  kernel.setSignalMask(tid, ALL_BUT_SIGTRAP);
  const stood = { registers: saved, mask };
  const signals = unlessItDoesNotRun(kernel, tid, stood, () =>
    call.stoodAt === 'trap' ? stepOnce(kernel, tid) : passSyscall(kernel, tid),
  );
  kernel.readRegisters(tid);
  const result = resultIn(kernel.registers, arch);
  bytesOf(kernel.registers).set(saved);
  kernel.writeRegisters(tid);
  kernel.setSignalMask(tid, mask);
  for (const signal of signals) sendAgain(kernel, tid, signal);
  if (call.stoodAt === 'quiet') stopQuietly(kernel, tid);
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

function sendAgain(kernel: Kernel, tid: ThreadId, signal: number): void {
  const pid = kernel.status(tid)?.processId;
  if (pid !== undefined) kernel.kill(pid, signal);
}

/** Executes one instruction; returns the signals that came first in spite of the mask. */
function stepOnce(kernel: Kernel, tid: ThreadId): number[] {
  const signals: number[] = [];
  for (let i = 0; i < MOST_INTERRUPTIONS; i++) {
    kernel.resume(tid, 'step', 0);
    kernel.waitForStop(tid);
    const report = decodeWaitStatus(kernel.stop.status);
    // Anything else than a signal is an event stop on the way: the step is still to be made.
    if (report.kind !== 'signal-stop') continue;
    if (report.signal === SIGTRAP && !isSentByProgram(kernel, tid)) return signals;
    signals.push(report.signal);
  }
  return signals;
}

/** The same for a system call, by the stops at its entry and exit, which are no signals. */
function passSyscall(kernel: Kernel, tid: ThreadId): number[] {
  const signals: number[] = [];
  let stops = 0;
  for (let i = 0; i < MOST_INTERRUPTIONS && stops < 2; i++) {
    kernel.resume(tid, 'syscall', 0);
    kernel.waitForStop(tid);
    const report = decodeWaitStatus(kernel.stop.status);
    if (report.kind === 'syscall-stop') stops++;
    else if (report.kind === 'signal-stop') signals.push(report.signal);
  }
  return signals;
}

/** There the kernel makes the thread repeat the system call that our stop interrupted, should it have been in one. */
function stopQuietly(kernel: Kernel, tid: ThreadId): void {
  kernel.interrupt(tid);
  kernel.resume(tid, 'continue', 0);
  kernel.waitForStop(tid);
}

/** si_code is positive where the kernel itself raised the signal: <asm-generic/siginfo.h>. */
function isSentByProgram(kernel: Kernel, tid: ThreadId): boolean {
  const info = kernel.signalInfo(tid);
  return info !== undefined && bytesAsView(info).getInt32(SI_CODE, true) <= 0;
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
