/** Keeps the table of loaded modules true: at the start, at attach, and whenever the dynamic linker says so. */
import {
  loadedAt,
  toAddress,
  toImageAddress,
  toLoadBias,
  type Address,
  wordAsNumber,
} from '../../base/address.js';
import type { DebugLog } from '../../base/debug-log.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { ProcessId } from '../../base/ids.js';
import { isRefusal, type AddressSpace } from '../address-space.js';
import type { SiteHook } from '../breakpoints/site.js';
import type { Emitter } from '../emitter.js';
import type { Thread } from '../tracee.js';
import type { TracepointPlacer } from '../tracepoints/place-tracepoints.js';
import { readAuxiliaryVector } from './auxiliary-vector.js';
import { ImageCache } from './image-cache.js';
import { readLinkMaps, type LinkMapEntry } from './link-map.js';
import { Module } from './module.js';

/** elf(5): the dynamic linker puts the address of struct r_debug here. */
const DT_DEBUG = 21;
const MOST_DYNAMIC_ENTRIES = 512;
const PAGE = 4096;
/** A list with more is made up. */
const MOST_UNREADABLE = 256;
/** PATH_MAX of <linux/limits.h>. */
const LONGEST_PATH = 4096;

export interface ModuleTrackerParts {
  readonly kernel: Kernel;
  readonly emitter: Emitter;
  readonly placer: TracepointPlacer;
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
  private readonly beforeTraps: (thread: Thread) => void;

  constructor(parts: ModuleTrackerParts) {
    this.kernel = parts.kernel;
    this.emitter = parts.emitter;
    this.placer = parts.placer;
    this.log = parts.log;
    this.beforeTraps = (thread) => parts.beforeTraps(thread);
    this.images = new ImageCache(parts.kernel);
  }

  /** A program stands at its very first instruction: only it and its interpreter are mapped. */
  begin(main: Thread): void {
    const program = this.readProgram(main);
    if (program === undefined) return;
    if (this.watchLinker(main, program.interpreter ?? program.main)) return;
    if (program.interpreter === undefined) {
      // Static: nothing more will come.
      this.placer.place(main, main.process.space.modules.all);
      return;
    }
    // A linker that does not announce itself: look when the program begins.
    this.log.write('modules', `${program.interpreter.path} has no _dl_debug_state`);
    this.hook(main, program.entry, (thread) => void this.refresh(thread));
  }

  /** A process that runs already: whatever is loaded is listed. */
  attach(main: Thread): void {
    const program = this.readProgram(main);
    if (program === undefined) return;
    this.watchLinker(main, program.interpreter ?? program.main);
    if (!this.refresh(main, 'now')) this.placer.place(main, main.process.space.modules.all);
  }

  /** Compares the linker's lists with our table. False when there is no list to read. */
  private refresh(thread: Thread, when: 'consistent' | 'now' = 'consistent'): boolean {
    const { space } = thread.process;
    const debug = (space.debugStructure ??= findDebugStructure(space));
    if (debug === undefined) return false;
    const maps = readLinkMaps(space.memory, debug, space.arch.wordBytes);
    if (maps === undefined) return false;
    if (!space.sites.has(maps.brk)) this.hook(thread, maps.brk, (t) => void this.refresh(t));
    // While the list changes its new members are not relocated; the consistent state follows.
    if (maps.state === 'consistent' || when === 'now') this.synchronise(thread, maps.entries);
    return true;
  }

  private synchronise(thread: Thread, entries: readonly LinkMapEntry[]): void {
    const { process } = thread;
    const { space } = process;
    const present = new Map(entries.map((entry) => [entry.dynamic as number, entry]));
    for (const module of space.modules.all) {
      const entry = present.get(module.dynamic);
      if (entry !== undefined) present.delete(module.dynamic);
      else if (!module.isPermanent && !this.isStillMapped(process.pid, module)) {
        this.unload(thread, module);
      }
    }
    for (const entry of present.values()) this.load(thread, entry);
    this.watchNameLookups(thread);
    this.placer.place(thread, space.modules.all);
  }

  /** A function that is asked for by name is called through a pointer afterwards. */
  private watchNameLookups(thread: Thread): void {
    if (!this.placer.wantsNames) return;
    const { space } = thread.process;
    for (const module of space.modules.all) {
      if (space.placed.has(module)) continue;
      for (const name of ['dlsym', 'dlvsym']) {
        for (const symbol of module.image.findDynamic(name)) {
          if (!symbol.defined || symbol.type !== 'func') continue;
          this.hook(thread, loadedAt(symbol.address, module.bias), (t) => this.onNameLookup(t));
        }
      }
    }
  }

  /** dlsym(handle, name) */
  private onNameLookup(thread: Thread): void {
    const { space } = thread.process;
    const { argumentRegisters, registers, wordBytes } = space.arch;
    const [, second] = argumentRegisters;
    const sp = wordAsNumber(this.kernel.registers, registers.sp);
    const name =
      second === undefined
        ? space.memory.readWord(toAddress(sp + 2 * wordBytes))
        : wordAsNumber(this.kernel.registers, second);
    if (name !== undefined) this.placer.placeByName(thread, toAddress(name));
  }

  private load(thread: Thread, entry: LinkMapEntry): void {
    const { process } = thread;
    const { space } = process;
    // The vdso has no file; it is called through pointers that the C library keeps.
    if (space.unreadable.has(entry.dynamic) || entry.path.startsWith('linux-')) return;
    if (space.unreadable.size >= MOST_UNREADABLE) return;
    const path = this.pathOf(process.pid, entry);
    // musl gives the vdso no name.
    if (path === '[vdso]') return;
    const result = this.images.open(process.pid, path);
    if (result.kind === 'refused') {
      space.unreadable.set(entry.dynamic, { path: entry.path, reason: result.reason });
      this.placer.missed(thread, entry.path === '' ? path : entry.path, result.reason);
      return;
    }
    this.add(thread, new Module(result.image, entry.path, entry.bias, 'library'));
  }

  /** The list is the program's to write: one that hides a library does not make our traps in it go away. */
  private isStillMapped(pid: ProcessId, module: Module): boolean {
    const mapping = this.kernel
      .mappings(pid)
      .find(({ start, end }) => module.start >= start && module.start < end);
    if (mapping?.path.startsWith('/') !== true) return false;
    const result = this.images.open(pid, mapping.path);
    return result.kind === 'image' && result.image === module.image;
  }

  /** What the linker calls `./lib.so` or `/proc/self/fd/3` means something to the process only. */
  private pathOf(pid: ProcessId, { path, dynamic }: LinkMapEntry): string {
    if (path.startsWith('/') && !path.startsWith('/proc/')) return path;
    const mapping = this.kernel
      .mappings(pid)
      .find(({ start, end }) => dynamic >= start && dynamic < end);
    return mapping?.path ?? path;
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

  private unload(thread: Thread, module: Module): void {
    const { process, tid } = thread;
    process.space.modules.remove(module);
    process.space.forget(module.start, module.end);
    this.placer.forget(process.space, module);
    this.emitter.emit({
      kind: 'module-unloaded',
      pid: process.pid,
      tid,
      at: this.emitter.now(),
      module: module.name,
      path: module.path,
    });
  }

  /** Adds the main program and its interpreter to the table. undefined when the program cannot be read. */
  private readProgram(main: Thread): LoadedProgram | undefined {
    const { process } = main;
    const { space } = process;
    const result = this.images.open(process.pid, process.program);
    if (result.kind === 'refused') {
      space.unreadable.set(0, { path: process.program, reason: result.reason });
      this.placer.missed(main, process.program, result.reason);
      return undefined;
    }
    const vector = readAuxiliaryVector(
      this.kernel.auxiliaryVector(process.pid),
      space.arch.wordBytes,
    );
    const bias = toLoadBias(vector.entry - result.image.entry);
    const path = this.pathAsTyped(main, vector.executedPath);
    const program = new Module(result.image, path, bias, 'program');
    this.add(main, program);
    const interpreter = this.readInterpreter(main, vector.interpreterBase);
    space.syscallInstruction = findSyscallInstruction(space, [interpreter, program]);
    this.beforeTraps(main);
    return { main: program, interpreter, entry: toAddress(vector.entry) };
  }

  /** `sh` and not `dash`: by the path that was executed, unless that was a script. */
  private pathAsTyped(main: Thread, executedPath: number): string {
    const { process } = main;
    const typed =
      executedPath === 0
        ? ''
        : process.space.memory.readText(toAddress(executedPath), LONGEST_PATH);
    if (!typed.startsWith('/')) return process.program;
    const same = this.kernel.openImage(process.pid, typed)?.identity;
    const isProgram = same === this.kernel.openImage(process.pid, process.program)?.identity;
    return isProgram ? typed : process.program;
  }

  private readInterpreter(main: Thread, base: number): Module | undefined {
    if (base === 0) return undefined;
    const { process } = main;
    const mapping = this.kernel.mappings(process.pid).find((m) => m.start === base);
    if (mapping === undefined) return undefined;
    const result = this.images.open(process.pid, mapping.path);
    if (result.kind === 'refused') return undefined;
    const first = result.image.loadSegments[0]?.address ?? 0;
    const module = new Module(
      result.image,
      mapping.path,
      toLoadBias(base - (first - (first % PAGE))),
      'interpreter',
    );
    this.add(main, module);
    return module;
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
    return this.hook(main, loadedAt(announce.address, linker.bias), (t) => void this.refresh(t));
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

interface LoadedProgram {
  readonly main: Module;
  readonly interpreter: Module | undefined;
  readonly entry: Address;
}

/** DT_DEBUG of the running program, for linkers that do not export _r_debug. */
function findDebugStructure(space: AddressSpace): Address | undefined {
  const { mainProgram } = space.modules;
  if (mainProgram === undefined || mainProgram.dynamic === 0) return undefined;
  const { wordBytes } = space.arch;
  for (let i = 0; i < MOST_DYNAMIC_ENTRIES; i++) {
    const at = mainProgram.dynamic + i * 2 * wordBytes;
    const tag = space.memory.readWord(toAddress(at));
    if (tag === undefined || tag === 0) return undefined;
    if (tag !== DT_DEBUG) continue;
    const value = space.memory.readWord(toAddress(at + wordBytes));
    return value === undefined || value === 0 ? undefined : toAddress(value);
  }
  return undefined;
}

/** Any will do: it is executed on our behalf with registers of our choice. */
function findSyscallInstruction(
  space: AddressSpace,
  modules: readonly (Module | undefined)[],
): Address | undefined {
  const instruction = Buffer.from(space.arch.syscalls.instruction);
  for (const module of modules) {
    if (module === undefined) continue;
    for (const range of module.image.executableRanges()) {
      const code = module.image.bytesAt(range.start, range.end - range.start);
      const at =
        code === undefined
          ? -1
          : Buffer.from(code.buffer, code.byteOffset, code.length).indexOf(instruction);
      if (at !== -1) return loadedAt(toImageAddress(range.start + at), module.bias);
    }
  }
  return undefined;
}
