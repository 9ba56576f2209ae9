/** Evaluates the DWARF expressions of call frame information (DWARF 5, 2.5 and 6.4.2). */
import { Cursor } from './cursor.js';
import { DwarfError } from './sections.js';

export interface ExpressionContext {
  readonly wordBytes: 4 | 8;
  /** Contents of a register by DWARF number. */
  register(number: number): bigint;
  /** The unsigned integer of 1 to 8 bytes at an address; throws DwarfError when it is unreadable. */
  load(address: number, bytes: number): bigint;
}

const MOST_OPERATIONS = 4096;
const DEEPEST_STACK = 256;

/** The value on top of the stack at the end, modulo the word size. */
export function evaluate(code: Uint8Array, initial: readonly bigint[], on: ExpressionContext) {
  const machine = new StackMachine(code, initial, on);
  return machine.run();
}

class StackMachine {
  private readonly cursor: Cursor;
  private readonly bits: number;

  constructor(
    code: Uint8Array,
    initial: readonly bigint[],
    private readonly on: ExpressionContext,
    private readonly stack: bigint[] = [...initial],
  ) {
    this.cursor = new Cursor(code);
    this.bits = on.wordBytes * 8;
  }

  run(): bigint {
    for (let count = 0; !this.cursor.atEnd; count++) {
      if (count === MOST_OPERATIONS) throw new DwarfError('expression without end');
      const operation = this.cursor.u8();
      if (!this.constant(operation) && !this.arrange(operation) && !this.control(operation)) {
        this.combine(operation);
      }
    }
    return BigInt.asUintN(this.bits, this.pop());
  }

  /** Operations that push a number, a register, or what is in memory. */
  private constant(operation: number): boolean {
    const { cursor } = this;
    if (operation >= 0x30 && operation <= 0x4f) return this.push(BigInt(operation - 0x30)); // DW_OP_lit0…
    if (operation >= 0x70 && operation <= 0x8f) {
      return this.push(this.on.register(operation - 0x70) + cursor.bigSleb()); // DW_OP_breg0…
    }
    if (operation === 0x92) {
      return this.push(this.on.register(cursor.uleb()) + cursor.bigSleb()); // DW_OP_bregx
    }
    if (operation === 0x03) return this.push(this.address()); // DW_OP_addr
    const literal = LITERALS[operation];
    return literal === undefined ? false : this.push(literal(cursor));
  }

  private address(): bigint {
    return this.on.wordBytes === 4 ? BigInt(this.cursor.u32()) : this.cursor.bigU64();
  }

  private arrange(operation: number): boolean {
    switch (operation) {
      case 0x06: // DW_OP_deref
        return this.push(this.load(this.on.wordBytes));
      case 0x94: // DW_OP_deref_size
        return this.push(this.load(this.cursor.u8()));
      case 0x12: // DW_OP_dup
        return this.push(this.peek(0));
      case 0x13: // DW_OP_drop
        this.pop();
        return true;
      case 0x14: // DW_OP_over
        return this.push(this.peek(1));
      case 0x15: // DW_OP_pick
        return this.push(this.peek(this.cursor.u8()));
      case 0x16: // DW_OP_swap
        return this.insertTop(1);
      case 0x17: // DW_OP_rot
        return this.insertTop(2);
      case 0x96: // DW_OP_nop
        return true;
      default:
        return false;
    }
  }

  private control(operation: number): boolean {
    if (operation !== 0x2f && operation !== 0x28) return false; // DW_OP_skip, DW_OP_bra
    const distance = this.cursor.i16();
    if (operation === 0x2f || this.pop() !== 0n) {
      const target = this.cursor.position + distance;
      if (target < 0 || target > this.cursor.end) throw new DwarfError('branch out of expression');
      this.cursor.position = target;
    }
    return true;
  }

  private combine(operation: number): boolean {
    const unary = UNARY[operation];
    if (operation === 0x23) return this.push(this.pop() + this.cursor.bigUleb()); // DW_OP_plus_uconst
    if (unary !== undefined) return this.push(unary(BigInt.asIntN(this.bits, this.pop())));
    const unsigned = UNSIGNED[operation];
    const signed = SIGNED[operation];
    const right = this.pop();
    const left = this.pop();
    if (unsigned !== undefined) return this.push(unsigned(left, right));
    if (signed === undefined) throw new DwarfError(`unknown operation 0x${operation.toString(16)}`);
    return this.push(signed(BigInt.asIntN(this.bits, left), BigInt.asIntN(this.bits, right)));
  }

  private load(bytes: number): bigint {
    if (bytes < 1 || bytes > this.on.wordBytes) throw new DwarfError(`load of ${bytes} bytes`);
    return this.on.load(Number(this.pop()), bytes);
  }

  private push(value: bigint): true {
    if (this.stack.length === DEEPEST_STACK) throw new DwarfError('expression stack too deep');
    this.stack.push(BigInt.asUintN(this.bits, value));
    return true;
  }

  private pop(): bigint {
    const value = this.stack.pop();
    if (value === undefined) throw new DwarfError('expression stack empty');
    return value;
  }

  private peek(depth: number): bigint {
    const value = this.stack[this.stack.length - 1 - depth];
    if (value === undefined) throw new DwarfError('expression stack empty');
    return value;
  }

  /** Moves the top entry below the next `depth` ones. */
  private insertTop(depth: number): true {
    const top = this.pop();
    this.peek(depth - 1);
    this.stack.splice(this.stack.length - depth, 0, top);
    return true;
  }
}

type Unary = (value: bigint) => bigint;
type Binary = (left: bigint, right: bigint) => bigint;

const truth = (value: boolean): bigint => (value ? 1n : 0n);
const shiftCount = (count: bigint): bigint => (count > 64n ? 64n : count);

function divisor(value: bigint): bigint {
  if (value === 0n) throw new DwarfError('division by zero');
  return value;
}

/** Opcodes: DWARF 5, table 7.9. */
const LITERALS: Readonly<Record<number, (cursor: Cursor) => bigint>> = {
  0x08: (cursor) => BigInt(cursor.u8()), // DW_OP_const1u
  0x09: (cursor) => BigInt(cursor.i8()), // DW_OP_const1s
  0x0a: (cursor) => BigInt(cursor.u16()), // DW_OP_const2u
  0x0b: (cursor) => BigInt(cursor.i16()), // DW_OP_const2s
  0x0c: (cursor) => BigInt(cursor.u32()), // DW_OP_const4u
  0x0d: (cursor) => BigInt(cursor.i32()), // DW_OP_const4s
  0x0e: (cursor) => cursor.bigU64(), // DW_OP_const8u
  0x0f: (cursor) => cursor.bigU64(), // DW_OP_const8s: the same modulo 2^64
  0x10: (cursor) => cursor.bigUleb(), // DW_OP_constu
  0x11: (cursor) => cursor.bigSleb(), // DW_OP_consts
};

const UNARY: Readonly<Record<number, Unary>> = {
  0x19: (value) => (value < 0n ? -value : value), // DW_OP_abs
  0x1f: (value) => -value, // DW_OP_neg
  0x20: (value) => ~value, // DW_OP_not
};

const UNSIGNED: Readonly<Record<number, Binary>> = {
  0x1a: (left, right) => left & right, // DW_OP_and
  0x1c: (left, right) => left - right, // DW_OP_minus
  0x1d: (left, right) => left % divisor(right), // DW_OP_mod
  0x1e: (left, right) => left * right, // DW_OP_mul
  0x21: (left, right) => left | right, // DW_OP_or
  0x22: (left, right) => left + right, // DW_OP_plus
  0x24: (left, right) => left << shiftCount(right), // DW_OP_shl
  0x25: (left, right) => left >> shiftCount(right), // DW_OP_shr
  0x27: (left, right) => left ^ right, // DW_OP_xor
};

const SIGNED: Readonly<Record<number, Binary>> = {
  0x1b: (left, right) => left / divisor(right), // DW_OP_div
  0x26: (left, right) => left >> shiftCount(BigInt.asUintN(64, right)), // DW_OP_shra
  0x29: (left, right) => truth(left === right), // DW_OP_eq
  0x2a: (left, right) => truth(left >= right), // DW_OP_ge
  0x2b: (left, right) => truth(left > right), // DW_OP_gt
  0x2c: (left, right) => truth(left <= right), // DW_OP_le
  0x2d: (left, right) => truth(left < right), // DW_OP_lt
  0x2e: (left, right) => truth(left !== right), // DW_OP_ne
};
