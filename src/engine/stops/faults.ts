/** Faults of a copied instruction: the program must see them at the instruction's own address. */
import { setWord } from '../../base/address.js';
import type { Thread } from '../processes/tracee.js';
import type { TracerContext } from '../tracer-context.js';

// <bits/signum-generic.h>
const SIGILL = 4;
const SIGBUS = 7;
const SIGFPE = 8;
const SIGSEGV = 11;
/** Raised by an instruction, for its own thread. */
export const FAULTS: ReadonlySet<number> = new Set([SIGILL, SIGBUS, SIGFPE, SIGSEGV]);

/** Offset in siginfo_t of 64-bit Linux, <asm-generic/siginfo.h>. */
const SI_CODE = 8;
/** Offsets in struct user_regs_struct, <sys/user.h>: orig_rax, rip, eflags. */
const SYSCALL_NUMBER = 120;
const PC = 128;
const FLAGS = 144;
/** EFLAGS.ZF, SF and RF, Intel SDM volume 1, 3.4.3. A result that is zero has no sign: no program has both flags set. */
const ZERO_AND_SIGN_FLAGS = (1 << 6) | (1 << 7);
const RESUME_FLAG = 1 << 16;

/** Others send these signals, too: si_code is positive where the kernel itself raised them. */
export function isFault(signal: number, info: Uint8Array | undefined): boolean {
  return FAULTS.has(signal) && info !== undefined && signalCode(info) > 0;
}

/** si_code of a siginfo_t. */
export function signalCode(info: Uint8Array): number {
  return viewOf(info).getInt32(SI_CODE, true);
}

/**
 * Puts the thread, its registers being those just read, at the instruction that was copied.
 *
 * When its handler returns, the instruction is executed again, and that is no new call. Its registers alone do not say so:
 * a program that leaves handlers by siglongjmp may call again with the same. So its flags, which no function expects to
 * hold anything, are marked: they go through the handler's frame and back, while a jump does not restore them.
 */
export function rewindFault(context: TracerContext, thread: Thread, pc: number): void {
  const { kernel } = context;
  const { registers } = kernel;
  const { space } = thread.process;
  const site = space.siteOfCopy(pc);
  if (site === undefined) return;
  setWord(registers, space.arch.registers.pc, site.address);
  if (thread.process.role === 'reported' && site.entryPoints.length > 0) {
    const flags = registers.getUint32(FLAGS, true) & ~RESUME_FLAG;
    registers.setUint32(FLAGS, flags | ZERO_AND_SIGN_FLAGS, true);
    thread.faultedEntry = { address: site.address, flags, registers: comparable(registers) };
  }
  kernel.writeRegisters(thread.tid);
}

/**
 * Is this hit, whose registers are at hand, the retry of an instruction that faulted, after its handler returned? Then
 * the thread gets its own flags back. The handler may have made calls of its own meanwhile.
 */
export function isRetryAfterFault(
  context: TracerContext,
  thread: Thread,
  address: number,
): boolean {
  const faulted = thread.faultedEntry;
  if (faulted?.address !== address) return false;
  const { kernel } = context;
  const now = comparable(kernel.registers);
  if (!now.every((byte, index) => byte === faulted.registers[index])) return false;
  thread.faultedEntry = undefined;
  kernel.setRegister(thread.tid, FLAGS, faulted.flags);
  return true;
}

/** What is the same at the fault and at the retry. */
function comparable(registers: DataView): Uint8Array {
  const copy = new Uint8Array(registers.buffer, registers.byteOffset, registers.byteLength).slice();
  // The trap moved the PC, and ended no system call.
  for (const at of [SYSCALL_NUMBER, PC]) copy.fill(0, at, at + 8);
  return copy;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
