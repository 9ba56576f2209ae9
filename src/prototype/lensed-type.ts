/** The everyday lensed types, made once, and the ways to build others. */
import type { FloatType, IntegerType } from '../ctype/ctype.js';
import type { Expression, LensedType, LensSpec } from './prototype.js';

export function integerType(
  size: IntegerType['size'],
  sign: 'signed' | 'unsigned',
  use: 'number' | 'character' = 'number',
): LensedType {
  const type: IntegerType = {
    kind: 'integer',
    size,
    signed: sign === 'signed',
    character: use === 'character',
  };
  return { kind: 'scalar', type };
}

export function floatType(bytes: FloatType['bytes']): LensedType {
  return { kind: 'scalar', type: { kind: 'float', bytes } };
}

export function pointerTo(target: LensedType): LensedType {
  return { kind: 'pointer', target };
}

export function withLens(lens: LensSpec, of: LensedType): LensedType {
  return { kind: 'lens', lens, of };
}

export function arrayOf(element: LensedType, length: Expression | number): LensedType {
  return {
    kind: 'array',
    element,
    length: typeof length === 'number' ? { kind: 'number', value: length } : length,
  };
}

export const voidType: LensedType = { kind: 'scalar', type: { kind: 'void' } };
export const charType = integerType('char', 'signed', 'character');
/** `wchar_t` is a 32-bit integer on every Linux ABI served here. */
export const wideCharType = integerType('int', 'signed', 'character');
export const intType = integerType('int', 'signed');
export const longType = integerType('long', 'signed');
/** `void *`: shown as an address. */
export const addressType = pointerTo(voidType);
/** A function pointer: shown as `module:symbol`. */
export const codeType = pointerTo({ kind: 'function' });

/** A NUL-terminated string, of `limit` characters at most. */
export function stringType(element: LensedType = charType, limit?: Expression): LensedType {
  const length: Expression = limit === undefined ? { kind: 'zero' } : { kind: 'zero', limit };
  return withLens({ kind: 'string' }, pointerTo(arrayOf(element, length)));
}
