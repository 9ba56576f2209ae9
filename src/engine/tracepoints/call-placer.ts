/**
 * -e and -l: puts breakpoints where calls between modules pass.
 *
 * A call through a PLT stub is caught at the stub, which no other module's call passes. A call that uses no stub
 * is caught at the callee's entry, and its caller is known by the return address. An entry costs a stop for every
 * call of the function, so it is watched only where a pointer to the function is known to exist.
 */
import { loadedAt, toAddress, type Address, type ImageAddress } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { ElfImage } from '../../elf/elf-image.js';
import type { SymbolIdentity } from '../../filter/symbol-filter.js';
import { functionsOf } from '../../symbol/functions.js';
import {
  PC_RELATIVE_BYTES,
  type ImportedFunction,
  type ImportKind,
  type ImportSlot,
} from '../../symbol/imports.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../processes/tracee.js';
import type { CalledEntryPlacer } from './called-entry-placer.js';
import type { CallRules } from './call-rules.js';
import type { Coverage } from './coverage.js';
import { exportsFunction, type ImportIndex } from './import-index.js';
import type { SitePlacer } from './site-placer.js';

export interface CallPlacerParts {
  readonly rules: CallRules;
  readonly index: ImportIndex;
  readonly sites: SitePlacer;
  readonly coverage: Coverage;
  readonly entries: CalledEntryPlacer;
}

export class CallPlacer {
  constructor(private readonly parts: CallPlacerParts) {}

  get isIdle(): boolean {
    return this.parts.rules.isEmpty;
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
    for (const module of fresh) if (rules.mayCall(module)) this.placeImports(thread, module);
    if (rules.libraries.length > 0) this.placeLibraryCalls(thread, fresh);
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

  /** The tracee asks the dynamic linker for this function by name: calls through the pointer may follow. */
  placeByName(thread: Thread, name: string): void {
    const { rules, entries } = this.parts;
    const { all } = thread.process.space.modules;
    for (const callee of all) {
      const isWanted =
        rules.selectsCallee(callee) ||
        rules.selectsOutside({ name }) ||
        all.some((caller) => caller !== callee && rules.selectsCaller({ name }, caller));
      if (!isWanted) continue;
      for (const symbol of callee.image.findDynamic(name)) {
        if (!symbol.defined) continue;
        const address = loadedAt(symbol.address, callee.bias);
        if (symbol.type === 'func') entries.place(thread, address, callee, symbol);
        // dlsym is about to ask the resolver.
        if (symbol.type === 'ifunc') {
          entries.placeChosen(thread, 'asked', { resolver: address, callee, symbol });
        }
      }
    }
  }

  private placeImports(thread: Thread, caller: Module): void {
    const { rules, index, coverage } = this.parts;
    const { space } = thread.process;
    for (const imported of index.of(caller, space.arch).all) {
      if (isWithin(caller, imported) || !rules.selectsCaller(imported, caller)) continue;
      coverage.match(rules.calls, imported, caller);
      this.placeStubs(thread, caller, imported);
    }
  }

  /** Imports, in whatever module, of what a chosen library exports. */
  private placeLibraryCalls(thread: Thread, fresh: readonly Module[]): void {
    const { rules, index, coverage } = this.parts;
    const { space } = thread.process;
    const exporters = space.modules.all.filter((module) => rules.selectsCallee(module));
    for (const importer of space.modules.all) {
      const relevant = fresh.includes(importer)
        ? exporters
        : exporters.filter((module) => fresh.includes(module));
      if (relevant.length === 0) continue;
      for (const imported of index.of(importer, space.arch).all) {
        if (isWithin(importer, imported)) continue;
        const exporter = relevant.find((module) => exportsFunction(module, imported.name));
        if (exporter === undefined) continue;
        coverage.match(rules.libraries, imported, exporter);
        this.placeStubs(thread, importer, imported);
      }
    }
  }

  /** Stubs, and jumps in functions that do what a stub does. */
  private placeStubs(thread: Thread, module: Module, imported: ImportedFunction): void {
    const slot = imported.slots[0]?.address;
    for (const stub of imported.stubs) this.placeStub(thread, module, imported, { stub, slot });
    const { arch } = thread.process.space;
    for (const jump of this.parts.index.branchesTo(module, arch, imported).jumps) {
      this.placeStub(thread, module, imported, { stub: jump.address, slot: jump.slot });
    }
  }

  private placeStub(
    thread: Thread,
    module: Module,
    imported: ImportedFunction,
    { stub, slot }: { readonly stub: ImageAddress; readonly slot: ImageAddress | undefined },
  ): void {
    const address = loadedAt(stub, module.bias);
    this.parts.sites.place(thread, address, {
      origin: 'call',
      route: 'plt',
      stub: address,
      module,
      symbol: imported.name,
      naming: imported.version === undefined ? NO_VERSION : { version: imported.version },
      aliases: NO_ALIASES,
      slot: slot && loadedAt(slot, module.bias),
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
      const callsWithoutStub =
        rules.selectsCaller(imported, holder) &&
        (imported.stubs.length === 0 || index.branchesTo(holder, space.arch, imported).isCalled);
      for (const pointer of pointers) {
        const target = functionAt(space, { holder, pointer, imported });
        if (target === undefined) continue;
        if (callsWithoutStub || this.mayBeCalledByPointer(thread, imported, target.callee)) {
          this.parts.entries.place(thread, target.address, target.callee, imported);
        }
      }
    }
  }

  /** Can any pointer that this module holds matter? */
  private mayLeadAnywhere(holder: Module, space: AddressSpace): boolean {
    const { rules } = this.parts;
    if (rules.libraries.length > 0 || rules.mayCall(holder) || rules.namesMemory) return true;
    return space.modules.all.some((caller) => rules.mayNameFunctions(caller));
  }

  /** Functions that their own module hands out: in tables of pointers, or where its code need not go by a slot. */
  private placeTables(thread: Thread, callee: Module): void {
    const { rules, index } = this.parts;
    if (!rules.namesFunctions && !rules.namesMemory && !rules.selectsCallee(callee)) return;
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

  /** IFUNCs of the program's own that it calls without a stub. */
  private placeOwnChoices(thread: Thread, program: Module): void {
    const { rules, index, entries } = this.parts;
    for (const symbol of index.of(program, thread.process.space.arch).all) {
      if (symbol.resolver === undefined || symbol.stubs.length > 0) continue;
      if (!rules.selectsCaller(symbol, program)) continue;
      const resolver = loadedAt(symbol.resolver, program.bias);
      entries.placeChosen(thread, 'known', { resolver, callee: program, symbol });
    }
  }

  /** Is there a module whose calls are wanted, and that would have to use a pointer? */
  private mayBeCalledByPointer(thread: Thread, symbol: SymbolIdentity, callee: Module): boolean {
    const { rules, index } = this.parts;
    const { space } = thread.process;
    if (rules.selectsCallee(callee) || rules.pointsFromOutside(symbol)) return true;
    return space.modules.all.some(
      (caller) =>
        caller !== callee &&
        rules.namesForCaller(symbol, caller) &&
        !index.hasStub(caller, space.arch, symbol.name),
    );
  }
}

/** Shared by thousands of stubs. */
const NO_VERSION = {} as const;
const NO_ALIASES: readonly string[] = [];

const EXPORTED = { dynamic: true, static: false } as const;

/**
 * A library's stubs for IFUNCs of its own: its calls of itself, which cross no border. A static program calls all
 * IFUNCs that way, and there they are what the user asks for.
 */
function isWithin(module: Module, imported: ImportedFunction): boolean {
  return !module.isMainProgram && imported.slots.every(({ kind }) => kind === 'irelative');
}

/** The whole program runs inside this call of its start-up code: shown only to who asks for it by name. */
const START_UP = '__libc_start_main';

interface PointerTarget {
  readonly address: Address;
  readonly callee: Module;
}

/** Slots that lead to a function once they are filled, and not through a stub. */
const POINTERS: ReadonlySet<ImportKind> = new Set(['glob-dat', 'absolute', 'pc-relative']);

interface HeldPointer {
  readonly holder: Module;
  readonly pointer: ImportSlot;
  readonly imported: ImportedFunction;
}

/** Where a filled slot leads, if that is a function: some slots of unknown type hold variables. */
function functionAt(
  space: AddressSpace,
  { holder, pointer: { address, kind }, imported }: HeldPointer,
): PointerTarget | undefined {
  const target = pointerAt(space, holder, { address, kind });
  if (target === undefined || target === 0) return undefined;
  const callee = space.modules.at(target) ?? chooserOf(space, imported, toAddress(target));
  if (callee === undefined) return undefined;
  if (imported.type === 'notype' && !exportsFunction(callee, imported.name)) return undefined;
  return { address: toAddress(target), callee };
}

function pointerAt(
  space: AddressSpace,
  holder: Module,
  { address, kind }: ImportSlot,
): number | undefined {
  const { memory } = space;
  const slot = loadedAt(address, holder.bias);
  return kind === 'pc-relative' ? calledAt(space, slot) : memory.readWord(slot);
}

/** The field is the last of a call or jump instruction, and counts from its end. */
function calledAt({ memory, arch }: AddressSpace, field: Address): number | undefined {
  const distance = memory.readUint32(field);
  if (distance === undefined) return undefined;
  const target = field + PC_RELATIVE_BYTES + (distance | 0);
  return arch.wordBytes === 8 ? target : target >>> 0;
}

/** The C library chooses functions of the vdso, as IFUNCs of its own. */
function chooserOf(
  space: AddressSpace,
  { name }: ImportedFunction,
  target: Address,
): Module | undefined {
  if (!space.isInVdso(target)) return undefined;
  return space.modules.all.find((module) => exportsFunction(module, name));
}
