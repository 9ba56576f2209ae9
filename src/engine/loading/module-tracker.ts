/** Keeps the table of loaded modules true: at the start, at attach, and whenever the dynamic linker says so. */
import { loadedAt, type Address } from '../../base/address.js';
import type { DebugLog } from '../../base/debug-log.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { TraceeFiles } from '../../kernel/tracee-files.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { Refusal } from '../memory/copy-places.js';
import type { Emitter } from '../emitter.js';
import type { Process, Thread, SiteHook } from '../tracees/tracee.js';
import type { TracepointPlacer } from '../tracepoints/place-tracepoints.js';
import { CloneWatch } from './clone-watch.js';
import { findDebugStructure } from './landmarks.js';
import { definedSymbols } from '../modules/defined-symbols.js';
import { ImageCache } from '../modules/image-cache.js';
import { readLoadedProgram, type LoadedProgram } from './loaded-program.js';
import { ModuleLoader } from './module-loader.js';
import type { Module } from '../modules/module.js';
import { NameLookups } from './name-lookups.js';
import { TextWatch } from './text-watch.js';
import { RelocationWatch } from './relocation-watch.js';
import type { ReturnWatch } from '../stops/return-watch.js';

export interface ModuleTrackerParts {
  readonly kernel: Kernel;
  readonly emitter: Emitter;
  readonly placer: TracepointPlacer;
  readonly returns: ReturnWatch;
  readonly log: DebugLog;
  readonly asksWhoCallsKernel: boolean;
  /** The program and its linker are known, and no trap is set yet. */
  beforeTraps(thread: Thread): void;
}

export class ModuleTracker {
  private readonly kernel: Kernel;
  private readonly placer: TracepointPlacer;
  private readonly log: DebugLog;
  private readonly images: ImageCache;
  private readonly loader: ModuleLoader;
  private readonly nameLookups: NameLookups;
  private readonly clones: CloneWatch;
  private readonly relocations: RelocationWatch;
  /** Has traps looked after. */
  readonly text: TextWatch;
  private readonly beforeTraps: (thread: Thread) => void;

  constructor(parts: ModuleTrackerParts) {
    this.kernel = parts.kernel;
    this.placer = parts.placer;
    this.log = parts.log;
    this.beforeTraps = (thread) => parts.beforeTraps(thread);
    this.images = new ImageCache();
    this.loader = new ModuleLoader({
      ...parts,
      images: this.images,
      onUnload: (process, module) => this.relocations.forget(process.space, module),
    });
    this.relocations = new RelocationWatch({
      ...parts,
      onRelocated: (thread, modules) => this.placeRelocated(thread, modules),
    });
    this.text = new TextWatch({
      ...parts,
      onUnmapped: (process, module) => this.loader.dropUnmapped(process, module),
    });
    this.clones = new CloneWatch({
      kernel: parts.kernel,
      hook: (thread, address, hook) => void this.hook(thread, address, hook),
    });
    this.nameLookups = new NameLookups({
      ...parts,
      hook: (thread, address, hook) =>
        void this.hook(thread, address, (caller) => {
          this.relocations.check(caller);
          hook(caller);
        }),
    });
  }

  /** A program stands at its very first instruction: only it and its interpreter are mapped. */
  begin(main: Thread): void {
    const program = this.readProgram(main, this.kernel.filesOf(main.process.pid));
    if (program === undefined) return;
    this.beforeTraps(main);
    const isWatched = this.watchLinker(main, program.interpreter ?? program.main);
    if (isWatched && !program.main.image.isStatic) return;
    if (program.interpreter === undefined) {
      // Static: all that it begins with is there. The linker that is part of it may load libraries later (dlopen).
      this.placeTraps(main, this.fresh(main));
      return;
    }
    // A linker that does not announce itself: look when the program begins.
    this.log.write('modules', `${program.interpreter.path} has no _dl_debug_state`);
    this.hook(main, program.entry, (thread) => {
      this.readChanges(thread);
      this.placeTraps(thread, this.fresh(thread));
    });
  }

  /**
   * While a process that is to be attached to still runs: reads the files that it has mapped.
   *
   * @returns those, for what comes next
   */
  lookAhead({ pid, space }: Process): TraceeFiles {
    const files = this.kernel.filesOf(pid);
    const mapped = files.mappings.filter(({ executable, file }) => executable && file !== '');
    for (const mapping of new Map(mapped.map((each) => [each.file, each])).values()) {
      const result = this.images.lookAhead(files, mapping);
      if (result.kind === 'image') this.placer.lookAhead(result.image, space.arch);
    }
    return files;
  }

  /**
   * A process that runs already, whose program was read: all that is loaded, with traps only where we have to look.
   *
   * @param files from {@link lookAhead}: what has come since is found by its path
   * @returns what is to be given to {@link placeAttached}
   */
  meetAttached(
    thread: Thread,
    { interpreter, main }: LoadedProgram,
    files: TraceeFiles,
  ): readonly Module[] {
    this.watchLinker(thread, interpreter ?? main);
    this.readChanges(thread, files);
    const met = this.fresh(thread);
    this.placer.placeSignalCalls(thread, met);
    return met;
  }

  /** When no thread blocks SIGTRAP any more. */
  placeAttached(thread: Thread, met: readonly Module[]): void {
    this.placeTraps(thread, [...met, ...this.fresh(thread)]);
  }

  /** What has changed while a process was attached to. */
  refresh(thread: Thread): void {
    this.readChanges(thread);
    this.loader.recheck(thread);
    this.placeTraps(thread, this.fresh(thread));
  }

  /** The thread stands where the linker says that its lists have changed, or are about to. */
  private onAnnouncement(thread: Thread): void {
    this.relocations.check(thread);
    if (!this.readChanges(thread)) return;
    const fresh = this.fresh(thread);
    this.placeTraps(thread, fresh);
    this.relocations.watch(thread, fresh);
  }

  /** False while nothing is loaded yet: the consistent state follows. */
  private readChanges(thread: Thread, files?: TraceeFiles): boolean {
    const { space } = thread.process;
    const debug = (space.debugStructure ??= findDebugStructure(space));
    const changes = debug && space.linkMaps.read(space.memory, debug);
    if (changes === undefined) return false;
    if (!space.sites.has(changes.brk)) {
      this.hook(thread, changes.brk, (t) => this.onAnnouncement(t));
    }
    space.isLoading = changes.state !== 'consistent';
    this.loader.apply(thread, changes, files);
    return !space.isLoading || changes.added.length > 0;
  }

  /** Modules that came since. Those that are not relocated are marked. */
  private fresh(thread: Thread): readonly Module[] {
    if (thread.process.role !== 'reported') return [];
    const fresh = thread.process.space.modules.takeFresh();
    this.relocations.mark(thread, fresh);
    return fresh;
  }

  /** Code that is still to be changed has to wait. */
  private placeTraps(thread: Thread, fresh: readonly Module[]): void {
    const ready = fresh.filter(
      // Of a static program nobody tells when it has relocated itself: such places are refused, with that reason.
      ({ relocation, image }) =>
        relocation === 'done' || !image.hasTextRelocations || image.isStatic,
    );
    this.nameLookups.watch(thread, ready);
    this.clones.watch(thread, ready);
    this.placer.place(thread, ready);
    this.text.watchEnd(thread, ready);
  }

  private placeRelocated(thread: Thread, modules: readonly Module[]): void {
    const { placed } = thread.process.space;
    this.placeTraps(
      thread,
      modules.filter((module) => !placed.has(module)),
    );
    this.placer.placePointers(thread, modules);
  }

  /** Adds the main program and its interpreter to the table. undefined when the program cannot be read. */
  readProgram(main: Thread, files: TraceeFiles): LoadedProgram | undefined {
    const { process } = main;
    const { space } = process;
    const result = readLoadedProgram(this.kernel, this.images, process, files);
    if (result.kind === 'refused') {
      space.isOpaque = true;
      this.placer.missed(main, process.program, result.reason);
      return undefined;
    }
    const { program } = result;
    this.loader.add(main, program.main);
    const { isStatic, hasGo } = program.main.image;
    space.hasGo = hasGo;
    space.callsKernelItself ||= isStatic || hasGo;
    if (program.interpreter !== undefined) this.loader.add(main, program.interpreter);
    return program;
  }

  /** False when the linker has no function that it calls for debuggers. */
  private watchLinker(main: Thread, linker: Module): boolean {
    const { space } = main.process;
    const [structure] = definedSymbols(linker.image, '_r_debug');
    if (structure !== undefined) {
      space.debugStructure = loadedAt(structure.address, linker.bias);
    }
    const [announce] = definedSymbols(linker.image, '_dl_debug_state');
    if (announce === undefined) return false;
    const at = loadedAt(announce.address, linker.bias);
    const refusal = this.hook(main, at, (t) => this.onAnnouncement(t));
    if (refusal !== undefined) this.placer.blind(main, linker, refusal);
    return refusal === undefined;
  }

  /** Why the address cannot be watched; undefined when it is. */
  private hook(thread: Thread, address: Address, hook: SiteHook): Refusal | undefined {
    const site = thread.process.space.place(address, thread.tid);
    if (isRefusal(site)) {
      this.log.write('modules', `cannot watch ${address.toString(16)}: ${site}`);
      return site;
    }
    site.meaning.setWork(hook);
    return undefined;
  }
}
