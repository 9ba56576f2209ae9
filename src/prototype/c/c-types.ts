/** How the types of C declarations are shown, where C does not say. */
import { CORE_TYPES, STANDARD_TYPES } from '../builtin-types.js';
import {
  addressType,
  arrayOf,
  codeType,
  intType,
  pointerTo,
  stringType,
  wideCharType,
  withLens,
} from '../lensed-type.js';
import type { LensedType } from '../prototype.js';

/** Types that a header takes from other headers; strings of .conf files are not among them. */
export const C_TYPES: ReadonlyMap<string, LensedType> = new Map([
  ...[...STANDARD_TYPES].filter(([name]) => /_t$|^_Bool$|^bool$|^__int128$/.test(name)),
  ['float', CORE_TYPES.get('float') ?? intType],
  ['FILE', { kind: 'scalar', type: { kind: 'void' } }],
  ['va_list', addressType],
]);

/** Characters are a string; what is const can be read; anything else may be an output or a hidden thing. */
export function pointee(target: LensedType, isConst: boolean): LensedType {
  if (target.kind === 'scalar' && target.type.kind === 'integer' && target.type.character) {
    return stringType(target);
  }
  if (target.kind === 'function') return codeType;
  const isIncomplete = 'fields' in target && target.fields.length === 0;
  return isConst && !isIncomplete && target !== wideCharType ? pointerTo(target) : addressType;
}

export function inlineArray(element: LensedType, length: number): LensedType {
  const isCharacter =
    element.kind === 'scalar' && element.type.kind === 'integer' && element.type.character;
  const array = arrayOf(element, length);
  return isCharacter ? withLens({ kind: 'string' }, array) : array;
}
