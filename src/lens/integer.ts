// Hot path: runs at every stop.
/** Reads integers of any size, exactly, and shows them in the styles that need no names. */
import { exactWord, signedWord } from '../base/address.js';
import type { IntegerType } from '../ctype/ctype.js';
import { integerBytes } from '../ctype/layout.js';
import type { LensSpec } from '../prototype/prototype.js';
import type { IntegerValue, Value } from '../trace/value.js';
import type { Lens } from './lens.js';

/** A number where that is exact, else a bigint. */
export type IntegerReader = (view: DataView, offset: number) => number | bigint;

function wideInteger(signed: 'signed' | 'unsigned'): IntegerReader {
  return (view, offset) => {
    const low = view.getBigUint64(offset, true);
    const high = view.getBigUint64(offset + 8, true);
    const value = (high << 64n) | low;
    return small(signed === 'signed' ? BigInt.asIntN(128, value) : value);
  };
}

function small(value: bigint): number | bigint {
  const rounded = Number(value);
  return Number.isSafeInteger(rounded) ? rounded : value;
}

const SIGNED: Record<1 | 2 | 4 | 8 | 16, IntegerReader> = {
  1: (view, offset) => view.getInt8(offset),
  2: (view, offset) => view.getInt16(offset, true),
  4: (view, offset) => view.getInt32(offset, true),
  8: signedWord,
  16: wideInteger('signed'),
};

const UNSIGNED: Record<1 | 2 | 4 | 8 | 16, IntegerReader> = {
  1: (view, offset) => view.getUint8(offset),
  2: (view, offset) => view.getUint16(offset, true),
  4: (view, offset) => view.getUint32(offset, true),
  8: exactWord,
  16: wideInteger('unsigned'),
};

export function integerReader(
  type: Pick<IntegerType, 'size' | 'signed'>,
  wordBytes: 4 | 8,
): IntegerReader {
  const bytes = integerBytes(type.size, wordBytes);
  return type.signed ? SIGNED[bytes] : UNSIGNED[bytes];
}

/** Integers whose first byte is the highest. */
export function networkLens(type: IntegerType, wordBytes: 4 | 8): Lens {
  const read = integerReader(type, wordBytes);
  const bits = integerBits(type, wordBytes);
  const last = bits / 8 - 1;
  const turned = new DataView(new ArrayBuffer(last + 1));
  return (view, offset): Value => {
    for (let at = 0; at <= last; at++) turned.setUint8(at, view.getUint8(offset + last - at));
    const value = read(turned, 0);
    return { kind: 'integer', value, bits, signed: type.signed, style: 'decimal' };
  };
}

export function integerBits(type: IntegerType, wordBytes: 4 | 8): IntegerValue['bits'] {
  return (integerBytes(type.size, wordBytes) * 8) as IntegerValue['bits'];
}

const STYLES: Partial<Record<LensSpec['kind'], IntegerValue['style']>> = {
  hex: 'hex',
  octal: 'octal',
  bool: 'boolean',
  guess: 'guess',
  decimal: 'decimal',
  descriptor: 'decimal',
};

/** Decimal, hexadecimal, octal, boolean, guessed, or as a character. */
export function plainIntegerLens(
  type: IntegerType,
  wordBytes: 4 | 8,
  lens: LensSpec | undefined,
): Lens {
  const read = integerReader(type, wordBytes);
  const style = lens === undefined ? undefined : STYLES[lens.kind];
  if (style === undefined && isShownAsCharacter(type, lens)) return characterLens(type, wordBytes);
  const bits = integerBits(type, wordBytes);
  const { signed } = type;
  const shown = style ?? 'decimal';
  return (view, offset): Value => ({
    kind: 'integer',
    value: read(view, offset),
    bits,
    signed,
    style: shown,
  });
}

function isShownAsCharacter(type: IntegerType, lens: LensSpec | undefined): boolean {
  return type.character || lens?.kind === 'character' || lens?.kind === 'string';
}

/** The code of a `char` counts from 0 to 255 as in ltrace; a wider -1 is EOF and stays negative. */
function characterLens(type: IntegerType, wordBytes: 4 | 8): Lens {
  const read = integerReader(
    { size: type.size, signed: type.size === 'char' ? false : type.signed },
    wordBytes,
  );
  if (type.size === 'char' || !type.character) {
    return (view, offset) => ({ kind: 'character', code: Number(read(view, offset)) });
  }
  return (view, offset) => ({ kind: 'character', code: Number(read(view, offset)), wide: true });
}
