/**
 * -e and -l: puts breakpoints where calls between modules pass.
 *
 * A call through a PLT stub is caught at the stub, which no other module's call passes. A call that uses no stub
 * is caught at the callee's entry, and its caller is known by the return address. An entry costs a stop for every
 * call of the function, so it is watched only where a pointer to the function is known to exist.
 */
import { loadedAt, type Address, type ImageAddress } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { ElfImage } from '../../elf/elf-image.js';
import { NOWHERE, type ModuleIdentity, type SymbolIdentity } from '../../filter/symbol-filter.js';
import { functionsOf } from '../../symbol/functions.js';
import type { ImportedFunction } from '../../symbol/imports.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import type { CalledEntryPlacer } from './called-entry-placer.js';
import type { CallRules } from './call-rules.js';
import type { Coverage } from './coverage.js';
import type { Confirmation } from '../points/entry-point.js';
import { chooserOf, functionAt, POINTERS } from './held-pointer.js';
import { callerOfSharedStub } from './caller-of-entry.js';
import type { Callers } from './callers.js';
import type { LibraryCalls } from './library-calls.js';
import { exportsFunction, isWithin, type ImportIndex } from './import-index.js';
import type { SitePlacer } from './site-placer.js';

export interface CallPlacerParts {
  readonly rules: CallRules;
  readonly index: ImportIndex;
  readonly sites: SitePlacer;
  readonly coverage: Coverage;
  readonly entries: CalledEntryPlacer;
  readonly callers: Callers;
  readonly libraryCalls: LibraryCalls;
}

export class CallPlacer {
  constructor(private readonly parts: CallPlacerParts) {}

  get isIdle(): boolean {
    return this.parts.rules.isEmpty;
  }

  /** May a rule choose a function of this name? */
  mayName(name: string): boolean {
    return this.parts.rules.mayName(name);
  }

  /** Only where few functions may be meant: who calls anything may not be looked at at all. */
  lookAhead(image: ElfImage, arch: Arch): void {
    const { rules, index } = this.parts;
    if (rules.namePrefixes === undefined || this.isIdle) return;
    for (const imported of index.of({ image }, arch).all)
      index.branchesTo({ image }, arch, imported);
  }

  /** Calls through PLT stubs. */
  placeStubCalls(thread: Thread, fresh: readonly Module[]): void {
    const { rules } = this.parts;
    // Where a rule names who is called, that may be loaded after its callers.
    const mayBeCallees = fresh.some((module) => rules.mayBeNamedCallee(module));
    const callers = mayBeCallees ? thread.process.space.modules.all : fresh;
    for (const module of callers) if (rules.mayCall(module)) this.placeImports(thread, module);
    if (rules.libraries.length > 0) this.placeLibraryCalls(thread);
  }

  /** Calls through pointers. */
  placePointerCalls(thread: Thread, fresh: readonly Module[]): void {
    if (this.isIdle) return;
    this.placePointers(thread, fresh);
    for (const module of fresh) {
      this.placeTables(thread, module);
      if (module.isMainProgram) this.placeOwnChoices(thread, module);
    }
  }

  /** What is in the pointers that the dynamic linker fills. */
  placePointers(thread: Thread, holders: readonly Module[]): void {
    if (this.isIdle) return;
    for (const holder of holders) {
      if (holder.relocation === 'done') this.placePointersOf(thread, holder);
    }
  }

  /** The tracee got this pointer from the dynamic linker by name: calls through it may follow. */
  placeNamed(thread: Thread, name: string, address: Address): void {
    const { rules, entries, callers } = this.parts;
    const { space } = thread.process;
    const callee = space.modules.at(address) ?? chooserOf(space, { name }, address);
    const symbol = callee && functionNamed(callee, name, address);
    if (callee === undefined || symbol === undefined) return;
    const isWanted =
      rules.selectsCallee(callee) ||
      rules.selectsOutside({ name }) ||
      callers.mayCall(space, { name }, callee);
    if (isWanted) entries.place(thread, address, callee, symbol);
  }

  private placeImports(thread: Thread, caller: Module): void {
    const { rules, index, coverage } = this.parts;
    const { space } = thread.process;
    for (const imported of index.of(caller, space.arch).all) {
      if (isWithin(caller, imported) || !rules.selectsCaller(imported, caller)) continue;
      const callee = rules.namesCallees ? this.wantedCallee(space, imported, caller) : undefined;
      if (callee === 'none') continue;
      coverage.match(rules.calls, { symbol: imported, caller, ...(callee && { callee }) });
      this.placeStubs(thread, caller, imported, this.confirmation(imported, caller));
    }
  }

  /** A module that exports the function and is wanted as the callee; undefined where any is. */
  private wantedCallee(
    { modules }: AddressSpace,
    symbol: ImportedFunction,
    caller: Module,
  ): Module | undefined | 'none' {
    const { rules } = this.parts;
    const isWanted = (callee: ModuleIdentity): boolean =>
      rules.calls.some((filter) => filter.judge({ symbol, caller, callee }) !== 'no');
    if (isWanted(NOWHERE)) return undefined;
    const exporters = modules.all.filter((module) => exportsFunction(module, symbol.name));
    return exporters.find(isWanted) ?? 'none';
  }

  /** Imports, in whatever module, of what a chosen library exports. */
  private placeLibraryCalls(thread: Thread): void {
    const { rules, libraryCalls, coverage } = this.parts;
    for (const { importer, imported, exporter } of libraryCalls.fresh(thread.process.space)) {
      if (isWithin(importer, imported)) continue;
      coverage.match(rules.libraries, { symbol: imported, callee: exporter });
      this.placeStubs(thread, importer, imported, undefined);
    }
  }

  /** Stubs, and jumps in functions that do what a stub does. */
  private placeStubs(
    thread: Thread,
    module: Module,
    imported: ImportedFunction,
    confirms: Confirmation | undefined,
  ): void {
    const slot = imported.slots[0]?.address;
    const { arch } = thread.process.space;
    const jumps = this.parts.index.branchesTo(module, arch, imported).jumps.map((jump) => ({
      stub: jump.address,
      slot: jump.slot,
    }));
    for (const place of [...imported.stubs.map((stub) => ({ stub, slot })), ...jumps]) {
      this.placeStub(thread, module, imported, { ...place, confirms });
    }
  }

  private placeStub(
    thread: Thread,
    module: Module,
    imported: ImportedFunction,
    { stub, slot, confirms }: StubPlace,
  ): void {
    const address = loadedAt(stub, module.bias);
    const { rules, index } = this.parts;
    this.parts.sites.place(thread, address, {
      origin: 'call',
      route: 'plt',
      stub: address,
      module,
      symbol: imported.name,
      naming: imported.version === undefined ? NO_VERSION : { version: imported.version },
      aliases: NO_ALIASES,
      slot: slot && loadedAt(slot, module.bias),
      confirms,
      ...(stub === imported.sharedStub && {
        callerOf: (arrival) =>
          callerOfSharedStub(arrival, { module, symbol: imported, rules, index }),
      }),
    });
  }

  /** Pointers that the dynamic linker filled in this module: GOT-only calls and tables of functions. */
  private placePointersOf(thread: Thread, holder: Module): void {
    const { rules, index } = this.parts;
    const { space } = thread.process;
    if (!this.mayLeadAnywhere(holder, space)) return;
    for (const imported of index.of(holder, space.arch).all) {
      if (!rules.mayName(imported.name)) continue;
      const pointers = imported.slots.filter(({ kind }) => POINTERS.has(kind));
      if (pointers.length === 0) continue;
      if (imported.name === START_UP && !rules.namesForCaller(imported, holder)) continue;
      const isWithoutStub = this.mayDoWithoutStub(thread, holder, imported);
      // Beside a stub a pointer is used now and then, and all calls would stop: for those that are asked for by name.
      const mayCallByPointer = (callee: Module): boolean =>
        isWithoutStub || rules.namesForCaller(imported, holder, callee);
      const isCaller = (callee: Module): boolean =>
        rules.selectsCaller(imported, holder) &&
        mayCallByPointer(callee) &&
        rules.judge({ symbol: imported, caller: holder, callee }) !== 'no';
      for (const pointer of pointers) {
        const target = functionAt(space, { holder, pointer, imported });
        if (target === undefined) continue;
        const { callee } = target;
        if (isCaller(callee) || this.mayBeCalledByPointer(thread, imported, callee)) {
          this.parts.entries.place(thread, target.address, callee, imported);
        }
      }
    }
  }

  /** Can any pointer that this module holds matter? */
  private mayLeadAnywhere(holder: Module, space: AddressSpace): boolean {
    const { rules } = this.parts;
    if (rules.libraries.length > 0 || rules.mayCall(holder) || rules.namesMemory) return true;
    return this.parts.callers.mayNameFunctions(space);
  }

  /** Functions that their own module hands out: in tables of pointers, or where its code need not go by a slot. */
  private placeTables(thread: Thread, callee: Module): void {
    const { rules, index } = this.parts;
    if (!rules.selectsCallee(callee) && !rules.mayBeNamed(callee) && !rules.namesMemory) return;
    const prefixes = rules.selectsCallee(callee) ? undefined : rules.namePrefixes;
    const anyMayBe = callee.isMainProgram || callee.image.bindsLocally;
    const among = anyMayBe ? undefined : () => index.pointedTo(callee);
    for (const found of functionsOf(callee.image, EXPORTED, prefixes, among)) {
      if (found.isIfunc) continue;
      for (const symbol of found.names) {
        if (!this.mayBeCalledByPointer(thread, symbol, callee)) continue;
        this.parts.entries.place(thread, loadedAt(found.address, callee.bias), callee, symbol);
      }
    }
  }

  /** IFUNCs of the program's own that it calls without a stub, or beside it. */
  private placeOwnChoices(thread: Thread, program: Module): void {
    const { rules } = this.parts;
    for (const symbol of this.parts.index.of(program, thread.process.space.arch).all) {
      if (symbol.resolver === undefined || !rules.selectsCaller(symbol, program)) continue;
      if (!this.mayDoWithoutStub(thread, program, symbol)) continue;
      const resolver = loadedAt(symbol.resolver, program.bias);
      this.parts.entries.placeChosen(thread, { resolver, callee: program, symbol });
    }
  }

  /** May code of the module call what it imports by a slot alone? */
  private mayDoWithoutStub(thread: Thread, module: Module, imported: ImportedFunction): boolean {
    if (imported.stubs.length === 0) return true;
    return this.parts.index.branchesTo(module, thread.process.space.arch, imported).isCalled;
  }

  /** Is there a module whose calls are wanted, and that would have to use a pointer? */
  private mayBeCalledByPointer(thread: Thread, symbol: SymbolIdentity, callee: Module): boolean {
    const { rules, callers } = this.parts;
    if (rules.selectsCallee(callee) || rules.pointsFromOutside(symbol)) return true;
    if (!rules.mayTake(symbol)) return false;
    return callers.mayUsePointer(thread.process.space, symbol, callee);
  }

  /** For calls about which only the call itself decides: the name that it is shown under, or where it goes. */
  private confirmation(symbol: SymbolIdentity, caller: Module): Confirmation | undefined {
    const { rules } = this.parts;
    if (rules.judge({ symbol, caller }) === 'yes') return undefined;
    return (call) => rules.judge({ ...call, symbol }) !== 'no';
  }
}

interface StubPlace {
  readonly stub: ImageAddress;
  readonly slot: ImageAddress | undefined;
  readonly confirms: Confirmation | undefined;
}

/** Shared by thousands of stubs. */
const NO_VERSION = {} as const;
const NO_ALIASES: readonly string[] = [];

const EXPORTED = { dynamic: true, static: false } as const;

/** The whole program runs inside this call of its start-up code: shown only to who asks for it by name. */
const START_UP = '__libc_start_main';
/** The symbol by which the dynamic linker found the function; undefined where it is something else, a variable. */
function functionNamed(callee: Module, name: string, address: Address): SymbolIdentity | undefined {
  const symbols = callee.image.findDynamic(name).filter(({ defined }) => defined);
  // What an IFUNC's resolver chose may be anywhere in its module.
  return (
    symbols.find(
      (symbol) => symbol.type === 'func' && loadedAt(symbol.address, callee.bias) === address,
    ) ?? symbols.find((symbol) => symbol.type === 'ifunc')
  );
}
