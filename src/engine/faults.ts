/** Faults of a copied instruction: the program must see them at the instruction's own address. */
import { setWord } from '../base/address.js';
import type { Thread } from './tracee.js';
import type { TracerContext } from './tracer-context.js';

// <bits/signum-generic.h>
const SIGILL = 4;
const SIGBUS = 7;
const SIGFPE = 8;
const SIGSEGV = 11;
/** Raised by an instruction, for its own thread. */
export const FAULTS: ReadonlySet<number> = new Set([SIGILL, SIGBUS, SIGFPE, SIGSEGV]);

/** Offset in siginfo_t of 64-bit Linux, <asm-generic/siginfo.h>. */
const SI_CODE = 8;
/** Offsets of orig_rax and rip in struct user_regs_struct, <sys/user.h>. */
const VOLATILE = [120, 128];

/** Others send these signals, too: si_code is positive where the kernel itself raised them. */
export function isFault(signal: number, info: Uint8Array | undefined): boolean {
  return FAULTS.has(signal) && info !== undefined && signalCode(info) > 0;
}

/** si_code of a siginfo_t. */
export function signalCode(info: Uint8Array): number {
  return new DataView(info.buffer, info.byteOffset, info.byteLength).getInt32(SI_CODE, true);
}

/** Puts the thread, its registers being those just read, at the instruction that was copied. */
export function rewindFault(context: TracerContext, thread: Thread, pc: number): void {
  const { kernel } = context;
  const { space } = thread.process;
  const site = space.siteOfCopy(pc);
  if (site === undefined) return;
  setWord(kernel.registers, space.arch.registers.pc, site.address);
  kernel.writeRegisters(thread.tid);
  thread.faultedEntry = { address: site.address, registers: copyOf(kernel.registers) };
}

/** Is this hit the retry of an instruction that faulted, after its handler returned? */
export function isRetryAfterFault(thread: Thread, address: number, registers: DataView): boolean {
  const faulted = thread.faultedEntry;
  if (faulted?.address !== address) return false;
  thread.faultedEntry = undefined;
  const now = copyOf(registers);
  // The trap moved the PC and ended no system call; everything else must be as it was.
  return now.every(
    (byte, index) =>
      byte === faulted.registers[index] || VOLATILE.some((at) => index >= at && index < at + 8),
  );
}

const copyOf = (view: DataView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
