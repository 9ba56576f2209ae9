/** Which register a number in an instruction means, and where the kernel puts it. */
import type { CalleeRegister } from '../arch.js';
import type { CodeBits } from './instruction-shape.js';

/**
 * Offsets in struct user_regs_struct of <sys/user.h>, in the order of the encoding: rax rcx rdx rbx rsp rbp rsi rdi r8 …
 * r15. Of a 32-bit program the tracer sees the same block.
 */
const OFFSETS = [80, 88, 96, 40, 152, 32, 104, 112, 72, 64, 56, 48, 24, 16, 8, 0];

/** rbx rbp r12 … r15: System V ABI, AMD64 supplement, 3.2.1. ebx ebp esi edi: Intel386 supplement, 2.2. */
const PRESERVED: Readonly<Record<CodeBits, readonly number[]>> = {
  64: [3, 5, 12, 13, 14, 15],
  32: [3, 5, 6, 7],
};

/** @param number 0 to 7, with REX.B 8 to 15 */
export function registerOf(number: number, bits: CodeBits): CalleeRegister {
  return { offset: OFFSETS[number] ?? 0, isPreserved: PRESERVED[bits].includes(number) };
}

export function preservedRegisters(bits: CodeBits): readonly number[] {
  return PRESERVED[bits].map((number) => registerOf(number, bits).offset);
}

/** The opposite of registerOf: the number by which instructions name it. */
export function numberOf({ offset }: CalleeRegister): number {
  return OFFSETS.indexOf(offset);
}
