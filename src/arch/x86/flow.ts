/** Where code goes on after an instruction. */
import { toAddress, type Address } from '../../base/address.js';
import { shapeOf, type CodeBits, type InstructionShape } from './instruction-shape.js';

const INT3 = 0xcc;

/** What an opcode does to the flow of control. */
export type Flow =
  'falls-through' | 'jump' | 'condition' | 'loop' | 'call' | 'group5' | 'return' | 'immovable';

export function flowOf(shape: InstructionShape, code: Uint8Array): Flow {
  if (shape.vex) return 'falls-through';
  if (shape.map === 2) return shape.opcode >> 4 === 8 ? 'condition' : 'falls-through';
  if (shape.map !== 1) return 'falls-through';
  const fixed = ONE_BYTE_FLOW.get(shape.opcode);
  if (fixed !== undefined) return fixed;
  if (shape.opcode >> 4 === 7) return 'condition';
  // C7 F8 is XBEGIN, whose abort path is relative to the instruction.
  if (shape.opcode === 0xc7 && code[shape.modrmAt] === 0xf8) return 'immovable';
  return 'falls-through';
}

const ONE_BYTE_FLOW = new Map<number, Flow>([
  [0xe9, 'jump'],
  [0xeb, 'jump'],
  [0xe0, 'loop'],
  [0xe1, 'loop'],
  [0xe2, 'loop'],
  [0xe3, 'loop'],
  [0xe8, 'call'],
  [0xff, 'group5'],
  [0xc3, 'return'],
  [0xc2, 'return'],
  // Far transfers and interrupt returns are bound to their place; an int3 is the program's own.
  [0xca, 'immovable'],
  [0xcb, 'immovable'],
  [0xcf, 'immovable'],
  [0x9a, 'immovable'],
  [0xea, 'immovable'],
  [INT3, 'immovable'],
]);

/**
 * Of a jump, call or loop with a relative operand, which ends the instruction and counts from there.
 *
 * @param at where the instruction stands
 * @returns NaN for an offset of 16 bits, which no compiler writes
 */
export function branchTarget(
  code: Uint8Array,
  { length, immediateBytes }: InstructionShape,
  at: number,
): number {
  const view = new DataView(code.buffer, code.byteOffset + length - immediateBytes, immediateBytes);
  if (immediateBytes === 1) return at + length + view.getInt8(0);
  return immediateBytes === 4 ? at + length + view.getInt32(0, true) : Number.NaN;
}

/** Of a jump with a relative operand at the beginning of `code`, which stands at `at`; undefined for anything else. */
export function jumpTarget(code: Uint8Array, at: Address, bits: CodeBits): Address | undefined {
  const shape = shapeOf(code, bits);
  if (shape === undefined || flowOf(shape, code) !== 'jump') return undefined;
  const target = branchTarget(code, shape, at);
  if (Number.isNaN(target)) return undefined;
  return toAddress(bits === 64 ? target : target >>> 0);
}
