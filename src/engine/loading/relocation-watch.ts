/**
 * Finds the moment between the relocation of modules that dlopen loads and their constructors.
 *
 * glibc before 2.41 says that its lists are consistent when the modules are mapped, and relocates them afterwards (bug
 * 31986): their pointers are empty, and code with text relocations is not what will run. Two places follow:
 *
 * - The linker's function that was saying so returns to one that catches exceptions, and that returns. From 2.34 on
 *   this comes before the constructors, earlier after them.
 * - The first constructor begins. There need not be one.
 *
 * Whichever is reached first tells.
 */
import type { Address } from '../../base/address.js';
import type { DebugLog } from '../../base/debug-log.js';
import { frameTableOf } from '../../dwarf/image-debug.js';
import type { FrameTable } from '../../dwarf/frame-table.js';
import type { DwarfRegisters } from '../../arch/dwarf-registers.js';
import { unwind } from '../../dwarf/unwind.js';
import type { ElfImage } from '../../elf/elf-image.js';
import type { Kernel } from '../../kernel/kernel.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { AddressSpace, SiteHook } from '../tracees/tracee.js';
import type { Thread } from '../tracees/tracee.js';
import type { ReturnWatch, WatchedCall } from '../stops/return-watch.js';
import type { Module } from '../modules/module.js';
import { firstConstructor, isRelocated } from '../modules/relocation-state.js';

export interface RelocationWatchParts {
  readonly kernel: Kernel;
  readonly returns: ReturnWatch;
  readonly log: DebugLog;
  /** To be called once for each module that was watched. */
  onRelocated(thread: Thread, modules: readonly Module[]): void;
}

/** Modules that one dlopen loads. */
interface Loading {
  readonly modules: readonly Module[];
  /** Breakpoints that are of no use afterwards. */
  readonly constructors: { readonly address: Address; readonly hook: SiteHook }[];
}

/** The function that says so, the one that calls it, the one that catches its exceptions, and that one's caller. */
const FRAMES = 4;

export class RelocationWatch {
  private readonly due = new WeakMap<AddressSpace, Set<Module>>();
  private readonly frames = new WeakMap<ElfImage, FrameTable | 'none'>();

  constructor(private readonly parts: RelocationWatchParts) {}

  /** Marks those of the modules that are still to be relocated. */
  mark({ process: { space } }: Thread, modules: readonly Module[]): void {
    for (const module of modules) {
      if (isRelocated(module, space.memory)) continue;
      module.relocation = 'due';
      this.dueIn(space).add(module);
    }
  }

  /** The thread, whose registers are at hand, stands where the linker says that it has loaded the modules. */
  watch(thread: Thread, modules: readonly Module[]): void {
    const due = modules.filter(({ relocation }) => relocation === 'due');
    if (due.length === 0) return;
    const loading: Loading = { modules: due, constructors: [] };
    const end: SiteHook = (caller) => this.end(caller, loading);
    thread.process.space.placeTogether(thread.tid, () => {
      for (const module of due) this.watchConstructor(thread, module, loading, end);
    });
    const call = this.callAround(thread);
    const refusal = call && this.parts.returns.watch(thread, call, end);
    this.parts.log.write(
      'modules',
      `${due.length} modules are relocated at ${call?.returnAddress.toString(16) ?? 'a constructor'} ${refusal ?? ''}`,
    );
  }

  /** Something else happened: should a moment have been missed, here is the next. */
  check(thread: Thread): void {
    const { space } = thread.process;
    const due = this.dueIn(space);
    if (due.size === 0) return;
    this.finish(
      thread,
      [...due].filter((module) => isRelocated(module, space.memory)),
    );
  }

  forget(space: AddressSpace, module: Module): void {
    this.dueIn(space).delete(module);
  }

  private watchConstructor(
    thread: Thread,
    module: Module,
    { constructors }: Loading,
    hook: SiteHook,
  ): void {
    const { space } = thread.process;
    const address = firstConstructor(module);
    if (address === undefined) return;
    const isOurs = !space.sites.has(address);
    const site = space.place(address, thread.tid);
    if (isRefusal(site)) return;
    site.meaning.addWork(hook);
    if (isOurs) constructors.push({ address, hook });
  }

  private end(thread: Thread, { modules, constructors }: Loading): void {
    const { space } = thread.process;
    // Until it is relocated, no other thread gets to see a module: nobody stands at these.
    for (const { address, hook } of constructors.splice(0)) {
      const site = space.sites.get(address);
      if (site?.meaning.removeWork(hook) === true) space.lift(site);
    }
    const due = this.dueIn(space);
    this.finish(
      thread,
      modules.filter((module) => due.has(module)),
    );
  }

  private finish(thread: Thread, modules: readonly Module[]): void {
    if (modules.length === 0) return;
    const due = this.dueIn(thread.process.space);
    for (const module of modules) {
      module.relocation = 'done';
      due.delete(module);
    }
    this.parts.onRelocated(thread, modules);
  }

  /** A forked child has its parent's modules. */
  private dueIn(space: AddressSpace): Set<Module> {
    let due = this.due.get(space);
    if (due === undefined) {
      due = new Set(space.modules.all.filter(({ relocation }) => relocation === 'due'));
      this.due.set(space, due);
    }
    return due;
  }

  /** The call that ends when the modules are relocated. */
  private callAround({ process: { space } }: Thread): WatchedCall | undefined {
    const map = space.arch.dwarfRegisters;
    const frames = unwind({
      map,
      registers: this.parts.kernel.registers,
      standsAt: 'entry',
      memory: space.memory,
      moduleAt: (address) => {
        const module = space.modules.at(address);
        return module && { bias: module.bias, frames: this.framesOf(module.image, map) };
      },
      originalOf: (address) => space.originalAddress(address),
      limit: FRAMES,
    });
    const [callee, caller] = frames.slice(-2);
    if (callee === undefined || caller === undefined) return undefined;
    return { slot: callee.cfa - map.wordBytes, returnAddress: caller.pc };
  }

  private framesOf(image: ElfImage, map: DwarfRegisters): FrameTable | undefined {
    let frames = this.frames.get(image);
    if (frames === undefined) {
      frames = frameTableOf(image, map) ?? 'none';
      this.frames.set(image, frames);
    }
    return frames === 'none' ? undefined : frames;
  }
}
