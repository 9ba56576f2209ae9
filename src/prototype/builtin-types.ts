/** The names of types that every prototype file knows. */
import type { IntegerType } from '../ctype/ctype.js';
import {
  addressType,
  charType,
  codeType,
  floatType,
  integerType,
  intType,
  longType,
  pointerTo,
  stringType,
  voidType,
  wideCharType,
  withLens,
} from './lensed-type.js';
import type { LensedType, LensSpec } from './prototype.js';

const unsigned = (size: IntegerType['size']): LensedType => integerType(size, 'unsigned');
const signed = (size: IntegerType['size']): LensedType => integerType(size, 'signed');
const format = (style: 'printf' | 'scanf', element: LensedType): LensedType =>
  withLens({ kind: 'format', style, wide: element === wideCharType }, pointerTo(element));

/** Names of ltrace.conf(5): a typedef cannot redefine them. */
export const CORE_TYPES: ReadonlyMap<string, LensedType> = new Map([
  ['void', voidType],
  ['char', charType],
  ['short', signed('short')],
  ['ushort', unsigned('short')],
  ['int', intType],
  ['itn', intType],
  ['uint', unsigned('int')],
  ['long', longType],
  ['ulong', unsigned('long')],
  ['float', floatType(4)],
  ['double', floatType(8)],
]);

/** Further names, which a typedef of the file may redefine. */
export const STANDARD_TYPES: ReadonlyMap<string, LensedType> = new Map([
  ['addr', addressType],
  ['file', addressType],
  ['code', codeType],
  ['string', stringType()],
  ['format', format('printf', charType)],
  ['wformat', format('printf', wideCharType)],
  ['scanf', format('scanf', charType)],
  ['wscanf', format('scanf', wideCharType)],
  ['fd', withLens({ kind: 'descriptor' }, intType)],
  ['errnum', withLens({ kind: 'errnum' }, intType)],
  ['hex', withLens({ kind: 'hex' }, intType)],
  ['oct', withLens({ kind: 'octal' }, intType)],
  ['octal', withLens({ kind: 'octal' }, intType)],
  ['guess', withLens({ kind: 'guess' }, longType)],
  ['hide', withLens({ kind: 'hide' }, longType)],
  ['bool', withLens({ kind: 'bool' }, unsigned('char'))],
  ['_Bool', withLens({ kind: 'bool' }, unsigned('char'))],
  ['wchar_t', wideCharType],
  ['wint_t', wideCharType],
  ['int8_t', signed('char')],
  ['uint8_t', unsigned('char')],
  ['int16_t', signed('short')],
  ['uint16_t', unsigned('short')],
  ['int32_t', intType],
  ['uint32_t', unsigned('int')],
  ['int64_t', signed('int64')],
  ['uint64_t', unsigned('int64')],
  ['__int128', signed('int128')],
  ['size_t', unsigned('long')],
  ['ssize_t', longType],
  ['ptrdiff_t', longType],
  ['intptr_t', longType],
  ['uintptr_t', unsigned('long')],
  ['off_t', longType],
  ['off64_t', signed('int64')],
  ['time_t', longType],
  ['clock_t', longType],
  ['mode_t', withLens({ kind: 'octal' }, unsigned('int'))],
  ['pid_t', intType],
  ['uid_t', unsigned('int')],
  ['gid_t', unsigned('int')],
  ['socklen_t', unsigned('int')],
]);

/** Lenses written `NAME(TYPE)`. */
export const SIMPLE_LENSES: ReadonlyMap<string, LensSpec> = new Map<string, LensSpec>([
  ['hex', { kind: 'hex' }],
  ['oct', { kind: 'octal' }],
  ['octal', { kind: 'octal' }],
  ['dec', { kind: 'decimal' }],
  ['char', { kind: 'character' }],
  ['bool', { kind: 'bool' }],
  ['bitvec', { kind: 'bits' }],
  ['guess', { kind: 'guess' }],
  ['hide', { kind: 'hide' }],
  ['fd', { kind: 'descriptor' }],
  ['secret', { kind: 'secret' }],
  ['full', { kind: 'full' }],
  ['url', { kind: 'url' }],
  ['network', { kind: 'network' }],
  ['socket_name', { kind: 'socket-name' }],
  ['negerrno', { kind: 'negerrno' }],
  ['errnum', { kind: 'errnum' }],
]);

/** Words that together spell one C type. */
const C_WORDS = new Set(['unsigned', 'signed', 'char', 'short', 'int', 'long', 'double']);

export function isCTypeWord(word: string): boolean {
  return C_WORDS.has(word);
}

/** The type that C words spell in any order, `['unsigned', 'long', 'int']`; undefined when they do not. */
export function typeOfCWords(words: readonly string[]): LensedType | undefined {
  return words.length === 0 ? undefined : C_SPELLINGS.get([...words].sort().join(' '));
}

const C_SPELLINGS: ReadonlyMap<string, LensedType> = new Map(
  (
    [
      ['char', charType],
      ['signed char', signed('char')],
      ['unsigned char', unsigned('char')],
      ['double', floatType(8)],
      ['long double', floatType(10)],
      ...integerSpellings('short', 'short'),
      ...integerSpellings('', 'int'),
      ...integerSpellings('long', 'long'),
      ...integerSpellings('long long', 'int64'),
    ] as const
  ).map(([words, type]) => [words.split(' ').sort().join(' '), type]),
);

/** `long`, `signed long`, `long int`, `unsigned long int`, … */
function integerSpellings(word: string, size: IntegerType['size']): [string, LensedType][] {
  return ['', 'signed', 'unsigned'].flatMap((sign) =>
    ['', 'int'].map((int): [string, LensedType] => [
      [sign, word, int].filter((part) => part !== '').join(' '),
      sign === 'unsigned' ? unsigned(size) : signed(size),
    ]),
  );
}
