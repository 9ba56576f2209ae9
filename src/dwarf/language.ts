/** Source languages that pass values in ways of their own (DWARF 5, table 7.17). */
import { AT } from './constants.js';
import type { Entry } from './entry.js';

export type Language = 'go' | 'rust' | 'assembler' | 'other';

const LANGUAGES: ReadonlyMap<number, Language> = new Map<number, Language>([
  [0x16, 'go'],
  [0x1c, 'rust'],
  [0x9000, 'rust'], // what rustc used before Rust had a number
  [0x8001, 'assembler'], // DW_LANG_Mips_Assembler, of all assemblers
]);

export function languageOf({ unit }: Entry): Language {
  const language = unit.root.get(AT.language);
  const number = language?.kind === 'constant' ? Number(language.value) : 0;
  return LANGUAGES.get(number) ?? 'other';
}
