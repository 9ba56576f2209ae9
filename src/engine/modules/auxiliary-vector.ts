/** What the kernel told a new program: getauxval(3). */
import { wordAsNumber } from '../../base/address.js';

// <linux/auxvec.h>
const AT_NULL = 0;
const AT_BASE = 7;
const AT_ENTRY = 9;
const AT_EXECFN = 31;

export interface AuxiliaryVector {
  /** Where the program interpreter is loaded; 0 without one. */
  readonly interpreterBase: number;
  /** The program's own entry point. */
  readonly entry: number;
  /** Address of the path that execve was given; 0 when the kernel does not tell. */
  readonly executedPath: number;
}

export function readAuxiliaryVector(bytes: Uint8Array, wordBytes: 4 | 8): AuxiliaryVector {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): number =>
    wordBytes === 8 ? wordAsNumber(view, at) : view.getUint32(at, true);
  let interpreterBase = 0;
  let entry = 0;
  let executedPath = 0;
  for (let at = 0; at + 2 * wordBytes <= bytes.length; at += 2 * wordBytes) {
    const type = word(at);
    if (type === AT_NULL) break;
    if (type === AT_BASE) interpreterBase = word(at + wordBytes);
    if (type === AT_EXECFN) executedPath = word(at + wordBytes);
    if (type === AT_ENTRY) entry = word(at + wordBytes);
  }
  return { interpreterBase, entry, executedPath };
}
