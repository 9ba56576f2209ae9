/** Reads backwards from a return address: what did the call instruction before it call? */
import { toAddress, type Address } from '../../base/address.js';
import type { Callee } from '../arch.js';
import type { CodeBits } from './instruction-shape.js';
import { registerOf } from './registers.js';

/**
 * @param before bytes that end at the return address, at least 7 of them
 */
export function calleeBefore(before: Uint8Array, returnAddress: Address, bits: CodeBits): Callee {
  const end = before.length;
  const view = new DataView(before.buffer, before.byteOffset, before.byteLength);
  if (end >= 5 && before[end - 5] === 0xe8) {
    const target = returnAddress + view.getInt32(end - 4, true);
    return { kind: 'direct', target: toAddress(bits === 64 ? target : target >>> 0) };
  }
  if (end >= 6 && before[end - 6] === 0xff && before[end - 5] === 0x15) {
    const operand =
      bits === 64 ? returnAddress + view.getInt32(end - 4, true) : view.getUint32(end - 4, true);
    return { kind: 'slot', slot: toAddress(operand) };
  }
  // Relative to a register, which in i386 code that calls through the GOT holds DT_PLTGOT.
  if (bits === 32 && end >= 6 && before[end - 6] === 0xff && isGotCall(before[end - 5])) {
    return { kind: 'got-slot', offset: view.getInt32(end - 4, true) };
  }
  if (isMemoryCall(before)) return { kind: 'computed' };
  return registerCall(before, bits) ?? { kind: 'not-a-call' };
}

/** ModRM of `call disp32(%reg)`; 4 would be a SIB byte. */
function isGotCall(modrm: number | undefined): boolean {
  return modrm !== undefined && (modrm & 0xf8) === 0x90 && (modrm & 7) !== 4;
}

/** call *%reg: FF /2 with a register; those behind the first eight need a prefix, which may belong to what is before. */
function registerCall(before: Uint8Array, bits: CodeBits): Callee | undefined {
  const end = before.length;
  const modrm = before[end - 1] ?? 0;
  if (end < 2 || before[end - 2] !== 0xff || (modrm & 0xf8) !== 0xd0) return undefined;
  const numbers =
    bits === 64 && before[end - 3] === REX_B ? [modrm & 7, 8 + (modrm & 7)] : [modrm & 7];
  return { kind: 'register', registers: numbers.map((number) => registerOf(number, bits)) };
}

const REX_B = 0x41;

function isMemoryCall(before: Uint8Array): boolean {
  const end = before.length;
  return MEMORY_CALL_LENGTHS.some((length) => {
    const modrm = before[end - length + 1] ?? 0;
    return end >= length && before[end - length] === 0xff && isMemoryOperand(modrm, length);
  });
}

/** FF /2 with nothing, a SIB byte, and displacements of one or four bytes. */
const MEMORY_CALL_LENGTHS = [2, 3, 4, 6, 7];

/** Does this ModRM byte mean a call through memory that is so long as a whole? Intel SDM volume 2, table 2-2. */
function isMemoryOperand(modrm: number, length: number): boolean {
  if ((modrm & 0x38) !== 0x10) return false;
  const mode = modrm >> 6;
  const base = modrm & 7;
  const sib = base === 4 ? 1 : 0;
  if (mode === 0)
    return base === 5 ? length === 6 : length === 2 + sib || (sib === 1 && length === 7);
  return mode !== 3 && length === 2 + sib + (mode === 1 ? 1 : 4);
}
