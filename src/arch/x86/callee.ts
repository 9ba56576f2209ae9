/** Reads backwards from a return address: what did the call instruction before it call? */
import { toAddress, type Address } from '../../base/address.js';
import type { Callee } from '../arch.js';
import type { CodeBits } from './instruction-shape.js';

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
  return isIndirectCall(before) ? { kind: 'computed' } : { kind: 'not-a-call' };
}

/** ModRM of `call disp32(%reg)`; 4 would be a SIB byte. */
function isGotCall(modrm: number | undefined): boolean {
  return modrm !== undefined && (modrm & 0xf8) === 0x90 && (modrm & 7) !== 4;
}

function isIndirectCall(before: Uint8Array): boolean {
  const end = before.length;
  return INDIRECT_CALL_LENGTHS.some((length) => {
    const modrm = before[end - length + 1];
    return end >= length && before[end - length] === 0xff && ((modrm ?? 0) & 0x38) === 0x10;
  });
}

/** FF /2 with nothing, a SIB byte, and displacements of one or four bytes. */
const INDIRECT_CALL_LENGTHS = [2, 3, 4, 6, 7];
