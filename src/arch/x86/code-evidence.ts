/** Is it code? For labels of which the symbol table does not say so. */
import type { ImageAddress } from '../../base/address.js';
import { flowOf } from './flow.js';
import { neverGoesOn } from './entry-loop.js';
import { shapeOf, type CodeBits, type InstructionShape } from './instruction-shape.js';

const CALL = 0xe8;
const CALL_BYTES = 5;

/**
 * Which of the addresses are called directly? Every byte is looked at: among millions one reads by accident as a call to
 * just one of a few addresses as good as never.
 *
 * @param at image address of the first byte
 */
export function calledFrom(
  code: Uint8Array,
  at: ImageAddress,
  wanted: ReadonlySet<number>,
): ReadonlySet<number> {
  const found = new Set<number>();
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  for (let i = code.indexOf(CALL); i !== -1; i = code.indexOf(CALL, i + 1)) {
    if (i + CALL_BYTES > code.length) break;
    const target = at + i + CALL_BYTES + view.getInt32(i + 1, true);
    if (wanted.has(target)) found.add(target);
  }
  return found;
}

/**
 * Do all these bytes read as instructions, of which the last never goes on to what follows? Text and tables hardly do.
 * Padding may follow.
 */
export function readsAsCode(code: Uint8Array, bits: CodeBits): boolean {
  let isOver = false;
  for (let at = 0; at < code.length;) {
    const window = code.subarray(at);
    if (isOver && isPadding(window[0] ?? 0)) {
      at++;
      continue;
    }
    const shape = shapeOf(window, bits);
    if (shape === undefined || at + shape.length > code.length) return false;
    const flow = flowOf(shape, window);
    if (flow === 'immovable') return false;
    isOver = neverGoesOn(flow, window, shape) || (isOver && isNoOperation(shape));
    at += shape.length;
  }
  return isOver;
}

/** Zeros, nop and int3. */
const isPadding = (byte: number): boolean => byte === 0 || byte === 0x90 || byte === 0xcc;

/** Those of several bytes: 0F 1F, and 90 with prefixes. */
const isNoOperation = ({ map, opcode }: InstructionShape): boolean =>
  (map === 2 && opcode === 0x1f) || (map === 1 && opcode === 0x90);
