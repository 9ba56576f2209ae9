/** Parses printf and scanf format strings into the types of the arguments that they describe. */
import type { IntegerType } from '../ctype/ctype.js';
import {
  addressType,
  arrayOf,
  charType,
  floatType,
  integerType,
  intType,
  pointerTo,
  stringType,
  wideCharType,
  withLens,
} from '../prototype/lensed-type.js';
import type { Expression, LensedType, LensSpec } from '../prototype/prototype.js';

/** One argument. Narrow integers travel as `int`, as C promotes them. */
export interface FormatArgument {
  readonly type: LensedType;
  /** scanf: it was assigned when scanf's result is larger than this. */
  readonly assignedAfter?: number;
}

export interface FormatArguments {
  readonly list: readonly FormatArgument[];
  /** False when the format goes on in ways that only the program understands (register_printf_specifier(3)). */
  readonly isWhole: boolean;
}

/** More conversions than this are no format. */
const MOST_ARGUMENTS = 64;

/**
 * Flags, width, precision, length and conversion; `N$` selects an argument. fprintf(3); `wN` and `wfN` are of C23.
 * A length stands before a letter: `%q%s` is SQLite's `%q` and then `%s`.
 */
const PRINTF = new RegExp(
  [
    /%(?:(?<position>\d{1,3})\$)?[-+ #0'I]*/,
    /(?:\*(?:(?<widthPosition>\d{1,3})\$)?(?<width>)|\d*)/,
    /(?:\.(?:\*(?:(?<precisionPosition>\d{1,3})\$)?(?<precisionArgument>)|(?<precision>-?\d{0,9})))?/,
    /(?:(?<length>hh|h|ll|l|q|L|j|z|Z|t|wf?\d{1,3})?(?<conversion>[a-zA-Z])|%)/,
  ]
    .map(({ source }) => source)
    .join(''),
  'gs',
);

export function parsePrintf(format: string): FormatArguments {
  const slots: (LensedType | undefined)[] = [];
  let isWhole = true;
  let next = 0;
  const take = (position: string | undefined): number =>
    position === undefined ? next++ : Number(position) - 1;
  for (const match of format.matchAll(PRINTF)) {
    const groups = match.groups ?? {};
    const { conversion = '%', length = '' } = groups;
    if (conversion === '%' || conversion === 'm') continue;
    if (groups['width'] !== undefined) put(slots, take(groups['widthPosition']), intType);
    let limit: Expression | undefined = fixedPrecision(groups['precision']);
    if (groups['precisionArgument'] !== undefined) {
      const index = take(groups['precisionPosition']);
      put(slots, index, intType);
      limit = precisionArgument(index + 1);
    }
    const type = printfType(conversion, length, limit);
    isWhole = type !== undefined && next < MOST_ARGUMENTS;
    if (type === undefined || !isWhole) break;
    put(slots, take(groups['position']), type);
  }
  // A position that nothing names still takes a place.
  const list = Array.from(slots, (type) => ({
    type: type ?? withLens({ kind: 'guess' }, intType),
  }));
  return { list, isWhole };
}

function put(slots: (LensedType | undefined)[], index: number, type: LensedType): void {
  if (index >= 0 && index < MOST_ARGUMENTS) slots[index] = type;
}

/** A negative precision is as none. */
function fixedPrecision(digits: string | undefined): Expression | undefined {
  if (digits === undefined || digits.startsWith('-')) return undefined;
  return { kind: 'number', value: Number(digits) };
}

/** The same for one that is an argument: negative is 2^31 characters. */
function precisionArgument(index: number): Expression {
  const value: Expression = { kind: 'argument', index };
  const negative: Expression = {
    kind: 'binary',
    operator: '<',
    left: value,
    right: { kind: 'number', value: 0 },
  };
  const unlimited: Expression = {
    kind: 'binary',
    operator: '*',
    left: negative,
    right: { kind: 'number', value: 2 ** 32 },
  };
  return { kind: 'binary', operator: '+', left: value, right: unlimited };
}

function printfType(
  conversion: string,
  length: string,
  limit: Expression | undefined,
): LensedType | undefined {
  return (
    textConversion(conversion, length, limit) ??
    integerConversion(conversion, length) ??
    floatConversion(conversion, length)
  );
}

function textConversion(
  conversion: string,
  length: string,
  limit: Expression | undefined,
): LensedType | undefined {
  if (conversion === 'p' || conversion === 'n') return addressType;
  const isWide = length === 'l' || conversion === 'S' || conversion === 'C';
  const element = isWide ? wideCharType : charType;
  if (/^[sS]$/.test(conversion)) return stringType(element, limit);
  if (/^[cC]$/.test(conversion)) return element;
  // SQLite's own, https://www.sqlite.org/printf.html: quoted text, text that is freed.
  if (length === '' && /^[qQwz]$/.test(conversion)) return stringType(charType, limit);
  return undefined;
}

const INTEGER_STYLES: Partial<Record<string, { sign: 'signed' | 'unsigned'; lens?: LensSpec }>> = {
  d: { sign: 'signed' },
  i: { sign: 'signed' },
  u: { sign: 'unsigned' },
  x: { sign: 'unsigned', lens: { kind: 'hex' } },
  X: { sign: 'unsigned', lens: { kind: 'hex' } },
  o: { sign: 'unsigned', lens: { kind: 'octal' } },
  // Binary, of C23.
  b: { sign: 'unsigned', lens: { kind: 'hex' } },
  B: { sign: 'unsigned', lens: { kind: 'hex' } },
};

const INTEGER_SIZES: Partial<Record<string, IntegerType['size']>> = {
  hh: 'char',
  h: 'short',
  l: 'long',
  z: 'long',
  Z: 'long',
  t: 'long',
  ll: 'int64',
  q: 'int64',
  L: 'int64',
  j: 'int64',
  w8: 'char',
  w16: 'short',
  w32: 'int',
  w64: 'int64',
  // int_fast16_t and int_fast32_t are as wide as long in the GNU C library.
  wf8: 'char',
  wf16: 'long',
  wf32: 'long',
  wf64: 'int64',
};

function integerConversion(conversion: string, length: string): LensedType | undefined {
  const style = INTEGER_STYLES[conversion];
  if (style === undefined) return undefined;
  const size = length === '' ? 'int' : INTEGER_SIZES[length];
  if (size === undefined) return undefined;
  const type = integerType(size, style.sign);
  return style.lens === undefined ? type : withLens(style.lens, type);
}

function floatConversion(conversion: string, length: string): LensedType | undefined {
  if (!/^[aefgAEFG]$/.test(conversion)) return undefined;
  const type = floatType(length === 'L' ? 10 : 8);
  return /[aA]/.test(conversion) ? withLens({ kind: 'hex' }, type) : type;
}

/** scanf(3): an assignment is suppressed by `*`; `m` asks for memory; `[…]` is a set. */
const SCANF =
  /%(?:(?<position>\d{1,3})\$)?(?<suppress>\*)?'?(?<width>\d{0,9})(?<allocate>m)?(?<length>hh|h|ll|l|q|L|j|z|t|wf?\d{1,3})?(?<conversion>\[\^?\]?[^\]]*\]|[a-zA-Z%])/gs;

export function parseScanf(format: string): FormatArguments {
  const found: FormatArgument[] = [];
  let counted = 0;
  for (const match of format.matchAll(SCANF)) {
    const { conversion = '', length = '', width = '', ...groups } = match.groups ?? {};
    if (conversion === '%' || groups['suppress'] !== undefined) continue;
    const target = scanfTarget(conversion, length, width);
    if (target === undefined || found.length >= MOST_ARGUMENTS) {
      return { list: found, isWhole: false };
    }
    // With `m` the argument points to the pointer to what was allocated.
    const type = groups['allocate'] === undefined ? target : pointerTo(target);
    found.push({ type, assignedAfter: conversion === 'n' ? counted - 1 : counted });
    if (conversion !== 'n') counted++;
  }
  return { list: found, isWhole: true };
}

/** The type of the argument: a pointer to what is assigned. */
function scanfTarget(conversion: string, length: string, width: string): LensedType | undefined {
  const text = scanfText(conversion, length, width);
  if (text !== undefined) return text;
  if (conversion === 'p') return pointerTo(addressType);
  if (conversion === 'n') return pointerTo(integerType(INTEGER_SIZES[length] ?? 'int', 'signed'));
  const integer = integerConversion(conversion, length);
  if (integer !== undefined) return pointerTo(integer);
  if (floatConversion(conversion, length) === undefined) return undefined;
  return pointerTo(floatType(length === 'L' ? 10 : length === 'l' ? 8 : 4));
}

function scanfText(conversion: string, length: string, width: string): LensedType | undefined {
  const kind = conversion.slice(0, 1);
  const wide = length === 'l' || kind === 'S' || kind === 'C';
  const element = wide ? wideCharType : charType;
  if (kind === '[' || kind === 's' || kind === 'S') return stringType(element);
  if (kind !== 'c' && kind !== 'C') return undefined;
  const count = width === '' ? 1 : Number(width);
  return withLens({ kind: 'string' }, pointerTo(arrayOf(element, count)));
}
