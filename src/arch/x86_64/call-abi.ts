/** System V x86-64 psABI, section 3.2.3 "Parameter Passing", and the system call convention of Linux. */
import type { CType } from '../../ctype/ctype.js';
import { createLayout, roundUp } from '../../ctype/layout.js';
import type { ArgumentAllocator, CallAbi, Piece, ResultLocation } from '../call-abi.js';
import { goCallAbi } from '../x86/go-call-abi.js';
import { classify } from './classify.js';
import type { EightbyteClass } from './classify.js';
import { FXSAVE, USER_REGS } from './register-block.js';

const layout = createLayout('LP64');
const WORD = 8;
const INTEGER_REGISTERS = [
  USER_REGS.rdi,
  USER_REGS.rsi,
  USER_REGS.rdx,
  USER_REGS.rcx,
  USER_REGS.r8,
  USER_REGS.r9,
] as const;
const SSE_REGISTERS = 8;
/** The return address lies below the first stack argument. */
const FIRST_STACK_ARGUMENT = WORD;

class SystemVAllocator implements ArgumentAllocator {
  constructor(
    private integers: number,
    private vectors: number,
    private stackBytes: number,
  ) {}

  next(type: CType): readonly Piece[] {
    const size = layout.sizeOf(type);
    if (size === 0) return [];
    const classes = classify(type, layout);
    // psABI: X87 class arguments are passed in memory.
    if (classes === 'memory' || classes.includes('x87')) return this.onStack(type, size);
    const integers = classes.filter((found) => found === 'integer').length;
    const vectors = classes.filter((found) => found === 'sse').length;
    // A value goes in registers whole or not at all.
    const fits =
      this.integers + integers <= INTEGER_REGISTERS.length &&
      this.vectors + vectors <= SSE_REGISTERS;
    return fits ? this.inRegisters(classes, size) : this.onStack(type, size);
  }

  fork(): ArgumentAllocator {
    return new SystemVAllocator(this.integers, this.vectors, this.stackBytes);
  }

  private inRegisters(classes: readonly EightbyteClass[], size: number): readonly Piece[] {
    const pieces: Piece[] = [];
    classes.forEach((found, index) => {
      const at = index * WORD;
      const bytes = Math.min(WORD, size - at);
      if (found === 'integer') {
        const offset = INTEGER_REGISTERS[this.integers++] ?? 0;
        pieces.push({ source: 'register', offset, bytes, at });
      } else if (found === 'sse') {
        const offset = FXSAVE.xmm0 + this.vectors++ * FXSAVE.registerBytes;
        pieces.push({ source: 'float-register', offset, bytes, at });
      }
    });
    return pieces;
  }

  private onStack(type: CType, size: number): readonly Piece[] {
    const start = roundUp(this.stackBytes, Math.max(WORD, layout.alignOf(type)));
    this.stackBytes = start + roundUp(size, WORD);
    return [{ source: 'stack', offset: FIRST_STACK_ARGUMENT + start, bytes: size, at: 0 }];
  }
}

function resultOf(type: CType): ResultLocation {
  const size = layout.sizeOf(type);
  if (size === 0) return { kind: 'none' };
  const classes = classify(type, layout);
  if (classes === 'memory') return { kind: 'memory', register: USER_REGS.rax };
  if (classes[0] === 'x87') return { kind: 'x87', offset: FXSAVE.st0 };
  const integers: number[] = [USER_REGS.rax, USER_REGS.rdx];
  const vectors: number[] = [FXSAVE.xmm0, FXSAVE.xmm0 + FXSAVE.registerBytes];
  const pieces = classes.flatMap((found, index): Piece[] => {
    if (found === 'none') return [];
    const source = found === 'sse' ? 'float-register' : 'register';
    const offset = (found === 'sse' ? vectors : integers).shift() ?? 0;
    const at = index * WORD;
    return [{ source, offset, bytes: Math.min(WORD, size - at), at }];
  });
  return { kind: 'pieces', pieces };
}

function inMemory(type: CType): boolean {
  return layout.sizeOf(type) > 0 && classify(type, layout) === 'memory';
}

export const x86_64CallAbi: CallAbi = {
  layout,
  arrays: 'as-pointers',
  resultRegister: USER_REGS.rax,
  // The address for a result in memory is a hidden first argument.
  argumentsOf: (result) => new SystemVAllocator(inMemory(result) ? 1 : 0, 0, 0),
  resultOf,
};

/** Go's src/cmd/compile/abi-internal.md, "amd64 architecture". */
const GO_INTEGERS = [
  USER_REGS.rax,
  USER_REGS.rbx,
  USER_REGS.rcx,
  USER_REGS.rdi,
  USER_REGS.rsi,
  USER_REGS.r8,
  USER_REGS.r9,
  USER_REGS.r10,
  USER_REGS.r11,
] as const;
const GO_VECTORS = 15;

export const x86_64GoAbi = goCallAbi(layout, {
  integers: GO_INTEGERS,
  vectors: Array.from({ length: GO_VECTORS }, (_, n) => FXSAVE.xmm0 + n * FXSAVE.registerBytes),
  result: USER_REGS.rax,
});

export const x86_64GoStackAbi = goCallAbi(layout, {
  integers: [],
  vectors: [],
  result: USER_REGS.rax,
});

/** syscall(2), "Architecture calling conventions". */
const SYSCALL_REGISTERS = [
  USER_REGS.rdi,
  USER_REGS.rsi,
  USER_REGS.rdx,
  USER_REGS.r10,
  USER_REGS.r8,
  USER_REGS.r9,
] as const;

class SyscallAllocator implements ArgumentAllocator {
  constructor(private used: number) {}

  next(type: CType): readonly Piece[] {
    const offset = SYSCALL_REGISTERS[this.used++];
    const bytes = Math.min(WORD, layout.sizeOf(type));
    return offset === undefined ? [] : [{ source: 'register', offset, bytes, at: 0 }];
  }

  fork(): ArgumentAllocator {
    return new SyscallAllocator(this.used);
  }
}

export const x86_64SyscallAbi: CallAbi = {
  layout,
  arrays: 'as-pointers',
  resultRegister: USER_REGS.rax,
  argumentsOf: () => new SyscallAllocator(0),
  resultOf,
};
