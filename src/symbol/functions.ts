/** Functions that a module contains, from its symbol tables and those of its debug files. */
import type { ImageAddress } from '../base/address.js';
import type { CountedTable } from '../elf/address-index.js';
import type { ElfImage } from '../elf/elf-image.js';
import { NameBudget } from '../elf/symbols.js';
import type { ElfSymbol, SymbolBinding } from '../elf/symbols.js';

/** 'dynamic': .dynsym, visible to other modules. 'static': .symtab. 'debug': .symtab of a debug file. */
export type SymbolSource = 'dynamic' | 'static' | 'debug';

export interface FunctionName {
  /** Without version; never empty. */
  readonly name: string;
  readonly version?: string;
  readonly isDefaultVersion: boolean;
  readonly binding: SymbolBinding;
  /** The code there is a resolver: this name means the function that it returns. */
  readonly isIfunc: boolean;
  /** The first table that has it. */
  readonly source: SymbolSource;
}

/** All that is known of the function at one address. */
export interface ModuleFunction {
  readonly address: ImageAddress;
  /** Bytes; 0 when unknown. */
  readonly size: number;
  /** The code at `address` is a resolver: the function that runs is what it returns. */
  readonly isIfunc: boolean;
  /** At least one; aliases have the same address. */
  readonly names: readonly FunctionName[];
}

/** Which tables to read. */
export interface FunctionSources {
  readonly dynamic: boolean;
  readonly static: boolean;
  /** Debug files of the image: only their .symtab is used. */
  readonly debug?: readonly ElfImage[];
}

/**
 * Ascending by address.
 *
 * @param prefixes only functions with a name that begins with one of these, all their names though
 * @param among of these only those at the addresses it gives; asked when a name begins so
 */
export function functionsOf(
  image: ElfImage,
  sources: FunctionSources,
  prefixes?: readonly string[],
  among?: () => ReadonlySet<number>,
): ModuleFunction[] {
  const functions = new Collector();
  const tables = tablesOf(image, sources);
  const wanted = prefixes === undefined ? among?.() : addressesWith(prefixes, tables, among);
  if (wanted?.size === 0) return [];
  for (const { source, table, count } of tables) {
    const budget = new NameBudget(table);
    for (let index = 1; index < count; index++) {
      if (!table.isDefinedFunction(index)) continue;
      if (wanted?.has(table.addressOf(index)) === false) continue;
      const symbol = table.at(index);
      if (symbol === undefined || !budget.spend(symbol.name)) break;
      functions.add(symbol, source);
    }
  }
  return functions.sorted();
}

/** Of functions whose name begins with one of the prefixes. */
function addressesWith(
  prefixes: readonly string[],
  tables: readonly CountedTable[],
  among: (() => ReadonlySet<number>) | undefined,
): ReadonlySet<number> {
  let allowed: ReadonlySet<number> | undefined;
  const addresses = new Set<number>();
  const starts = prefixes.map((prefix) => Buffer.from(prefix));
  for (const { table, count } of tables) {
    for (const start of starts.filter((each) => table.mayStartWith(each))) {
      for (let index = 1; index < count; index++) {
        if (!table.isDefinedFunction(index) || !table.startsWith(index, start)) continue;
        allowed ??= among?.();
        const address = table.addressOf(index);
        if (allowed?.has(address) !== false) addresses.add(address);
      }
    }
  }
  return addresses;
}

export function tablesOf(
  image: ElfImage,
  sources: FunctionSources,
): (CountedTable & { readonly source: SymbolSource })[] {
  const tables: { readonly source: SymbolSource; readonly counted: CountedTable | undefined }[] = [
    { source: 'dynamic', counted: sources.dynamic ? image.dynamicTable : undefined },
    { source: 'static', counted: sources.static ? image.staticTable : undefined },
    ...(sources.debug ?? []).map((file) => ({
      source: 'debug' as const,
      counted: file.staticTable,
    })),
  ];
  return tables.flatMap(({ source, counted }) =>
    counted === undefined ? [] : [{ source, ...counted }],
  );
}

interface Collected extends ModuleFunction {
  size: number;
  isIfunc: boolean;
  readonly names: FunctionName[];
}

/** Puts names together by address. */
export class Collector {
  private readonly byAddress = new Map<number, Collected>();

  add(symbol: ElfSymbol, source: SymbolSource): void {
    if (symbol.name === '' || isColdPart(symbol.name)) return;
    const { address, name, version } = symbol;
    let known = this.byAddress.get(address);
    if (known === undefined) {
      known = { address, size: 0, isIfunc: false, names: [] };
      this.byAddress.set(address, known);
    }
    known.size = Math.max(known.size, symbol.size);
    known.isIfunc ||= symbol.type === 'ifunc';
    if (known.names.length >= MOST_ALIASES) return;
    if (isKnown(known.names, name, version)) return;
    known.names.push({
      name,
      ...(version === undefined ? {} : { version }),
      isDefaultVersion: symbol.isDefaultVersion,
      binding: symbol.binding,
      isIfunc: symbol.type === 'ifunc',
      source,
    });
  }

  sorted(): ModuleFunction[] {
    return [...this.byAddress.values()]
      .filter(({ names }) => names.length > 0)
      .sort((a, b) => a.address - b.address);
  }
}

/**
 * Where GCC and LLVM put what a function does rarely: it is jumped to in the middle of the function, with the
 * function's own stack frame, and never called.
 */
export function isColdPart(name: string): boolean {
  return COLD_PART.test(name);
}

const COLD_PART = /\.cold(\.\d+)?$/;

/** A damaged file may give all its symbols one address; honest ones have a few dozen names at most. */
const MOST_ALIASES = 1024;

/** .symtab repeats what .dynsym says, often without the version. */
function isKnown(names: readonly FunctionName[], name: string, version?: string): boolean {
  return names.some(
    (known) => known.name === name && (version === undefined || known.version === version),
  );
}
