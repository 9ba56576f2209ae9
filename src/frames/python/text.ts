/** str objects of CPython, as its compiler makes them: PEP 393, Include/cpython/unicodeobject.h. */
import { toAddress, type MemoryBlock } from '../../base/address.js';
import { uint32In, wordIn, pointerIn, type ReadAhead } from '../read-ahead.js';
import { OBJECT, type PythonLayout } from './layout.js';

/** Something read, and from where: the same bytes there mean the same again. */
export interface ReadObject<T> {
  readonly value: T;
  readonly block: MemoryBlock;
}

/** Names are shorter, and so are paths: PATH_MAX in <linux/limits.h>. */
const MOST_CHARACTERS = 4096;
/** Code that makes more lines than this is made by programs. */
const MOST_BYTES = 128 * 1024;

// PyASCIIObject.state: .interned has two bits, .kind three, .compact and .ascii one each.
const KIND_SHIFT = 2;
const COMPACT = 1 << 5;
const ASCII = 1 << 6;

export class ObjectReader {
  constructor(
    private readonly layout: PythonLayout['text'],
    /** Where PyUnicode_Type and PyBytes_Type are. */
    private readonly types: { readonly text: Addresses; readonly bytes: Addresses },
  ) {}

  /** undefined where there is no such object; cut off with an ellipsis where it is very long. */
  text(memory: ReadAhead, address: number): ReadObject<string> | undefined {
    // Without ob_refcnt, which changes all the time.
    const start = address + OBJECT.type;
    const head = memory.take(start, this.layout.ascii - OBJECT.type);
    if (head === undefined || !this.types.text.has(pointerIn(head, 0))) return undefined;
    const length = wordIn(head, OBJECT.length - OBJECT.type);
    const state = uint32In(head, OBJECT.state - OBJECT.type);
    const width = (state >> KIND_SHIFT) & 7;
    const isAscii = (state & ASCII) !== 0;
    if ((state & COMPACT) === 0 || (isAscii && width !== 1)) return undefined;
    const from = (isAscii ? this.layout.ascii : this.layout.compact) - OBJECT.type;
    const shown = Math.min(length, MOST_CHARACTERS);
    // One more: the NUL behind the last.
    const block = { address: toAddress(start), bytes: from + (shown + 1) * width };
    const whole = memory.take(start, block.bytes);
    const text = whole && decoded(whole.subarray(from), width);
    if (text === undefined) return undefined;
    const value = text.slice(0, width === 4 ? lengthOfFirst(text, shown) : shown);
    // No path and no name has a NUL in it: a length that does not fit its text.
    if (value.includes('\0') || (length === shown && text !== `${value}\0`)) return undefined;
    return { value: length > shown ? `${value}…` : value, block };
  }

  bytes(memory: ReadAhead, address: number): ReadObject<Uint8Array> | undefined {
    const start = address + OBJECT.type;
    const from = OBJECT.bytes - OBJECT.type;
    const head = memory.take(start, from);
    if (head === undefined || !this.types.bytes.has(pointerIn(head, 0))) return undefined;
    const length = wordIn(head, OBJECT.size - OBJECT.type);
    if (length > MOST_BYTES) return undefined;
    const block = { address: toAddress(start), bytes: from + length };
    const whole = memory.take(start, block.bytes);
    return whole && { value: whole.slice(from), block };
  }

  /** How many bytes it has. */
  size(memory: ReadAhead, address: number): ReadObject<number> | undefined {
    const start = address + OBJECT.type;
    const head = memory.take(start, OBJECT.bytes - OBJECT.type);
    if (head === undefined || !this.types.bytes.has(pointerIn(head, 0))) return undefined;
    const value = wordIn(head, OBJECT.size - OBJECT.type);
    return { value, block: { address: toAddress(start), bytes: head.length } };
  }
}

export type Addresses = ReadonlySet<number>;

/** Code units of so many characters. */
function lengthOfFirst(text: string, characters: number): number {
  let units = 0;
  for (let count = 0; count < characters; count++) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return units;
}

/** @param width of a character: Latin-1, UCS-2 or UCS-4 */
function decoded(bytes: Uint8Array, width: number): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 1) return buffer.toString('latin1');
  if (width === 2) return buffer.toString('utf16le');
  if (width !== 4) return undefined;
  let text = '';
  for (let at = 0; at + 4 <= buffer.length; at += 4) {
    const character = buffer.readUInt32LE(at);
    if (character > 0x10ffff) return undefined;
    text += String.fromCodePoint(character);
  }
  return text;
}
