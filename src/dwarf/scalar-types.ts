/** Base types and enumerations of debug information as lensed types (DWARF 5, 5.1 and 5.7). */
import type { IntegerType } from '../ctype/ctype.js';
import {
  charType,
  floatType,
  integerType,
  wideCharType,
  withLens,
} from '../prototype/lensed-type.js';
import type { LensedType, NamedValue } from '../prototype/prototype.js';
import { AT, TAG } from './constants.js';
import type { Entry } from './entry.js';
import { childrenOf } from './entry.js';

/** DW_ATE_* (DWARF 5, table 7.11). */
const ATE = {
  address: 0x01,
  boolean: 0x02,
  complexFloat: 0x03,
  float: 0x04,
  signed: 0x05,
  signedChar: 0x06,
  unsigned: 0x07,
  unsignedChar: 0x08,
  utf: 0x10,
} as const;

const SIZES: Readonly<Record<number, IntegerType['size']>> = {
  1: 'char',
  2: 'short',
  4: 'int',
  8: 'int64',
  16: 'int128',
};

/** An integer of that many bytes, or bytes without meaning where no integer has that size. */
export function integerOf(bytes: number, sign: 'signed' | 'unsigned'): LensedType {
  const size = SIZES[bytes];
  return size === undefined ? opaque(undefined, bytes) : integerType(size, sign);
}

/** A value that is shown as `{}`: its size is known, its contents are not. */
export function opaque(name: string | undefined, bytes: number): LensedType {
  return { kind: 'struct', ...(name === undefined ? {} : { name }), fields: [], bytes };
}

export function baseType(entry: Entry): LensedType {
  const bytes = entry.number(AT.byteSize) ?? 0;
  const encoding = entry.number(AT.encoding) ?? 0;
  const name = entry.text(AT.name);
  if (encoding === ATE.float) return floatOf(bytes, name);
  if (encoding === ATE.complexFloat) return complexOf(bytes, name);
  if (isCharacter(name, encoding) && bytes === 1) return charType;
  if ((name === 'wchar_t' || encoding === ATE.utf) && bytes === 4) return wideCharType;
  if (encoding === ATE.boolean) return withLens({ kind: 'bool' }, integerOf(bytes, 'unsigned'));
  if (encoding === ATE.address) return withLens({ kind: 'hex' }, integerOf(bytes, 'unsigned'));
  const sign = SIGNS[encoding];
  return sign === undefined ? opaque(name, bytes) : integerOf(bytes, sign);
}

/** Plain char is the character; signed char and unsigned char are small numbers (int8_t, uint8_t). */
function isCharacter(name: string | undefined, encoding: number): boolean {
  return name === 'char' || encoding === ATE.utf;
}

const SIGNS: Readonly<Record<number, 'signed' | 'unsigned'>> = {
  [ATE.signed]: 'signed',
  [ATE.signedChar]: 'signed',
  [ATE.unsigned]: 'unsigned',
  [ATE.unsignedChar]: 'unsigned',
  [ATE.utf]: 'unsigned',
};

function floatOf(bytes: number, name: string | undefined): LensedType {
  if (bytes === 4 || bytes === 8) return floatType(bytes);
  // x87: 12 bytes on i386, 16 on x86-64, where __float128 has 16 too.
  return name === 'long double' ? floatType(10) : opaque(name, bytes);
}

/** Real and imaginary part; those of other sizes are passed in ways of their own. */
function complexOf(bytes: number, name: string | undefined): LensedType {
  if (bytes !== 8 && bytes !== 16) return opaque(name, bytes);
  const part = { type: floatType(bytes === 8 ? 4 : 8) };
  return { kind: 'struct', ...(name !== undefined && { name }), fields: [part, part], bytes };
}

/** More names would not help a reader. */
const MOST_ENUMERATORS = 4096;

export function enumerationType(entry: Entry, underlying: Entry | undefined): LensedType {
  const bytes = entry.number(AT.byteSize) ?? underlying?.number(AT.byteSize) ?? 4;
  const names: NamedValue[] = [];
  for (const each of childrenOf(entry, (tag) => tag === TAG.enumerator)) {
    const name = each.text(AT.name);
    const value = each.constant(AT.constValue);
    if (name !== undefined && value !== undefined) names.push({ name, value });
    if (names.length === MOST_ENUMERATORS) break;
  }
  const signed = names.some(({ value }) => value < 0);
  const integer = integerOf(bytes, signed ? 'signed' : 'unsigned');
  if (names.length === 0) return integer;
  return withLens({ kind: areFlags(names) ? 'flags' : 'enum', names }, integer);
}

/** Values that can be combined: single bits, each its own, more than 1 and 2, and at most a zero beside them. */
function areFlags(names: readonly NamedValue[]): boolean {
  let seen = 0n;
  for (const { value } of names) {
    const bits = BigInt(value);
    if (bits < 0n || (bits & (bits - 1n)) !== 0n || (seen & bits) !== 0n) return false;
    seen |= bits;
  }
  return seen >= 4n;
}
