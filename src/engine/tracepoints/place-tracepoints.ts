/** Decides where breakpoints go whenever modules were loaded. */
import type { Address } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { ElfImage } from '../../elf/elf-image.js';
import { copiesStacks } from '../tracees/comebacks.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import type { SignalCallWatch } from '../sigtrap/signal-calls.js';
import type { CallPlacer } from './call-placer.js';
import type { Coverage } from './coverage.js';
import type { FunctionPlacer } from './function-placer.js';
import type { MemoryCallPlacer } from './memory-call-placer.js';
import type { OwnFunctionPlacer } from './own-function-placer.js';

export interface Placers {
  readonly calls: CallPlacer;
  readonly memoryCalls: MemoryCallPlacer;
  readonly functions: FunctionPlacer;
  readonly ownFunctions: OwnFunctionPlacer;
  readonly signalCalls: SignalCallWatch;
}

export class TracepointPlacer {
  constructor(
    private readonly placers: Placers,
    private readonly coverage: Coverage,
    private readonly told: {
      /** One line for the user. */
      warn(thread: Thread, text: string): void;
      /** Modules are there, and none of their code has run. */
      onModules(thread: Thread, modules: readonly Module[]): void;
    },
  ) {}

  /** Reads of a file what will be asked for when a module of it is looked at. */
  lookAhead(image: ElfImage, arch: Arch): void {
    this.placers.calls.lookAhead(image, arch);
  }

  /** Looks at those of the modules that were not looked at before. The thread is stopped. */
  place(thread: Thread, modules: readonly Module[]): void {
    if (thread.process.role !== 'reported') return;
    const { space } = thread.process;
    const { placed, arch } = space;
    const fresh = modules.filter((module) => !placed.has(module));
    if (fresh.length === 0) return;
    for (const module of fresh) {
      placed.add(module);
      if (copiesStacks(module)) thread.process.comebacks.expect();
      this.coverage.look(module, arch);
    }
    const lost = space.placeTogether(thread.tid, () => {
      this.placers.calls.placeStubCalls(thread, fresh);
      // Before the pointers: what is taken whole must not be narrowed to calls from other modules.
      this.placers.ownFunctions.place(thread, fresh);
      this.placers.calls.placePointerCalls(thread, fresh);
      this.placers.memoryCalls.place(thread, fresh);
      this.placers.functions.place(thread, fresh);
      this.placeSignalCalls(thread, fresh);
    });
    // Returns may need some near modules that have none now.
    if (space.sites.size > 0) space.prepareNear(fresh, thread.tid);
    if (lost > 0)
      this.told.warn(thread, `${lost} breakpoints could not be written: calls are missed`);
    this.told.onModules(thread, fresh);
  }

  /** Traps at system calls about signals alone, which have to be there before any other (sigtrap/). */
  placeSignalCalls(thread: Thread, modules: readonly Module[]): void {
    for (const module of modules) this.placers.signalCalls.watch(thread, module);
  }

  /** The modules, which were looked at before, have been relocated: only now their pointers lead anywhere. */
  placePointers(thread: Thread, modules: readonly Module[]): void {
    if (thread.process.role !== 'reported') return;
    thread.process.space.placeTogether(thread.tid, () => {
      this.placers.calls.placePointers(thread, modules);
    });
  }

  /** Are functions that the tracee asks for by name of interest at all? */
  get wantsNames(): boolean {
    return !this.placers.calls.isIdle;
  }

  /** Is this function? */
  wantsName(name: string): boolean {
    return this.placers.calls.mayName(name);
  }

  /** The tracee got a pointer from the dynamic linker by a function's name. */
  placeNamed(thread: Thread, name: string, address: Address): void {
    this.placers.calls.placeNamed(thread, name, address);
  }

  /** The dynamic linker cannot be asked to tell of libraries that are loaded later. */
  blind(thread: Thread, linker: Module, reason: string): void {
    if (thread.process.role === 'reported') this.coverage.refuse(linker, LOADS, reason);
  }

  /** A module that is loaded, but cannot be read: nothing in it can be traced. */
  missed(thread: Thread, path: string, reason: string): void {
    if (thread.process.role === 'reported') this.coverage.miss(path, reason);
  }

  forget(space: AddressSpace, module: Module): void {
    space.placed.delete(module);
  }
}

/** What is refused to be watched, as `refused` in the coverage names it. */
const LOADS = '_dl_debug_state, which tells of libraries that are loaded';
