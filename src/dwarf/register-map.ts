/** DWARF register numbers of the CPUs, as offsets in the kernel's register block. */
import type { ArchName } from '../arch/arch.js';

export interface RegisterMap {
  /** Byte offset in user_regs_struct of x86-64 (also used for i386 tracees) by DWARF number. */
  readonly offsets: readonly number[];
  readonly stackPointer: number;
  readonly framePointer: number;
  /** The column of the return address; before the first step it holds the PC. */
  readonly returnAddress: number;
  readonly wordBytes: 4 | 8;
}

/** System V psABI x86-64, figure 3.36; offsets as in <sys/user.h>. */
const X86_64: RegisterMap = {
  // rax rdx rcx rbx rsi rdi rbp rsp r8…r15, return address (rip)
  offsets: [80, 96, 88, 40, 104, 112, 32, 152, 72, 64, 56, 48, 24, 16, 8, 0, 128],
  stackPointer: 7,
  framePointer: 6,
  returnAddress: 16,
  wordBytes: 8,
};

/** System V psABI i386, table 2.14: eax ecx edx ebx esp ebp esi edi, return address (eip). */
const I386: RegisterMap = {
  offsets: [80, 88, 96, 40, 152, 32, 104, 112, 128],
  stackPointer: 4,
  framePointer: 5,
  returnAddress: 8,
  wordBytes: 4,
};

export function registerMapOf(arch: ArchName): RegisterMap {
  return arch === 'x86_64' ? X86_64 : I386;
}
