/** Functions that an image calls through pointers which the dynamic linker fills: its imports. */
import { toImageAddress } from '../base/address.js';
import type { ImageAddress } from '../base/address.js';
import type { PltDecoder } from '../arch/arch.js';
import type { ElfImage } from '../elf/elf-image.js';
import type { Relocation } from '../elf/relocations.js';
import { SHF } from '../elf/sections.js';
import { NameBudget } from '../elf/symbols.js';
import type { ElfSymbol } from '../elf/symbols.js';

/**
 * 'jump-slot': behind a PLT stub, perhaps bound lazily. 'glob-dat': read by code that was compiled with
 * -fno-plt or takes the address, perhaps behind a stub as well. 'absolute': a pointer in a table of
 * the program's. 'pc-relative': part of a call instruction, in code that is relocated itself. 'irelative': filled by a resolver of the image itself.
 */
export type ImportKind = 'jump-slot' | 'glob-dat' | 'absolute' | 'pc-relative' | 'irelative';

export interface ImportSlot {
  readonly address: ImageAddress;
  readonly kind: ImportKind;
}

export interface ImportedFunction {
  /** Without version; never empty. */
  readonly name: string;
  readonly version?: string;
  /** SONAME of the library that must provide this version. */
  readonly library?: string;
  /**
   * 'notype': the linker did not know; a slot of kind 'glob-dat' may then hold the address of a variable,
   * which the symbol in the defining module tells.
   */
  readonly type: 'func' | 'ifunc' | 'notype';
  /**
   * The stub whose address all modules have for the function: in a program at a fixed address that takes it, where the
   * undefined symbol has a value (x86-64 psABI, "Function Addresses").
   */
  readonly sharedStub?: ImageAddress;
  /** Where slots are of kind 'irelative': the function that chooses. */
  readonly resolver?: ImageAddress;
  /** Every pointer that the dynamic linker fills with it. */
  readonly slots: readonly ImportSlot[];
  /** First instruction of each PLT stub that jumps through one of the slots. */
  readonly stubs: readonly ImageAddress[];
}

/**
 * @param image anything that parses; a static program has its IFUNCs only
 * @param arch the Arch for the image's machine and class
 * @param prefixes only functions whose names begin with one of these
 */
export function importsOf(
  image: ElfImage,
  arch: { readonly plt: PltDecoder },
  prefixes?: readonly string[],
): ImportedFunction[] {
  const imports = [...collectSymbols(image, prefixes), ...collectResolvers(image, prefixes)];
  addStubs(image, arch.plt, imports);
  return imports;
}

interface Collected extends ImportedFunction {
  readonly slots: ImportSlot[];
  stubs: ImageAddress[];
}

const SYMBOL_KINDS = ['jump-slot', 'glob-dat', 'absolute', 'pc-relative'] as const;

function collectSymbols(image: ElfImage, prefixes: readonly string[] | undefined): Collected[] {
  const seen = new Map<number, SeenSymbol>();
  const imports: Collected[] = [];
  const { table } = image.dynamicTable;
  const budget = new NameBudget(table);
  const starts = prefixes
    ?.map((prefix) => Buffer.from(prefix))
    .filter((start) => table.mayStartWith(start));
  if (starts?.length === 0) return [];
  for (const relocation of image.relocations(SYMBOL_KINDS)) {
    const { symbolIndex, slot } = relocation;
    if (starts?.some((start) => table.startsWith(symbolIndex, start)) === false) continue;
    const kind = relocation.kind as (typeof SYMBOL_KINDS)[number];
    let entry = seen.get(symbolIndex);
    if (entry === undefined) {
      entry = { symbol: image.dynamicSymbolAt(symbolIndex), imported: undefined };
      seen.set(symbolIndex, entry);
    }
    const { symbol, imported } = entry;
    if (symbol === undefined || symbol.name === '' || !isFunction(symbol, relocation)) continue;
    if (imported === undefined) {
      if (!budget.spend(symbol.name)) break;
      entry.imported = fromSymbol(symbol, { address: slot, kind });
      imports.push(entry.imported);
    } else imported.slots.push({ address: slot, kind });
  }
  return imports;
}

interface SeenSymbol {
  readonly symbol: ElfSymbol | undefined;
  imported: Collected | undefined;
}

/** Does this relocation put the address of a function in its slot, as far as the image can know? */
function isFunction(symbol: ElfSymbol, { kind, addend }: Relocation): boolean {
  if (kind === 'jump-slot') return true;
  // The place of the field is where its instruction ends, less the field: so what it leads to begins there.
  if (kind === 'pc-relative' && (addend | 0) !== -PC_RELATIVE_BYTES) return false;
  if (symbol.type === 'func' || symbol.type === 'ifunc') {
    // A pointer behind the start of a function is no place where a call begins.
    return kind !== 'absolute' || addend === 0;
  }
  return kind !== 'absolute' && symbol.type === 'notype' && !symbol.defined;
}

/** Of the field that such a relocation fills. */
export const PC_RELATIVE_BYTES = 4;

function fromSymbol(symbol: ElfSymbol, slot: ImportSlot): Collected {
  const imported: Mutable<Collected> = {
    name: symbol.name,
    type: symbol.type === 'func' || symbol.type === 'ifunc' ? symbol.type : 'notype',
    slots: [slot],
    stubs: [],
  };
  if (symbol.version !== undefined) imported.version = symbol.version;
  if (!symbol.defined && symbol.address !== 0) imported.sharedStub = symbol.address;
  if (symbol.library !== undefined) imported.library = symbol.library;
  return imported;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** IRELATIVE slots: no symbol, but the address of the resolver, which an IFUNC symbol may have too. */
function collectResolvers(image: ElfImage, prefixes: readonly string[] | undefined): Collected[] {
  const imports = new Map<number, Collected>();
  let names: ReadonlyMap<number, ElfSymbol> | undefined;
  for (const { addend, slot } of image.relocations(['irelative'])) {
    if (names === undefined) {
      if (prefixes?.some((prefix) => mayNameResolver(image, prefix)) === false) return [];
      names = resolverNames(image);
    }
    let imported = imports.get(addend);
    if (imported === undefined) {
      const symbol = names.get(addend);
      const name = symbol?.name ?? `${UNNAMED_RESOLVER}${addend.toString(16)}`;
      if (prefixes?.some((prefix) => name.startsWith(prefix)) === false) continue;
      const resolver = toImageAddress(addend);
      imported = { name, type: 'ifunc', resolver, slots: [], stubs: [] };
      imports.set(addend, imported);
    }
    imported.slots.push({ address: slot, kind: 'irelative' });
  }
  return [...imports.values()];
}

/** Bytes of a file that are searched rather than read by its tables. */
const MOST_SEARCHED = 2 ** 28;

const UNNAMED_RESOLVER = 'ifunc.0x';

function mayNameResolver(image: ElfImage, prefix: string): boolean {
  if (prefix.startsWith(UNNAMED_RESOLVER) || UNNAMED_RESOLVER.startsWith(prefix)) return true;
  const start = Buffer.from(prefix);
  if (image.dynamicTable.table.mayStartWith(start)) return true;
  // To look for the bytes anywhere takes a tenth of reading the table of sections.
  if (image.file.size <= MOST_SEARCHED) {
    const { buffer, byteOffset, byteLength } = image.file.part(0, image.file.size);
    if (!Buffer.from(buffer, byteOffset, byteLength).includes(start)) return false;
  }
  return image.staticTable?.table.mayStartWith(start) === true;
}

/** By address of the resolver; among aliases the one that other modules are most likely to call. */
function resolverNames(image: ElfImage): ReadonlyMap<number, ElfSymbol> {
  const names = new Map<number, ElfSymbol>();
  for (const counted of [image.dynamicTable, image.staticTable]) {
    if (counted === undefined) continue;
    const { table, count } = counted;
    const budget = new NameBudget(table);
    for (let index = 1; index < count; index++) {
      // A C library has thousands of symbols, and some dozens of these.
      if (!table.isIfunc(index)) continue;
      const symbol = table.at(index);
      if (symbol === undefined || !budget.spend(symbol.name)) break;
      if (symbol.name === '') continue;
      const known = names.get(symbol.address);
      if (known === undefined || rank(symbol) > rank(known)) names.set(symbol.address, symbol);
    }
  }
  return names;
}

function rank(symbol: ElfSymbol): number {
  const plain = symbol.name.startsWith('_') ? 0 : 1;
  return plain + (symbol.isDefaultVersion ? 2 : 0) + (symbol.binding === 'local' ? 0 : 4);
}

function addStubs(image: ElfImage, plt: PltDecoder, imports: readonly Collected[]): void {
  const bySlot = new Map<number, Collected>();
  for (const imported of imports) {
    for (const slot of imported.slots) {
      if (slot.kind !== 'absolute' && slot.kind !== 'pc-relative')
        bySlot.set(slot.address, imported);
    }
  }
  if (bySlot.size === 0) return;
  const isSlot = (slot: number) => bySlot.has(slot);
  const seen = new Set<number>();
  for (const { start, code } of codeWithStubs(image)) {
    for (const stub of plt.findStubs(code, start, image.pltGot, isSlot)) {
      if (seen.has(stub.address)) continue;
      seen.add(stub.address);
      const imported = bySlot.get(stub.slot);
      if (imported === undefined) continue;
      // Not push: to an empty list it makes room for seventeen, and there is hardly ever a second one.
      if (imported.stubs.length === 0) imported.stubs = [stub.address];
      else imported.stubs.push(stub.address);
    }
  }
}

export interface Code {
  readonly start: ImageAddress;
  readonly code: Uint8Array;
}

/** .plt, .plt.sec, .plt.got, .iplt. */
const PLT_SECTION = /^\.i?plt(\.|$)/;

/** No linker writes more of them; a damaged file might name each of its sections so. */
const MOST_PLT_SECTIONS = 16;

/**
 * The sections that hold stubs; all executable code when there are none and a slot needs a stub.
 * Sections that lie side by side come as one piece: the first may say what the others mean.
 */
function codeWithStubs(image: ElfImage): readonly Code[] {
  let ranges = joined(
    image.sections
      .filter(({ name, flags }) => PLT_SECTION.test(name) && (flags & SHF.EXECINSTR) !== 0)
      .slice(0, MOST_PLT_SECTIONS)
      .map(({ address, size }) => ({ start: address, end: address + size })),
  );
  if (ranges.length === 0 && (image.sections.length === 0 || needsStubs(image))) {
    ranges = image.executableRanges();
  }
  return codeIn(image, ranges);
}

export function codeIn(image: ElfImage, ranges: readonly Range[]): readonly Code[] {
  // Damaged headers may map the same bytes many times.
  let budget = image.file.size;
  const pieces: Code[] = [];
  for (const { start, end } of ranges) {
    const code = image.bytesAt(toImageAddress(start), end - start);
    if (code === undefined || (budget -= code.length) < 0) continue;
    pieces.push({ start: toImageAddress(start), code });
  }
  return pieces;
}

function needsStubs(image: ElfImage): boolean {
  return image.relocations(['jump-slot', 'irelative']).next().done !== true;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** One range for those with less than a page between them; sections of damaged files may overlap. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && range.start < last.end + 4096) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else {
      result.push(range);
    }
  }
  return result;
}
