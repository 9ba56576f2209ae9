/** Turns a lensed type into the function that reads its values. */
import { assertNever } from '../base/assert-never.js';
import type { CType, IntegerType } from '../ctype/ctype.js';
import { pointerTo } from '../prototype/lensed-type.js';
import type {
  LensedArray,
  LensedStruct,
  LensedType,
  LensSpec,
  NamedValue,
} from '../prototype/prototype.js';
import { arrayPointerLens, compileLength, inlineArrayLens, inlineStringLens } from './array.js';
import { bitsLens, blockBitsLens, openBitsLens } from './bits.js';
import { ctypeOf } from './ctype-of.js';
import { compileExpression } from './expression.js';
import { floatLens } from './float.js';
import { integerReader, networkLens, plainIntegerLens } from './integer.js';
import type { Lens } from './lens.js';
import { enumLens, flagsLens } from './named-values.js';
import { alpnLens } from './alpn.js';
import { addressLens, bufferLens, codeLens, inPlace, pointerLens, withinLens } from './pointer.js';
import { socketNameLens } from './socket-name.js';
import { stringPointerLens } from './string-lens.js';
import type { Value } from '../trace/value.js';
import { structLens } from './struct.js';
import type { LensSurroundings } from './surroundings.js';
import { urlLens } from './url.js';
import { readPointer } from './word.js';

/** @param inherited the innermost lens around the type, which governs what has no lens of its own */
export function compileLens(
  type: LensedType,
  inherited: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  switch (type.kind) {
    case 'lens':
      return compileLensed(type.lens, type.of, inherited, around);
    case 'scalar':
      if (type.type.kind === 'void') return () => ({ kind: 'void' });
      return type.type.kind === 'float'
        ? floatLens(type.type, inherited)
        : integerLens(type.type, inherited, around);
    case 'function':
      return () => ({ kind: 'void' });
    case 'pointer':
      return compilePointer(type.target, inherited, around);
    case 'array':
    case 'struct':
    case 'union':
      return inherited?.kind === 'bits'
        ? blockBitsLens(around.layout.sizeOf(ctypeOf(type)))
        : compileAggregate(type, inherited, around);
    default:
      return assertNever(type);
  }
}

function compileAggregate(
  type: LensedArray | LensedStruct,
  inherited: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  if (type.kind !== 'array') return structLens(type, inherited, around);
  const element = ctypeOf(type.element);
  if (inherited?.kind === 'socket-name') return socketNameLens(type, around);
  if (inherited?.kind !== 'string' || element.kind !== 'integer') {
    return inlineArrayLens(type, compileLens(type.element, inherited, around), around);
  }
  if (type.length.kind === 'number') return inlineStringLens(type, around);
  return inPlace(stringPointerLens(element, compileLength(type.length, around), around), around);
}

/** These say what a result means, not how it looks. */
const TRANSPARENT: ReadonlySet<LensSpec['kind']> = new Set(['errno', 'errnum', 'negerrno']);

/** `lens(of)`: lenses that decide alone are made here, the others are handed down. */
function compileLensed(
  lens: LensSpec,
  of: LensedType,
  inherited: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  if (lens.kind === 'hide') return () => ({ kind: 'hidden' });
  if (lens.kind === 'secret' && !around.limits.showSecrets) return secretLens(of, around);
  if (lens.kind === 'buffer') {
    return bufferLens(compileExpression(lens.length, around), around);
  }
  if (lens.kind === 'alpn') {
    return alpnLens(bufferLens(compileExpression(lens.length, around), withLongStrings(around)));
  }
  if (lens.kind === 'within') {
    const behind = compileLens(of, inherited, around);
    return withinLens(behind, compileExpression(lens.length, around), around);
  }
  if (lens.kind === 'format') return compileLens(of, { kind: 'string' }, around);
  if (lens.kind === 'full') return compileLens(of, inherited, withLongStrings(around));
  if (lens.kind === 'url') {
    const shown = compileLens(of, inherited, withLongStrings(around));
    return around.limits.showSecrets ? shown : urlLens(shown);
  }
  const seeThrough = lens.kind === 'secret' || TRANSPARENT.has(lens.kind);
  return compileLens(of, seeThrough ? inherited : lens, around);
}

/** A null pointer is nobody's secret: that there is none tells what went wrong. */
function secretLens(of: LensedType, { layout: { wordBytes } }: LensSurroundings): Lens {
  const redacted: Value = { kind: 'redacted', what: 'secret' };
  if (ctypeOf(of).kind !== 'pointer') return () => redacted;
  return (view, offset) =>
    readPointer(view, offset, wordBytes) === 0 ? { kind: 'pointer', address: 0 } : redacted;
}

/** PATH_MAX of <linux/limits.h>: no file name is longer. */
const FULL_STRING_BYTES = 4096;

function withLongStrings(around: LensSurroundings): LensSurroundings {
  const stringBytes = Math.max(around.limits.stringBytes, FULL_STRING_BYTES);
  // Lenses of structs that were compiled for shorter strings are not reused.
  return { ...around, limits: { ...around.limits, stringBytes }, structs: new Map() };
}

function integerLens(
  type: IntegerType,
  lens: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  const { wordBytes } = around.layout;
  if (lens?.kind === 'enum') return enumLens(type, wordBytes, lens.names);
  if (lens?.kind === 'flags') return flagsLens(type, wordBytes, lens.names);
  if (lens?.kind === 'bits') return bitsLens(type, wordBytes);
  if (lens?.kind === 'network') return networkLens(type, wordBytes);
  if (lens?.kind === 'descriptor' && around.limits.descriptorPaths) {
    return descriptorLens(type, wordBytes);
  }
  return plainIntegerLens(type, wordBytes, lens);
}

function descriptorLens(type: IntegerType, wordBytes: 4 | 8): Lens {
  const read = integerReader({ size: type.size, signed: true }, wordBytes);
  const plain = plainIntegerLens(type, wordBytes, { kind: 'decimal' });
  return (view, offset, context) => {
    const value = Number(read(view, offset));
    const path = value < 0 ? '' : context.at.descriptorPath(value);
    return path === '' ? plain(view, offset, context) : { kind: 'descriptor', value, path };
  };
}

/** Pointers to functions; pointers to void and to incomplete structs, of which only the address is known. */
function compileOpaquePointer(
  target: CType,
  inherited: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  const plain = target.kind === 'function' ? codeLens(around) : addressLens(around);
  // SIG_IGN, RTLD_NEXT: values of a pointer that points to nothing.
  return inherited?.kind === 'enum' ? namedPointerLens(inherited.names, plain, around) : plain;
}

function namedPointerLens(
  names: readonly NamedValue[],
  plain: Lens,
  { layout }: LensSurroundings,
): Lens {
  const word: IntegerType = { kind: 'integer', size: 'long', signed: true, character: false };
  const named = enumLens(word, layout.wordBytes, names);
  return (view, offset, context) => {
    const value = named(view, offset, context);
    return value.kind === 'enumerator' ? value : plain(view, offset, context);
  };
}

function compilePointer(
  target: LensedType,
  inherited: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  if (target.kind === 'array') return compileArrayPointer(target, inherited, around);
  if (target.kind === 'lens' && isOpenArray(target.of)) {
    // `string(array(char, zero))*` is `string(array(char, zero)*)`: the array has no size of its own.
    return compileLensed(target.lens, pointerTo(target.of), inherited, around);
  }
  const ctype = ctypeOf(target);
  if (around.layout.sizeOf(ctype) === 0 && !hasMembers(ctype))
    return compileOpaquePointer(ctype, inherited, around);
  if (inherited?.kind === 'string' && ctype.kind === 'integer' && isCharacterSize(ctype)) {
    return stringPointerLens(ctype, { kind: 'zero', limit: undefined }, around);
  }
  return pointerLens(target, inherited, around);
}

/** An array, whatever lenses are around it, whose length is known at the call only. */
function isOpenArray(type: LensedType): boolean {
  if (type.kind === 'lens') return isOpenArray(type.of);
  return type.kind === 'array' && type.length.kind !== 'number';
}

/** Structs that are nothing but arrays without a size; those without members are incomplete. */
function hasMembers(type: CType): boolean {
  return (type.kind === 'struct' || type.kind === 'union') && type.fields.length > 0;
}

function compileArrayPointer(
  target: LensedArray,
  inherited: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  const length = compileLength(target.length, around);
  const element = ctypeOf(target.element);
  if (inherited?.kind === 'string' && element.kind === 'integer') {
    return stringPointerLens(element, length, around);
  }
  if (inherited?.kind !== 'bits' || element.kind !== 'integer') {
    const shown = whenNeeded(() => compileLens(target.element, inherited, around));
    return arrayPointerLens(shown, around.layout.sizeOf(element), length, around);
  }
  if (isOpenArray(target)) return openBitsLens(around.layout.sizeOf(element), length, around);
  return pointerLens(target, inherited, around);
}

/** `string(char*)`, `string(wchar_t*)`: a pointer that stands for an array. */
function isCharacterSize(type: IntegerType): boolean {
  return type.character || type.size === 'char';
}

/** Types may be endless circles of pointers: what is behind one is compiled when it is first met. */
function whenNeeded(compile: () => Lens): Lens {
  let lens: Lens | undefined;
  return (view, offset, context) => (lens ??= compile())(view, offset, context);
}
