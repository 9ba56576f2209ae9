/** Finds calls and jumps of x86 code that go where a GOT slot points, anywhere in functions. */
import { toImageAddress } from '../../base/address.js';
import type { SlotBranch } from '../arch.js';
import type { CodeToSearch } from './stub-shape.js';

/** FF /2 and FF /4 with the address of the slot as an operand of 32 bits behind the ModRM byte. */
export interface BranchShape {
  readonly kind: Exclude<SlotBranch['kind'], 'load'>;
  readonly modrm: number;
  /**
   * @param operand signed
   * @param behind image address of the byte after the operand
   */
  slotOf(operand: number, behind: number): number;
  /** More that must hold of code where the operand fits; for operands that are relative to a register. */
  confirms?(bytes: Buffer, at: number): boolean;
}

export const CALL_RELATIVE = 0x15;
export const JUMP_RELATIVE = 0x25;
const GROUP_5 = 0xff;

/** In ascending order of address, for each shape. A match of 32 bits with a slot is no accident. */
export function findBranches(search: CodeToSearch, shape: BranchShape): SlotBranch[] {
  const { code, at } = search;
  const bytes = Buffer.from(code.buffer, code.byteOffset, code.byteLength);
  const branches: SlotBranch[] = [];
  // Not by the first byte of the opcode: code is full of it.
  let modrm = bytes.indexOf(shape.modrm, 1);
  for (; modrm !== -1 && modrm + 5 <= bytes.length; modrm = bytes.indexOf(shape.modrm, modrm + 1)) {
    if (bytes[modrm - 1] !== GROUP_5) continue;
    const slot = shape.slotOf(bytes.readInt32LE(modrm + 1), at + modrm + 5);
    if (!search.isSlot(slot) || shape.confirms?.(bytes, modrm - 1) === false) continue;
    const address = toImageAddress(at + modrm - 1);
    branches.push({ kind: shape.kind, address, slot: toImageAddress(slot) });
  }
  return branches;
}
