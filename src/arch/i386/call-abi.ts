/** System V i386 psABI, "Function Calling Sequence", and its system calls; seen by a 64-bit tracer. */
import type { CType } from '../../ctype/ctype.js';
import { createLayout, roundUp } from '../../ctype/layout.js';
import type { ArgumentAllocator, CallAbi, Piece, ResultLocation } from '../call-abi.js';
import { goCallAbi } from '../x86/go-call-abi.js';
import { FXSAVE, USER_REGS } from '../x86_64/register-block.js';

const layout = createLayout('ILP32');
const WORD = 4;
/** The return address lies below the first argument. */
const FIRST_STACK_ARGUMENT = WORD;

/** Every argument is on the stack, in whole words, without further alignment. */
class StackAllocator implements ArgumentAllocator {
  constructor(private stackBytes: number) {}

  next(type: CType): readonly Piece[] {
    const bytes = layout.sizeOf(type);
    if (bytes === 0) return [];
    const offset = FIRST_STACK_ARGUMENT + this.stackBytes;
    this.stackBytes += roundUp(bytes, WORD);
    return [{ source: 'stack', offset, bytes, at: 0 }];
  }

  fork(): ArgumentAllocator {
    return new StackAllocator(this.stackBytes);
  }
}

function isAggregate(type: CType): boolean {
  return type.kind === 'struct' || type.kind === 'union';
}

function resultOf(type: CType): ResultLocation {
  const size = layout.sizeOf(type);
  if (size === 0) return { kind: 'none' };
  // Linux returns every struct and union in memory, also small ones, and its address in eax.
  if (isAggregate(type)) return { kind: 'memory', register: USER_REGS.rax };
  if (type.kind === 'float') return { kind: 'x87', offset: FXSAVE.st0 };
  const bytes = Math.min(size, WORD);
  const low: Piece = { source: 'register', offset: USER_REGS.rax, bytes, at: 0 };
  if (size <= WORD) return { kind: 'pieces', pieces: [low] };
  const high: Piece = { source: 'register', offset: USER_REGS.rdx, bytes: WORD, at: WORD };
  return { kind: 'pieces', pieces: [low, high] };
}

export const i386CallAbi: CallAbi = {
  layout,
  arrays: 'as-pointers',
  resultRegister: USER_REGS.rax,
  // The address for a result in memory is a hidden first argument.
  argumentsOf: (result) =>
    new StackAllocator(isAggregate(result) && layout.sizeOf(result) > 0 ? WORD : 0),
  resultOf,
};

export const i386GoAbi = goCallAbi(layout, { integers: [], vectors: [], result: USER_REGS.rax });

/** syscall(2): ebx, ecx, edx, esi, edi, ebp, in their places of the 64-bit register block. */
const SYSCALL_REGISTERS = [
  USER_REGS.rbx,
  USER_REGS.rcx,
  USER_REGS.rdx,
  USER_REGS.rsi,
  USER_REGS.rdi,
  USER_REGS.rbp,
] as const;

class SyscallAllocator implements ArgumentAllocator {
  constructor(private used: number) {}

  next(type: CType): readonly Piece[] {
    const size = layout.sizeOf(type);
    const pieces: Piece[] = [];
    // A 64-bit argument (an offset) takes two registers, the low half first.
    for (let at = 0; at < size; at += WORD) {
      const offset = SYSCALL_REGISTERS[this.used++];
      if (offset === undefined) break;
      pieces.push({ source: 'register', offset, bytes: Math.min(WORD, size - at), at });
    }
    return pieces;
  }

  fork(): ArgumentAllocator {
    return new SyscallAllocator(this.used);
  }
}

export const i386SyscallAbi: CallAbi = {
  layout,
  arrays: 'as-pointers',
  resultRegister: USER_REGS.rax,
  argumentsOf: () => new SyscallAllocator(0),
  resultOf,
};
