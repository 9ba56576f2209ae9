/** Keeps the table of loaded modules true: at the start, at attach, and whenever the dynamic linker says so. */
import { loadedAt, type Address } from '../../base/address.js';
import type { DebugLog } from '../../base/debug-log.js';
import { toThreadId, type ThreadId } from '../../base/ids.js';
import type { Kernel, Mapping, TraceeFiles } from '../../kernel/kernel.js';
import { isRefusal } from '../memory/address-space.js';
import type { SiteHook } from '../memory/site.js';
import type { Emitter } from '../emitter.js';
import type { Process, Thread } from '../processes/tracee.js';
import type { TracepointPlacer } from '../tracepoints/place-tracepoints.js';
import { findDebugStructure, findSyscallInstruction } from './landmarks.js';
import { ImageCache } from './image-cache.js';
import { readLinkMaps, type LinkMapEntry, type LinkMaps } from './link-map.js';
import { readLoadedProgram, type LoadedProgram } from './loaded-program.js';
import { Module } from './module.js';
import { NameLookups } from './name-lookups.js';
import { TextWatch } from './text-watch.js';
import { RelocationWatch } from './relocation-watch.js';
import type { ReturnWatch } from '../stops/return-watch.js';

/** A list with more is made up. */
const MOST_UNREADABLE = 256;
export interface ModuleTrackerParts {
  readonly kernel: Kernel;
  readonly emitter: Emitter;
  readonly placer: TracepointPlacer;
  readonly returns: ReturnWatch;
  readonly log: DebugLog;
  /** The program and its linker are known, and no trap is set yet. */
  beforeTraps(thread: Thread): void;
}

export class ModuleTracker {
  private readonly kernel: Kernel;
  private readonly emitter: Emitter;
  private readonly placer: TracepointPlacer;
  private readonly log: DebugLog;
  private readonly images: ImageCache;
  private readonly nameLookups: NameLookups;
  private readonly relocations: RelocationWatch;
  /** Has traps looked after. */
  readonly text: TextWatch;
  private readonly beforeTraps: (thread: Thread) => void;

  constructor(parts: ModuleTrackerParts) {
    this.kernel = parts.kernel;
    this.emitter = parts.emitter;
    this.placer = parts.placer;
    this.log = parts.log;
    this.beforeTraps = (thread) => parts.beforeTraps(thread);
    this.images = new ImageCache();
    this.relocations = new RelocationWatch({
      ...parts,
      onRelocated: (thread, modules) => this.placeRelocated(thread, modules),
    });
    this.text = new TextWatch({
      ...parts,
      onUnmapped: (process, module) => this.unloadUnmapped(process, module),
    });
    this.nameLookups = new NameLookups(parts.kernel, parts.placer, (thread, address, hook) =>
      this.hook(thread, address, hook),
    );
  }

  /** A program stands at its very first instruction: only it and its interpreter are mapped. */
  begin(main: Thread): void {
    const program = this.readProgram(main, this.kernel.filesOf(main.process.pid));
    if (program === undefined) return;
    this.beforeTraps(main);
    if (this.watchLinker(main, program.interpreter ?? program.main)) return;
    if (program.interpreter === undefined) {
      // Static: nothing more will come.
      this.relocations.mark(main, [program.main]);
      this.placer.place(main, main.process.space.modules.all);
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
   * A process that runs already, whose program was read: all that is loaded.
   *
   * @param files from {@link lookAhead}: what has come since is found by its path
   */
  watchAttached(thread: Thread, { interpreter, main }: LoadedProgram, files: TraceeFiles): void {
    this.watchLinker(thread, interpreter ?? main);
    const maps = this.readMaps(thread);
    if (maps !== undefined) {
      this.watchChanges(thread, maps);
      this.synchronise(thread, maps.entries, files);
    }
    this.placeTraps(thread, this.fresh(thread));
  }

  /** Compares the linker's lists with our table. */
  refresh(thread: Thread): void {
    if (this.readChanges(thread)) this.placeTraps(thread, this.fresh(thread));
  }

  /** The thread stands where the linker says that its lists have changed, or are about to. */
  private onAnnouncement(thread: Thread): void {
    this.relocations.check(thread);
    if (!this.readChanges(thread)) return;
    const fresh = this.fresh(thread);
    this.placeTraps(thread, fresh);
    this.relocations.watch(thread, fresh);
  }

  /** False while the lists change: their new members are not mapped yet, and the consistent state follows. */
  private readChanges(thread: Thread): boolean {
    const maps = this.readMaps(thread);
    if (maps === undefined) return false;
    this.watchChanges(thread, maps);
    thread.process.space.isLoading = maps.state !== 'consistent';
    if (maps.state !== 'consistent') return false;
    this.synchronise(thread, maps.entries, this.kernel.filesOf(thread.process.pid));
    return true;
  }

  /** Modules whose breakpoints are still to be placed. Those that are not relocated are marked. */
  private fresh(thread: Thread): readonly Module[] {
    if (thread.process.role !== 'reported') return [];
    const { modules, placed } = thread.process.space;
    const fresh = modules.all.filter((module) => !placed.has(module));
    this.relocations.mark(thread, fresh);
    return fresh;
  }

  /** undefined when there is no list to read. */
  private readMaps(thread: Thread): LinkMaps | undefined {
    const { space } = thread.process;
    const { memory } = space;
    const debug = (space.debugStructure ??= findDebugStructure(space));
    return debug && memory.readByPage(() => readLinkMaps(memory, debug, space.arch.wordBytes));
  }

  private watchChanges(thread: Thread, { brk }: LinkMaps): void {
    if (thread.process.space.sites.has(brk)) return;
    this.hook(thread, brk, (t) => this.onAnnouncement(t));
  }

  private synchronise(thread: Thread, entries: readonly LinkMapEntry[], files: TraceeFiles): void {
    const { space } = thread.process;
    const present = new Map(entries.map((entry) => [entry.dynamic as number, entry]));
    for (const module of space.modules.all) {
      const entry = present.get(module.dynamic);
      if (entry !== undefined) present.delete(module.dynamic);
      else if (!module.isPermanent && !this.isStillMapped(files, module)) {
        this.unload(thread.process, module);
      }
    }
    for (const entry of present.values()) this.load(thread, files, entry);
  }

  /** Code that is still to be changed has to wait. */
  private placeTraps(thread: Thread, fresh: readonly Module[]): void {
    const ready = fresh.filter(
      ({ relocation, image }) => relocation === 'done' || !image.hasTextRelocations,
    );
    this.nameLookups.watch(thread);
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

  private load(thread: Thread, files: TraceeFiles, entry: LinkMapEntry): void {
    const { space } = thread.process;
    // The vdso has no file; it is called through pointers that the C library keeps.
    if (space.unreadable.has(entry.dynamic) || entry.path.startsWith('linux-')) return;
    if (space.unreadable.size >= MOST_UNREADABLE) return;
    const mapping = files.mappingAt(entry.dynamic);
    const path = pathOf(mapping, entry);
    // musl gives the vdso no name.
    if (path === '[vdso]') return;
    const { memory } = space;
    const { path: knownAs, bias } = entry;
    const result = this.images.loaded(files, { mapping, knownAs, memory, biasOf: () => bias });
    if (result.kind === 'refused') {
      space.unreadable.set(entry.dynamic, { path: entry.path, reason: result.reason });
      this.placer.missed(thread, entry.path === '' ? path : entry.path, result.reason);
      return;
    }
    const module = new Module(result.image, entry.path, bias, 'library');
    module.mappedFile = mapping?.file ?? '';
    this.add(thread, module);
    if (result.source === 'memory') this.sayMemory(thread, module);
  }

  private sayMemory({ process: { pid }, tid }: Thread, { path }: Module): void {
    const text = `${path}: the file that is loaded is not at its path any more: it is looked at in memory, where only exported functions have names`;
    const at = this.emitter.now();
    this.emitter.emit({ kind: 'notice', pid, tid, at, severity: 'info', text });
  }

  /** The list is the program's to write: one that hides a library does not make our traps in it go away. */
  private isStillMapped(files: TraceeFiles, module: Module): boolean {
    const mapping = files.mappingAt(module.start);
    return mapping !== undefined && mapping.file !== '' && mapping.file === module.mappedFile;
  }

  private add(thread: Thread, module: Module): void {
    const { process, tid } = thread;
    process.space.modules.add(module);
    const { buildId } = module.image;
    this.emitter.emit({
      kind: 'module-loaded',
      pid: process.pid,
      tid,
      at: this.emitter.now(),
      module: module.name,
      path: module.path,
      bias: module.bias,
      isMainProgram: module.isMainProgram,
      ...(buildId !== undefined && { buildId }),
    });
  }

  private unloadUnmapped(process: Process, module: Module): void {
    const files = this.kernel.filesOf(process.pid);
    if (!module.isPermanent && !this.isStillMapped(files, module)) this.unload(process, module);
  }

  private unload(process: Process, module: Module): void {
    process.space.modules.remove(module);
    process.space.forget(module.start, module.end);
    this.relocations.forget(process.space, module);
    this.placer.forget(process.space, module);
    this.emitter.emit({
      kind: 'module-unloaded',
      pid: process.pid,
      tid: reporterOf(process),
      at: this.emitter.now(),
      module: module.name,
      path: module.path,
    });
  }

  /** Adds the main program and its interpreter to the table. undefined when the program cannot be read. */
  readProgram(main: Thread, files: TraceeFiles): LoadedProgram | undefined {
    const { process } = main;
    const { space } = process;
    const result = readLoadedProgram(this.kernel, this.images, process, files);
    if (result.kind === 'refused') {
      space.unreadable.set(0, { path: process.program, reason: result.reason });
      this.placer.missed(main, process.program, result.reason);
      return undefined;
    }
    const { program } = result;
    this.add(main, program.main);
    const { isStatic, hasGo } = program.main.image;
    space.callsKernelItself = isStatic || hasGo;
    if (program.interpreter !== undefined) this.add(main, program.interpreter);
    space.syscallInstruction = findSyscallInstruction(space, [program.interpreter, program.main]);
    return program;
  }

  /** False when the linker has no function that it calls for debuggers. */
  private watchLinker(main: Thread, linker: Module): boolean {
    const { space } = main.process;
    const [structure] = linker.image.findDynamic('_r_debug');
    if (structure?.defined === true) {
      space.debugStructure = loadedAt(structure.address, linker.bias);
    }
    const [announce] = linker.image.findDynamic('_dl_debug_state');
    if (announce?.defined !== true) return false;
    return this.hook(main, loadedAt(announce.address, linker.bias), (t) => this.onAnnouncement(t));
  }

  private hook(thread: Thread, address: Address, hook: SiteHook): boolean {
    const site = thread.process.space.place(address, thread.tid);
    if (isRefusal(site)) {
      this.log.write('modules', `cannot watch ${address.toString(16)}: ${site}`);
      return false;
    }
    site.hook = hook;
    return true;
  }
}

/** What the linker calls `./lib.so` or `/proc/self/fd/3` means something to the process only. */
function pathOf(mapping: Mapping | undefined, { path }: LinkMapEntry): string {
  if (path.startsWith('/') && !path.startsWith('/proc/')) return path;
  return mapping?.path ?? path;
}

/** One that stands for its process where no thread does anything. */
function reporterOf({ threads, pid }: Process): ThreadId {
  const [tid] = threads.keys();
  return tid ?? toThreadId(pid);
}
