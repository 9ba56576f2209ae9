/** The names that mean a type in a C header, including those that come from headers that are not read. */
import { CORE_TYPES, isCTypeWord } from '../builtin-types.js';
import type { CCursor } from './c-cursor.js';
import { C_TYPES } from './c-types.js';
import { longType, voidType, withLens } from '../lensed-type.js';
import type { LensedType } from '../prototype.js';

const BEGINNINGS = new Set(['struct', 'union', 'enum', 'typedef', 'extern', 'static', 'const']);

export class CTypeNames {
  readonly typedefs = new Map<string, LensedType>();

  /** Other headers' types come as `__off_t`, too. */
  find(word: string): LensedType | undefined {
    const plain = word.replace(/^__/, '');
    return (
      this.typedefs.get(word) ?? CORE_TYPES.get(word) ?? C_TYPES.get(word) ?? C_TYPES.get(plain)
    );
  }

  /** `ZEXTERN int …`, `__BEGIN_DECLS extern …`: macros before what begins a declaration. */
  skipMacros(cursor: CCursor): void {
    for (;;) {
      const word = cursor.token?.kind === 'word' ? cursor.token.text : '';
      if (word === '' || this.beginsType(word) || !this.beginsType(cursor.peek(1) ?? '')) return;
      cursor.take();
      cursor.skipQualifiers();
    }
  }

  private beginsType(word: string): boolean {
    return isCTypeWord(word) || BEGINNINGS.has(word) || this.find(word) !== undefined;
  }
}

/**
 * The type of an unknown name.
 *
 * @param next the token behind it: behind a pointer the type does not matter; else it is taken to be a word
 */
export function guessType(next: string): LensedType | undefined {
  if (next === '*') return voidType;
  return /^[A-Za-z_]/.test(next) ? withLens({ kind: 'guess' }, longType) : undefined;
}
