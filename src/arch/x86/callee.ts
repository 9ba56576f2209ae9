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
  for (const length of INDIRECT_CALL_LENGTHS) {
    const modrm = before[end - length + 1];
    if (end >= length && before[end - length] === 0xff && modrm !== undefined) {
      if (((modrm >> 3) & 7) === 2) return { kind: 'computed' };
    }
  }
  return { kind: 'not-a-call' };
}

/** FF /2 with nothing, a SIB byte, and displacements of one or four bytes. */
const INDIRECT_CALL_LENGTHS = [2, 3, 4, 6, 7];
