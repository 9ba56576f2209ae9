/** Symbols that an image defines under a name. */
import type { ElfImage } from '../../elf/elf-image.js';
import type { ElfSymbol } from '../../elf/symbols.js';

/** Those that it exports; of a static program, which exports nothing, those that it was linked from. */
export function definedSymbols(image: ElfImage, name: string): readonly ElfSymbol[] {
  const exported = image.findDynamic(name).filter(({ defined }) => defined);
  return exported.length > 0 || !image.isStatic ? exported : staticSymbols(image, name);
}

/** Those of its .symtab; none where it was stripped. */
export function staticSymbols(image: ElfImage, name: string): readonly ElfSymbol[] {
  const counted = image.staticTable;
  const bytes = Buffer.from(name);
  if (counted?.table.mayStartWith(bytes) !== true) return [];
  const found: ElfSymbol[] = [];
  for (let index = 1; index < counted.count; index++) {
    if (!counted.table.hasName(index, bytes)) continue;
    const symbol = counted.table.at(index);
    if (symbol?.defined === true) found.push(symbol);
  }
  return found;
}
