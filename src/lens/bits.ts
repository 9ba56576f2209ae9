/** Bit vectors: `bitvec(T)` over integers, arrays and structs. */
import type { IntegerType } from '../ctype/ctype.js';
import { integerBytes } from '../ctype/layout.js';
import type { Value } from '../trace/value.js';
import { mostElements, type Length } from './array.js';
import { unreadable, type Lens } from './lens.js';
import { throughPointer } from './pointer.js';
import type { LensSurroundings } from './surroundings.js';

/** Bytes: sigset_t has 128, cpu_set_t too. */
const LARGEST_BIT_VECTOR = 1024;

export function bitsLens(type: IntegerType, wordBytes: 4 | 8): Lens {
  const bytes = integerBytes(type.size, wordBytes);
  return (view, offset) => bitsOf(view, offset, bytes);
}

/** Of an array or struct of that size. */
export function blockBitsLens(size: number): Lens {
  const bytes = Math.min(size, LARGEST_BIT_VECTOR);
  return (view, offset, context) =>
    offset + bytes > context.blockEnd ? { kind: 'elided' } : bitsOf(view, offset, bytes);
}

/** Of an array behind a pointer whose length is known at the call only. */
export function openBitsLens(elementBytes: number, length: Length, around: LensSurroundings): Lens {
  return throughPointer(around.layout.wordBytes, (address, context) => {
    const count = mostElements(length, context);
    if (count === undefined) return { kind: 'unknown' };
    // As an error's -1 does; and where the array ends at its first zero nobody has looked for that yet.
    if (!(count >= 0 && count < Infinity)) return { kind: 'pointer', address };
    const bytes = Math.min(count * elementBytes, LARGEST_BIT_VECTOR);
    if (bytes === 0) return { kind: 'bits', set: [], width: 0 };
    return context.withBlock(address, bytes, (offset, got) =>
      got < bytes ? unreadable(address) : bitsOf(context.arenaView, offset, bytes),
    );
  });
}

/** The bits of `bytes` bytes in memory order, which on these CPUs is also the order of an integer's bits. */
function bitsOf(view: DataView, offset: number, bytes: number): Value {
  const set: number[] = [];
  for (let index = 0; index < bytes; index++) {
    const byte = view.getUint8(offset + index);
    for (let bit = 0; byte >> bit !== 0; bit++) {
      if (((byte >> bit) & 1) === 1) set.push(index * 8 + bit);
    }
  }
  return { kind: 'bits', set, width: bytes * 8 };
}
