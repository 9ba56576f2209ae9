/** -x: puts breakpoints on the entries of functions, however they are called. */
import { loadedAt, toImageAddress, type Address } from '../../base/address.js';
import type { ElfImage } from '../../elf/elf-image.js';
import type { FilteredCall, FilterExpression, SymbolIdentity } from '../../filter/symbol-filter.js';
import { functionsOf, type FunctionName, type ModuleFunction } from '../../symbol/functions.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import type { ChosenFunctions, Choice } from './chosen-functions.js';
import { codeLabels } from './code-labels.js';
import type { Coverage } from './coverage.js';
import type { EntryDescription } from '../points/entry-point.js';
import type { SitePlacer } from './site-placer.js';

export interface FunctionPlacerParts {
  readonly filters: readonly FilterExpression[];
  readonly sites: SitePlacer;
  readonly coverage: Coverage;
  readonly chosen: ChosenFunctions;
  /** Files with the symbols that were stripped from the module. */
  symbolImages(thread: Thread, module: Module): readonly ElfImage[];
}

const NO_CODE =
  'a label without the type of a function, which is not called and does not read as code; -x 0xADDRESS traces it all the same';

type ChosenName = FunctionName & { readonly aliases: readonly string[] };

export class FunctionPlacer {
  constructor(private readonly parts: FunctionPlacerParts) {}

  place(thread: Thread, fresh: readonly Module[]): void {
    const { filters } = this.parts;
    if (filters.length === 0) return;
    const unresolved: Choice[] = [];
    for (const module of fresh) {
      const relevant = filters.filter((filter) => filter.canBeCallee(module));
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
    unresolved: Choice[],
  ): void {
    const debug = this.parts.symbolImages(thread, module);
    const sources = { dynamic: true, static: true, debug };
    const functions = functionsOf(module.image, sources);
    const labels = codeLabels(thread.process.space, module, { sources, functions, filters });
    for (const found of [...functions, ...labels.code]) {
      const symbol = chosenName(found, filters, module);
      if (symbol === undefined) continue;
      this.parts.coverage.cover(this.parts.filters, { symbol, callee: module });
      const address = loadedAt(found.address, module.bias);
      if (symbol.isIfunc) unresolved.push({ name: symbol.name, module, resolver: address });
      else this.placeAt(thread, address, module, symbol);
    }
    for (const name of labels.doubtful) {
      this.parts.coverage.cover(this.parts.filters, { symbol: { name }, callee: module });
      this.parts.coverage.refuse(module, name, NO_CODE);
    }
  }

  private placeAddresses(thread: Thread, module: Module, filter: FilterExpression): void {
    for (const offset of filter.addressesIn(module)) {
      const address = loadedAt(toImageAddress(offset), module.bias);
      this.parts.coverage.coverAddress(filter, offset, module);
      this.placeAt(thread, address, module, { name: `0x${offset.toString(16)}` });
    }
  }

  private placeResolved(thread: Thread, { name, module, resolver }: Choice): void {
    const { chosen, coverage } = this.parts;
    const refusal = chosen.find(thread, { name, module, resolver }, (asker, target) =>
      this.placeAt(asker, target, module, { name, isIfunc: true }),
    );
    if (refusal !== undefined) coverage.refuse(module, name, refusal);
  }

  private placeAt(
    thread: Thread,
    address: Address,
    module: Module,
    symbol: Pick<ChosenName, 'name'> & Partial<ChosenName>,
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
      nameSource:
        symbol.isIfunc === true ? 'ifunc' : symbol.source === 'debug' ? 'debug' : 'module',
      ...this.decision(symbol, module),
    });
  }

  /** Who may call it, and under which names; nothing where all calls are wanted. */
  private decision(
    symbol: SymbolIdentity,
    callee: Module,
  ): Pick<EntryDescription, 'callerOf' | 'confirms'> {
    const { filters } = this.parts;
    const mayBe = (call: FilteredCall): boolean =>
      filters.some((filter) => filter.judge(call) !== 'no');
    if (filters.some((filter) => filter.judge({ symbol, callee }) === 'yes')) return {};
    return {
      callerOf: ({ from }) =>
        mayBe({ symbol, caller: from.caller, callee }) ? from.callSite : undefined,
      confirms: (call) => mayBe({ ...call, symbol }),
    };
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
    const call = { symbol, callee: module };
    if (filters.some((filter) => filter.judge(call) !== 'no')) best = symbol;
  }
  if (best === undefined) return undefined;
  const { name } = best;
  return {
    ...best,
    aliases: found.names.map((alias) => alias.name).filter((alias) => alias !== name),
  };
}
