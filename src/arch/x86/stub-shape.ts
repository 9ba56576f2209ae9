/** Finds PLT stubs of x86 code by the instruction in them that reads the GOT slot. */
import type { ImageAddress } from '../../base/address.js';
import { toImageAddress } from '../../base/address.js';
import type { PltStub } from '../arch.js';

/** A byte of a pattern; `ANY` fits all. */
export const ANY = -1;
export const ANY_WORD = [ANY, ANY, ANY, ANY] as const;

/** One way to go where a slot points. */
export interface StubShape {
  /** The instruction that reads the slot, up to its 32-bit operand. */
  readonly opcode: readonly number[];
  /** What may follow the operand; empty when the instruction is a jump itself. */
  readonly next: readonly (readonly number[])[];
  /** Instructions of the stub that may stand before, longest first; the last is always empty or needed. */
  readonly leads: readonly (readonly number[])[];
  /**
   * @param operand signed
   * @param behind image address of the byte after the operand
   */
  slotOf(operand: number, behind: number): number;
}

/** A piece of executable code and what its pointers are. */
export interface CodeToSearch {
  readonly code: Uint8Array;
  /** Image address of the first byte. */
  readonly at: ImageAddress;
  isSlot(slot: number): boolean;
}

/** All linkers align their stubs at least this much; tail calls in functions mostly are not. */
const STUB_ALIGNMENT = 8;

/** In ascending order of address, for each shape. */
export function findStubsOfShape(search: CodeToSearch, shape: StubShape): PltStub[] {
  const { code, at } = search;
  const bytes = Buffer.from(code.buffer, code.byteOffset, code.byteLength);
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const opcode = Buffer.from(shape.opcode);
  const stubs: PltStub[] = [];
  let found = bytes.indexOf(opcode);
  for (; found !== -1; found = bytes.indexOf(opcode, found + 1)) {
    const operand = found + opcode.length;
    if (operand + 4 > bytes.length) break;
    const slot = shape.slotOf(view.getInt32(operand, true), at + operand + 4);
    if (!search.isSlot(slot)) continue;
    if (shape.next.length > 0 && !shape.next.some((next) => fits(bytes, operand + 4, next))) {
      continue;
    }
    const start = startOf(bytes, found, at, shape.leads);
    if (start !== undefined) {
      stubs.push({ address: toImageAddress(at + start), slot: toImageAddress(slot) });
    }
  }
  return stubs;
}

/** Offset of the stub's first instruction, undefined when this is no stub. */
function startOf(
  bytes: Buffer,
  found: number,
  at: ImageAddress,
  leads: StubShape['leads'],
): number | undefined {
  const lead = leads.find(
    (each) =>
      (at + found - each.length) % STUB_ALIGNMENT === 0 && fits(bytes, found - each.length, each),
  );
  return lead && found - lead.length;
}

function fits(bytes: Buffer, offset: number, pattern: readonly number[]): boolean {
  if (offset < 0 || offset + pattern.length > bytes.length) return false;
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== ANY && pattern[i] !== bytes[offset + i]) return false;
  }
  return true;
}
