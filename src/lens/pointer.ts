/** Pointers: to something that is shown, to code, to bytes, to nobody knows what. */
import { addressFromWord } from '../base/address.js';
import type { LensedType, LensSpec } from '../prototype/prototype.js';
import type { PointerValue, Value } from '../trace/value.js';
import { ctypeOf } from './ctype-of.js';
import type { Evaluator, Lens } from './lens.js';
import { unreadable } from './lens.js';
import { bufferValue } from './string.js';
import type { LensSurroundings } from './surroundings.js';
import { readPointer } from './word.js';

export function addressLens({ layout: { wordBytes } }: LensSurroundings): Lens {
  return (view, offset): PointerValue => ({
    kind: 'pointer',
    address: readPointer(view, offset, wordBytes),
  });
}

export function codeLens({ layout: { wordBytes } }: LensSurroundings): Lens {
  return (view, offset, context): PointerValue => {
    const address = readPointer(view, offset, wordBytes);
    const target = address === 0 ? undefined : addressFromWord(address);
    const symbol = target && context.at.symbolAt(target);
    return symbol === undefined
      ? { kind: 'pointer', address }
      : { kind: 'pointer', address, symbol };
  };
}

/**
 * A pointer whose bytes `look` turns into a value. Null and what cannot be an address stay pointers.
 *
 * @param look gets a non-zero address below 2^53
 */
export function throughPointer(
  wordBytes: 4 | 8,
  look: (address: number, context: Parameters<Lens>[2]) => Value,
): Lens {
  return (view, offset, context) => {
    const address = readPointer(view, offset, wordBytes);
    if (address === 0 || typeof address === 'bigint') return { kind: 'pointer', address };
    return look(address, context);
  };
}

/** What `behind` shows of memory that lies where a value would, and not behind a pointer. */
export function inPlace(behind: Lens, { layout: { wordBytes } }: LensSurroundings): Lens {
  const word = new DataView(new ArrayBuffer(8));
  return (_view, offset, context) => {
    const address = context.base + offset;
    if (!Number.isSafeInteger(address)) return { kind: 'unknown' };
    word.setUint32(0, address % 2 ** 32, true);
    if (wordBytes === 8) word.setUint32(4, Math.floor(address / 2 ** 32), true);
    const value = behind(word, 0, context);
    return value.kind === 'pointer' && value.target !== undefined ? value.target : value;
  };
}

/** A pointer to something of which the program says how long it is: what lies behind it in memory is not shown. */
export function withinLens(
  behind: Lens,
  length: Evaluator,
  { layout: { wordBytes } }: LensSurroundings,
): Lens {
  return (view, offset, context) => {
    const bytes = length(context) ?? Infinity;
    // A null pointer has no length, and what has none (or an error's -1) is not there.
    if (!(bytes > 0)) return { kind: 'pointer', address: readPointer(view, offset, wordBytes) };
    context.givenBytes = bytes;
    const value = behind(view, offset, context);
    context.givenBytes = Infinity;
    return value;
  };
}

/** The pointee in place of the pointer. */
export function pointerLens(
  target: LensedType,
  inherited: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  const ctype = ctypeOf(target);
  const size = around.layout.sizeOf(ctype);
  const isStruct = ctype.kind === 'struct' || ctype.kind === 'union';
  // Compiled when it is first met: types may be endless circles of pointers.
  let lens: Lens | undefined;
  return throughPointer(around.layout.wordBytes, (address, context) => {
    if (isStruct) {
      const levels = context.levelsUp(ctype, address);
      if (levels >= 0) return { kind: 'recursion', levels };
      if (context.nesting(ctype) >= around.limits.arrayElements) return { kind: 'elided' };
    }
    if (!context.takeValue()) return { kind: 'elided' };
    lens ??= around.compile(target, inherited, around);
    const show = lens;
    if (isStruct) context.enterStruct(ctype, address);
    // One that ends where its elements begin (a flexible array alone) is somewhere all the same.
    const value = context.withBlock(address, Math.max(size, 1), (offset, got) =>
      got < size && !isStruct ? unreadable(address) : show(context.arenaView, offset, context),
    );
    if (isStruct) context.leaveStruct();
    // The pointer takes its pointee's place, and what says why there is none stands for itself.
    return value.kind === 'unreadable' || value.kind === 'elided'
      ? value
      : { kind: 'pointer', address, target: value };
  });
}

export function bufferLens(length: Evaluator, around: LensSurroundings): Lens {
  const { stringBytes } = around.limits;
  return throughPointer(around.layout.wordBytes, (address, context) => {
    const bytes = length(context);
    // Not known yet, or a failure (-1): there are no bytes to show.
    if (bytes === undefined || !(bytes >= 0)) return { kind: 'pointer', address };
    return bufferValue(context, address, bytes, stringBytes);
  });
}
