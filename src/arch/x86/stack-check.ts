/**
 * Functions that begin anew: Go's compiler has each one look first whether there is enough stack and, where there is not,
 * get some and jump back to its first instruction (cmd/internal/obj/x86/obj6.go, stacksplit). Its scheduler uses the same
 * way to take a goroutine off its thread. At the first instruction, one call would be seen several times.
 */
import { toAddress, type Address } from '../../base/address.js';
import type { ReadCode } from '../arch.js';
import { branchTarget, flowOf } from './flow.js';
import { shapeOf, type CodeBits, type InstructionShape } from './instruction-shape.js';

/** The longest check, that of a large frame in a shared library, is well below both. */
const CHECK_BYTES = 96;
const MOST_CHECKS = 10;
/** Saves and restores nine general and fifteen floating-point registers, at most nine bytes each. */
const WAY_BACK_BYTES = 512;

/**
 * @param entry a function's first instruction
 * @returns the address behind the check, where arguments and stack pointer are still those of the entry; the entry
 * where there is no such check
 */
export function behindStackCheck(read: ReadCode, entry: Address, bits: CodeBits): Address {
  let behind: number = entry;
  let count = 0;
  for (const { at, code, shape } of instructions(read(entry, CHECK_BYTES), entry, bits)) {
    if (++count > MOST_CHECKS) break;
    if (flowOf(shape, code) === 'condition') {
      if (!leadsBack(read, branchTarget(code, shape, at), entry, bits)) break;
      behind = at + shape.length;
    } else if (!isCheck(code, shape)) break;
  }
  return toAddress(behind);
}

/** Is all that happens from there on moving data, one call, and a jump to the entry? */
function leadsBack(read: ReadCode, from: number, entry: number, bits: CodeBits): boolean {
  if (Number.isNaN(from)) return false;
  const window = read(toAddress(from), WAY_BACK_BYTES);
  let calls = 0;
  for (const { at, code, shape } of instructions(window, from, bits)) {
    const flow = flowOf(shape, code);
    if (flow === 'jump') return calls === 1 && branchTarget(code, shape, at) === entry;
    if (flow === 'call') calls++;
    else if (shape.vex || MOVES[shape.map]?.has(shape.opcode) !== true) return false;
  }
  return false;
}

/** Opcodes by map: mov, nop; movups and its like, movzx, long nop. */
const MOVES: Readonly<Record<number, ReadonlySet<number>>> = {
  1: new Set([0x88, 0x89, 0x8a, 0x8b, 0x90]),
  2: new Set([0x10, 0x11, 0x1f, 0xb6, 0xb7]),
};

interface Instruction {
  readonly at: number;
  readonly code: Uint8Array;
  readonly shape: InstructionShape;
}

function* instructions(window: Uint8Array, start: number, bits: CodeBits): Generator<Instruction> {
  for (let offset = 0; offset < window.length;) {
    const code = window.subarray(offset);
    const shape = shapeOf(code, bits);
    if (shape === undefined) return;
    yield { at: start + offset, code, shape };
    offset += shape.length;
  }
}

type Writes = 'nothing' | 'register' | 'operand' | 'as-extended';

/** One-byte opcodes, Intel SDM volume 2, table A-2: what they write, of the two that ModRM names. */
const CHECKS: ReadonlyMap<number, Writes> = new Map<number, Writes>([
  [0x39, 'nothing'], // cmp r/m, r
  [0x3b, 'nothing'], // cmp r, r/m
  [0x3d, 'nothing'], // cmp eax, immediate
  [0x2d, 'nothing'], // sub eax, immediate
  [0x8b, 'register'], // mov r, r/m
  [0x8d, 'register'], // lea r, m
  [0x2b, 'register'], // sub r, r/m
  [0x89, 'operand'], // mov r/m, r
  [0x81, 'as-extended'], // by the register field: sub or cmp r/m, immediate
  [0x83, 'as-extended'],
]);
const SUB = 5;
const CMP = 7;
const RSP = 4;
const REX_R = 4;
const REX_B = 1;

/** Compares, loads or computes in registers, memory and stack pointer left alone: nothing that a caller could notice. */
function isCheck(code: Uint8Array, shape: InstructionShape): boolean {
  if (shape.vex || shape.map !== 1) return false;
  const modrm = code[shape.modrmAt] ?? 0;
  const extension = (modrm >> 3) & 7;
  const sparesOperand = modrm >> 6 === 3 && ((modrm & 7) !== RSP || hasRex(code, shape, REX_B));
  switch (CHECKS.get(shape.opcode)) {
    case undefined:
      return false;
    case 'nothing':
      return true;
    case 'register':
      return extension !== RSP || hasRex(code, shape, REX_R);
    case 'operand':
      return sparesOperand;
    case 'as-extended':
      return extension === CMP || (extension === SUB && sparesOperand);
  }
}

/** The REX prefix is the byte before the opcode: Intel SDM volume 2, 2.2.1. */
function hasRex(code: Uint8Array, { opcodeAt }: InstructionShape, bit: number): boolean {
  const before = code[opcodeAt - 1] ?? 0;
  return opcodeAt > 0 && before >> 4 === 4 && (before & bit) !== 0;
}
