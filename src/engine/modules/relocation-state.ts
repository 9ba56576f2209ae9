/** Has the dynamic linker relocated a module yet? What it has to write shows. */
import { loadedAt, toAddress, type Address } from '../../base/address.js';
import type { Relocation } from '../../elf/relocations.js';
import type { RelocationKind } from '../../elf/relocation-kinds.js';
import type { ProcessMemory } from '../memory/process-memory.js';
import type { Module } from './module.js';

/** Places that are looked at, of each sort: the program may have written to some of them since. */
const MOST_PLACES = 8;

/**
 * False only where it shows that nothing was written yet. At a stop in the linker all of a module is relocated or
 * nothing.
 */
export function isRelocated(module: Module, memory: ProcessMemory): boolean {
  // The linker relocates itself, before it can say anything.
  if (module.role === 'interpreter') return true;
  const places = [
    ...firstOf(module, ['relative'], memory),
    ...firstOf(module, ['jump-slot', 'glob-dat', 'absolute', 'pc-relative', 'other'], memory),
  ];
  // Where nothing tells, a mistake may cost calls, but must not cost the program its code.
  if (places.length === 0) return !module.image.hasTextRelocations;
  return places.some(({ isWritten }) => isWritten);
}

/** Only places that tell: where something else is written than the file holds. */
function firstOf(
  module: Module,
  kinds: readonly RelocationKind[],
  memory: ProcessMemory,
): { readonly isWritten: boolean }[] {
  const places: { readonly isWritten: boolean }[] = [];
  let looked = 0;
  for (const relocation of module.image.relocations(kinds)) {
    if (looked++ === MOST_PLACES) break;
    const { slot, kind } = relocation;
    const bytes = kind === 'pc-relative' ? 4 : module.image.elfClass / 8;
    const inFile = module.image.bytesAt(slot, bytes);
    const inMemory = memory.readCode(loadedAt(slot, module.bias), bytes);
    if (inFile === undefined || inMemory.length !== bytes || !writes(module, relocation)) continue;
    places.push({ isWritten: !Buffer.from(inFile).equals(inMemory) });
  }
  return places;
}

/** Does this relocation leave anything but what the file holds? */
function writes({ bias, image }: Module, { kind, slot, addend, symbolIndex }: Relocation): boolean {
  if (kind === 'relative') return addend + bias !== image.wordAt(slot);
  // A weak symbol that nobody defines leaves 0, as the file has it.
  return image.dynamicSymbolAt(symbolIndex)?.binding !== 'weak';
}

/** Where the module's own code runs first, once it is relocated: DT_INIT, else the first of DT_INIT_ARRAY. */
export function firstConstructor(module: Module): Address | undefined {
  const { image, bias } = module;
  const { initFunction, initArray } = image;
  const at = initFunction ?? (initArray && relocatedTo(module, initArray));
  if (at === undefined) return undefined;
  const isCode = image.executableRanges().some(({ start, end }) => at >= start && at < end);
  return isCode ? toAddress(at + bias) : undefined;
}

/** Image address of what the linker will write there, if that is a place in the module. */
function relocatedTo({ image }: Module, slot: number): number | undefined {
  for (const relocation of image.relocations(['relative'])) {
    if (relocation.slot === slot) return relocation.addend;
  }
  for (const { slot: at, symbolIndex, addend } of image.relocations(['absolute'])) {
    if (at !== slot) continue;
    const symbol = image.dynamicSymbolAt(symbolIndex);
    return symbol?.defined === true ? symbol.address + addend : undefined;
  }
  return undefined;
}
