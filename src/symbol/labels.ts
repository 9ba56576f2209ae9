/** Labels in code without the type of a function, as NASM and much hand-written assembly leave them. */
import { toImageAddress } from '../base/address.js';
import type { ElfImage } from '../elf/elf-image.js';
import type { ImageRange } from '../elf/segment-map.js';
import { SHF } from '../elf/sections.js';
import { NameBudget } from '../elf/symbols.js';
import { tablesOf, Collector, type FunctionSources, type ModuleFunction } from './functions.js';

/**
 * Ascending by address, with the names that are wanted. Whether there is code at each nobody says: tables lie among code,
 * too.
 */
export function labelsOf(
  image: ElfImage,
  sources: FunctionSources,
  wants: (name: string) => boolean,
): ModuleFunction[] {
  const labels = new Collector();
  const ranges = codeRangesOf(image);
  const isInCode = (address: number): boolean =>
    ranges.some(({ start, end }) => address >= start && address < end);
  for (const { source, table, count } of tablesOf(image, sources)) {
    const budget = new NameBudget(table);
    for (let index = 1; index < count; index++) {
      if (!table.isDefinedLabel(index) || !isInCode(table.addressOf(index))) continue;
      const symbol = table.at(index);
      if (symbol === undefined || !budget.spend(symbol.name)) break;
      if (!isInternal(symbol.name) && wants(symbol.name)) labels.add(symbol, source);
    }
  }
  return labels.sorted();
}

/** Those of compilers and assemblers (`.L`), of annobin (`.annobin_`), and marks of the kind of code (`$x`). */
function isInternal(name: string): boolean {
  return name.startsWith('.') || name.startsWith('$');
}

/** Of sections, which unlike segments hold nothing else; of segments where no section is known. */
export function codeRangesOf(image: ElfImage): readonly ImageRange[] {
  const sections = image.sections.filter(({ flags }) => (flags & SHF.EXECINSTR) !== 0);
  if (sections.length === 0) return image.executableRanges();
  return sections.map(({ address, size }) => ({
    start: address,
    end: toImageAddress(address + size),
  }));
}
