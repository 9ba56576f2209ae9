/** Integers with names: enumerators, bit flags. */
import type { IntegerType } from '../ctype/ctype.js';
import type { NamedBits, NamedValue } from '../prototype/prototype.js';
import type { FlagsValue, Value } from '../trace/value.js';
import { integerBits, integerReader } from './integer.js';
import type { Lens } from './lens.js';

/** Shared by all functions that use one list of names: such a list may hold a thousand. */
const enumTables = new WeakMap<readonly NamedValue[], Map<string, ReadonlyMap<unknown, string>>>();

export function enumLens(type: IntegerType, wordBytes: 4 | 8, names: readonly NamedValue[]): Lens {
  const read = integerReader(type, wordBytes);
  const bits = integerBits(type, wordBytes);
  const table = enumTable(names, bits, type.signed);
  const plain = { kind: 'integer', bits, signed: type.signed, style: 'decimal' } as const;
  return (view, offset): Value => {
    const value = read(view, offset);
    const name = table.get(value);
    return name === undefined ? { ...plain, value } : { kind: 'enumerator', name, value };
  };
}

function enumTable(
  names: readonly NamedValue[],
  bits: number,
  signed: IntegerType['signed'],
): ReadonlyMap<unknown, string> {
  let tables = enumTables.get(names);
  if (tables === undefined) {
    tables = new Map<string, ReadonlyMap<unknown, string>>();
    enumTables.set(names, tables);
  }
  const key = `${signed ? 's' : 'u'}${bits}`;
  let table = tables.get(key);
  if (table === undefined) {
    const made = new Map<unknown, string>();
    for (const { name, value } of names) {
      // As the type holds it: 0xffffffff in an int is -1. The first of several names counts.
      const held = asHeld(value, bits, signed ? 'signed' : 'unsigned');
      if (!made.has(held)) made.set(held, name);
    }
    table = made;
    tables.set(key, table);
  }
  return table;
}

function asHeld(
  value: number | bigint,
  bits: number,
  sign: 'signed' | 'unsigned',
): number | bigint {
  const held =
    sign === 'signed' ? BigInt.asIntN(bits, BigInt(value)) : BigInt.asUintN(bits, BigInt(value));
  const rounded = Number(held);
  return Number.isSafeInteger(rounded) ? rounded : held;
}

interface Flag {
  readonly name: string;
  readonly value: bigint;
  readonly mask: bigint;
}

export function flagsLens(type: IntegerType, wordBytes: 4 | 8, names: readonly NamedBits[]): Lens {
  const read = integerReader({ size: type.size, signed: false }, wordBytes);
  const bits = integerBits(type, wordBytes);
  const flags = names.map(({ name, value, mask }): Flag => {
    const held = BigInt.asUintN(bits, BigInt(value));
    return {
      name,
      value: held,
      mask: mask === undefined ? held : BigInt.asUintN(bits, BigInt(mask)),
    };
  });
  // The same few combinations come again and again; a Value is immutable, so it can be shared.
  const seen = new Map<number | bigint, FlagsValue>();
  return (view, offset) => {
    const value = read(view, offset);
    let shown = seen.get(value);
    if (shown === undefined) {
      shown = decodeFlags(BigInt(value), flags);
      if (seen.size < MOST_REMEMBERED) seen.set(value, shown);
    }
    return shown;
  };
}

const MOST_REMEMBERED = 256;

function decodeFlags(value: bigint, flags: readonly Flag[]): FlagsValue {
  let rest = value;
  const chosen = new Set<Flag>();
  // A name for several bits (O_SYNC) wins over names for some of them (O_DSYNC).
  const widestFirst = [...flags].sort((one, other) => bitCount(other.mask) - bitCount(one.mask));
  let covered = 0n;
  for (const flag of widestFirst) {
    const fits = (value & flag.mask) === flag.value && (covered & flag.mask) === 0n;
    // A flag without bits stands for nothing set at all.
    if (!fits || (flag.mask === 0n && value !== 0n)) continue;
    chosen.add(flag);
    covered |= flag.mask;
    rest &= ~flag.mask;
  }
  const names = flags.filter((flag) => chosen.has(flag)).map(({ name }) => name);
  const rounded = Number(rest);
  return { kind: 'flags', names, rest: Number.isSafeInteger(rounded) ? rounded : rest };
}

function bitCount(mask: bigint): number {
  let count = 0;
  for (let rest = mask; rest !== 0n; rest &= rest - 1n) count++;
  return count;
}
