/** Text classes of C++, Rust and Go: shown as their text, for their members would only be noise. */
import { arrayOf, charType, integerType, pointerTo, withLens } from '../prototype/lensed-type.js';
import type { Language } from './language.js';
import type { LensedField, LensedType } from '../prototype/prototype.js';

/**
 * By name alone: programs often declare std::string without defining it in their debug information.
 *
 * @param name DW_AT_name of a struct or class
 * @param wordBytes size of an address
 */
export function textClass(
  name: string | undefined,
  wordBytes: number,
  language: Language,
): LensedType | undefined {
  if (name === undefined || name.includes('std::__1::')) return undefined; // libc++ lays them out otherwise
  const pointerFirst = { pointer: 0, length: wordBytes };
  const words = 2 * wordBytes;
  // libstdc++, new ABI: pointer, length, 16 bytes of buffer or capacity.
  if (/^basic_string<char[,>]/.test(name))
    return textStruct('std::string', words + 16, pointerFirst);
  if (/^basic_string_view<char[,>]/.test(name)) {
    return textStruct('std::string_view', words, { pointer: wordBytes, length: 0 });
  }
  if (name === 'string' && language === 'go') return textStruct(name, words, pointerFirst);
  if (name === '&str' || name === '&mut str') return textStruct('&str', words, pointerFirst);
  return undefined;
}

/** Where the pointer and the length lie. */
interface TextLayout {
  readonly pointer: number;
  readonly length: number;
}

function textStruct(name: string, bytes: number, at: TextLayout): LensedType {
  const index = at.pointer < at.length ? 2 : 1;
  const text = pointerTo(arrayOf(charType, { kind: 'element', index }));
  const pointer: LensedField = { type: withLens({ kind: 'string' }, text), offset: at.pointer };
  const length: LensedField = {
    type: withLens({ kind: 'hide' }, integerType('long', 'unsigned')),
    offset: at.length,
  };
  const fields = at.pointer < at.length ? [pointer, length] : [length, pointer];
  return { kind: 'struct', name, fields, bytes };
}
