/** Decides where breakpoints go: filters × what the loaded modules import and contain. */
import { loadedAt, toAddress, type Address } from '../../base/address.js';
import type { DebugLog } from '../../base/debug-log.js';
import type { FilterExpression } from '../../filter/symbol-filter.js';
import type { CallOrigin } from '../../trace/event.js';
import { functionsOf, type ModuleFunction } from '../../symbol/functions.js';
import { importsOf, type ImportedFunction } from '../../symbol/imports.js';
import type { ElfImage } from '../../elf/elf-image.js';
import { isRefusal, type AddressSpace } from '../address-space.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracee.js';
import type { Coverage } from './coverage.js';
import type { EntryPoint } from './entry-point.js';

export interface PlacerOptions {
  readonly calls: readonly FilterExpression[];
  readonly libraries: readonly FilterExpression[];
  readonly functions: readonly FilterExpression[];
}

type PointDescription = Omit<EntryPoint, 'capture' | 'callee'> & { readonly callee?: Module };

export class TracepointPlacer {
  private readonly imports = new WeakMap<ElfImage, readonly ImportedFunction[]>();

  constructor(
    private readonly options: PlacerOptions,
    private readonly coverage: Coverage,
    private readonly log: DebugLog,
  ) {}

  /** Looks at modules that were not looked at before. The thread is stopped. */
  place(thread: Thread, modules: readonly Module[]): void {
    if (thread.process.role !== 'reported') return;
    const { space } = thread.process;
    const fresh = modules.filter((module) => !space.placed.has(module));
    if (fresh.length === 0) return;
    for (const module of fresh) {
      space.placed.add(module);
      this.coverage.look(module);
      this.placeCalls(thread, module);
      this.placeFunctions(thread, module);
    }
    this.placeLibraryCalls(thread, fresh);
  }

  forget(space: AddressSpace, module: Module): void {
    space.placed.delete(module);
  }

  /** -e: stubs of this module, and pointers without a stub. */
  private placeCalls(thread: Thread, module: Module): void {
    const filters = this.options.calls.filter((filter) => filter.canMatchModule(module));
    if (filters.length === 0) return;
    for (const imported of this.importsOf(thread, module)) {
      if (!filters.some((filter) => filter.matches(imported, module))) continue;
      this.coverage.match(this.options.calls, imported, module);
      this.placeImport(thread, module, imported);
    }
  }

  /** -l: imports, in whatever module, of what a matching library exports. */
  private placeLibraryCalls(thread: Thread, fresh: readonly Module[]): void {
    const { libraries } = this.options;
    if (libraries.length === 0) return;
    const { all } = thread.process.space.modules;
    const exporters = all.filter((module) =>
      libraries.some((filter) => filter.canMatchModule(module)),
    );
    for (const importer of all) {
      const relevant = fresh.includes(importer)
        ? exporters
        : exporters.filter((m) => fresh.includes(m));
      if (relevant.length === 0) continue;
      for (const imported of this.importsOf(thread, importer)) {
        const exporter = relevant.find((module) => exportsFunction(module, imported.name));
        if (exporter === undefined) continue;
        this.coverage.match(libraries, imported, exporter);
        this.placeImport(thread, importer, imported);
      }
    }
  }

  private placeImport(thread: Thread, module: Module, imported: ImportedFunction): void {
    if (imported.stubs.length === 0) {
      this.placeSlots(thread, module, imported);
      return;
    }
    for (const stub of imported.stubs) {
      const [slot] = imported.slots;
      this.placeAt(thread, loadedAt(stub, module.bias), {
        origin: 'call',
        route: 'plt',
        module,
        symbol: imported.name,
        naming: imported.version === undefined ? {} : { version: imported.version },
        aliases: [],
        ...(slot !== undefined && { slot: loadedAt(slot.address, module.bias) }),
        acceptsCaller: () => true,
      });
    }
  }

  /** Calls that use no stub are caught where the pointer leads to, and told by their return address. */
  private placeSlots(thread: Thread, importer: Module, imported: ImportedFunction): void {
    const { space } = thread.process;
    for (const slot of imported.slots) {
      if (slot.kind !== 'glob-dat') continue;
      const target = space.memory.readWord(loadedAt(slot.address, importer.bias));
      const callee = target === undefined ? undefined : space.modules.at(target);
      if (target === undefined || callee === undefined) continue;
      if (imported.type === 'notype' && !exportsFunction(callee, imported.name)) continue;
      this.placeAt(thread, toAddress(target), {
        origin: 'call',
        route: 'entry',
        module: callee,
        callee,
        symbol: imported.name,
        naming: imported.version === undefined ? {} : { version: imported.version },
        aliases: [],
        acceptsCaller: (caller) =>
          caller !== undefined && caller !== callee && this.callsMatch(imported, caller),
      });
    }
  }

  private callsMatch(imported: ImportedFunction, caller: Module): boolean {
    return (
      this.options.calls.some((filter) => filter.matches(imported, caller)) ||
      this.options.libraries.length > 0
    );
  }

  /** -x: functions that this module contains. */
  private placeFunctions(thread: Thread, module: Module): void {
    const filters = this.options.functions.filter((filter) => filter.canMatchModule(module));
    if (filters.length === 0) return;
    for (const found of functionsOf(module.image, { dynamic: true, static: true })) {
      const name = matchingName(found, filters, module);
      if (name === undefined) continue;
      this.coverage.match(this.options.functions, { name }, module);
      this.placeFunction(thread, module, found, name);
    }
    for (const filter of filters) {
      for (const address of filter.addressesIn(module)) {
        this.placeFunction(
          thread,
          module,
          { address: address as ModuleFunction['address'], isIfunc: false, names: [] },
          `0x${address.toString(16)}`,
        );
      }
    }
  }

  private placeFunction(
    thread: Thread,
    module: Module,
    found: Pick<ModuleFunction, 'address' | 'isIfunc'> & {
      readonly names: readonly { readonly name: string }[];
    },
    symbol: string,
  ): void {
    // The symbol of an IFUNC is its resolver; the function itself is known by its own symbol.
    if (found.isIfunc) return;
    this.placeAt(thread, loadedAt(found.address, module.bias), {
      origin: 'function',
      route: 'entry',
      module,
      callee: module,
      symbol,
      naming: {},
      aliases: found.names.map(({ name }) => name).filter((name) => name !== symbol),
      acceptsCaller: () => true,
    });
  }

  private placeAt(thread: Thread, address: Address, description: PointDescription): void {
    const { space } = thread.process;
    const site = space.place(address, thread.tid);
    if (isRefusal(site)) {
      this.coverage.refuse(description.module, description.symbol, site);
      this.log.write('sites', `${description.symbol} at 0x${address.toString(16)}: ${site}`);
      return;
    }
    const isKnown = (origin: CallOrigin): boolean =>
      site.entryPoints.some(
        (point) => point.origin === origin && point.symbol === description.symbol,
      );
    if (isKnown(description.origin)) return;
    site.entryPoints.push({ callee: undefined, ...description, capture: undefined });
    this.coverage.placed(description.module);
  }

  private importsOf(thread: Thread, module: Module): readonly ImportedFunction[] {
    let imports = this.imports.get(module.image);
    if (imports === undefined) {
      imports = importsOf(module.image, thread.process.space.arch);
      this.imports.set(module.image, imports);
    }
    return imports;
  }
}

function exportsFunction(module: Module, name: string): boolean {
  return module.image
    .findDynamic(name)
    .some((symbol) => symbol.defined && (symbol.type === 'func' || symbol.type === 'ifunc'));
}

/** The shortest name of the address that a filter chooses, as in ltrace. */
function matchingName(
  found: ModuleFunction,
  filters: readonly FilterExpression[],
  module: Module,
): string | undefined {
  let best: string | undefined;
  for (const symbol of found.names) {
    if (best !== undefined && symbol.name.length >= best.length) continue;
    if (filters.some((filter) => filter.matches(symbol, module))) best = symbol.name;
  }
  return best;
}
