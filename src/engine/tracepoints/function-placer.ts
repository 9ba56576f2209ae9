/** -x: puts breakpoints on the entries of functions, however they are called. */
import { loadedAt, toAddress, toImageAddress, type Address } from '../../base/address.js';
import type { ElfImage } from '../../elf/elf-image.js';
import type { FilterExpression } from '../../filter/symbol-filter.js';
import { functionsOf, type FunctionName, type ModuleFunction } from '../../symbol/functions.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../processes/tracee.js';
import type { Coverage } from './coverage.js';
import type { ImportIndex } from './import-index.js';
import type { ResolverWatch } from './resolver-watch.js';
import type { SitePlacer } from './site-placer.js';

export interface FunctionPlacerParts {
  readonly filters: readonly FilterExpression[];
  readonly index: ImportIndex;
  readonly sites: SitePlacer;
  readonly coverage: Coverage;
  readonly resolvers: ResolverWatch;
  /** Files with the symbols that were stripped from the module. */
  symbolImages(thread: Thread, module: Module): readonly ElfImage[];
}

type ChosenName = FunctionName & { readonly aliases: readonly string[] };

/** A function whose symbol is its resolver, waiting for an importer that shows what was chosen. */
interface Unresolved {
  readonly name: string;
  readonly module: Module;
  readonly resolver: Address;
}

export class FunctionPlacer {
  constructor(private readonly parts: FunctionPlacerParts) {}

  place(thread: Thread, fresh: readonly Module[]): void {
    const { filters } = this.parts;
    if (filters.length === 0) return;
    const unresolved: Unresolved[] = [];
    for (const module of fresh) {
      const relevant = filters.filter((filter) => filter.canMatchModule(module));
      if (relevant.length === 0) continue;
      this.placeSymbols(thread, module, relevant, unresolved);
      for (const filter of relevant) this.placeAddresses(thread, module, filter);
    }
    for (const ifunc of unresolved) this.placeResolved(thread, ifunc);
  }

  private placeSymbols(
    thread: Thread,
    module: Module,
    filters: readonly FilterExpression[],
    unresolved: Unresolved[],
  ): void {
    for (const found of functionsOf(module.image, {
      dynamic: true,
      static: true,
      debug: this.parts.symbolImages(thread, module),
    })) {
      const symbol = chosenName(found, filters, module);
      if (symbol === undefined) continue;
      this.parts.coverage.cover(this.parts.filters, symbol, module);
      const address = loadedAt(found.address, module.bias);
      if (symbol.isIfunc) unresolved.push({ name: symbol.name, module, resolver: address });
      else this.placeAt(thread, address, module, symbol);
    }
  }

  private placeAddresses(thread: Thread, module: Module, filter: FilterExpression): void {
    for (const offset of filter.addressesIn(module)) {
      const address = loadedAt(toImageAddress(offset), module.bias);
      this.parts.coverage.coverAddress(filter, offset, module);
      this.placeAt(thread, address, module, { name: `0x${offset.toString(16)}` });
    }
  }

  /** The function that runs is what the resolver chose: any slot that was bound to it tells. */
  private placeResolved(thread: Thread, { name, module, resolver }: Unresolved): void {
    const { space } = thread.process;
    for (const importer of space.modules.all) {
      const imported = this.parts.index.of(importer, space.arch).byName.get(name);
      for (const slot of imported?.slots ?? []) {
        const target = space.memory.readWord(loadedAt(slot.address, importer.bias));
        // A slot that is not bound yet leads back into its own PLT.
        if (target === undefined || !module.contains(target)) continue;
        if (
          module === importer &&
          imported?.stubs.includes(toImageAddress(target - module.bias)) === true
        )
          continue;
        this.placeAt(thread, toAddress(target), module, { name });
        return;
      }
    }
    const refusal = this.parts.resolvers.watch(thread, resolver, (caller, target) => {
      if (module.contains(target)) this.placeAt(caller, target, module, { name });
    });
    if (refusal !== undefined) this.parts.coverage.refuse(module, name, refusal);
  }

  private placeAt(
    thread: Thread,
    address: Address,
    module: Module,
    symbol: Pick<ChosenName, 'name' | 'version'> & { readonly aliases?: readonly string[] },
  ): void {
    this.parts.sites.place(thread, address, {
      origin: 'function',
      route: 'entry',
      entry: address,
      module,
      callee: module,
      symbol: symbol.name,
      naming: symbol.version === undefined ? {} : { version: symbol.version },
      aliases: symbol.aliases ?? [],
    });
  }
}

/** The resolver has a name too, but who says `*` wants what is called. Else the shortest, as in ltrace. */
function isBetter(symbol: FunctionName, than: FunctionName): boolean {
  if (symbol.isIfunc !== than.isIfunc) return symbol.isIfunc;
  return symbol.name.length < than.name.length;
}

/** The name of the address that a filter chooses. */
function chosenName(
  found: ModuleFunction,
  filters: readonly FilterExpression[],
  module: Module,
): ChosenName | undefined {
  let best: FunctionName | undefined;
  for (const symbol of found.names) {
    if (best !== undefined && !isBetter(symbol, best)) continue;
    if (filters.some((filter) => filter.matches(symbol, module))) best = symbol;
  }
  if (best === undefined) return undefined;
  const { name } = best;
  return {
    ...best,
    aliases: found.names.map((alias) => alias.name).filter((alias) => alias !== name),
  };
}
