/** Puts modules into the table of their address space, and takes them out again. */
import { toAddress } from '../../base/address.js';
import { toThreadId, type ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Mapping } from '../../kernel/mapping.js';
import type { TraceeFiles } from '../../kernel/tracee-files.js';
import type { Emitter } from '../emitter.js';
import type { Process, Thread } from '../tracees/tracee.js';
import type { TracepointPlacer } from '../tracepoints/place-tracepoints.js';
import type { ImageCache } from '../modules/image-cache.js';
import type { LinkMapChanges, LinkMapEntry } from '../modules/link-map.js';
import { Module } from '../modules/module.js';
import { callsKernelItself } from '../modules/own-calls.js';

/** A list with more is made up: what else cannot be read is not named. */
const MOST_UNREADABLE = 256;

export interface ModuleLoaderParts {
  readonly kernel: Kernel;
  readonly emitter: Emitter;
  readonly placer: TracepointPlacer;
  readonly images: ImageCache;
  /** Are programs told apart by whether they call the kernel past the C library? */
  readonly asksWhoCallsKernel: boolean;
  /** Its code is not there any more. */
  onUnload(process: Process, module: Module): void;
}

export class ModuleLoader {
  constructor(private readonly parts: ModuleLoaderParts) {}

  /** @param files as they were looked at before; what came since is looked for anew */
  apply(thread: Thread, { added, removed }: LinkMapChanges, files?: TraceeFiles): void {
    if (added.length === 0 && removed.length === 0) return;
    const now = this.parts.kernel.filesOf(thread.process.pid);
    for (const entry of removed) this.drop(thread.process, now, entry);
    for (const entry of added) this.load(thread, { before: files ?? now, now }, entry);
  }

  /**
   * Between two looks a library may have gone and another come to the same place: then the linker's list looks the
   * same.
   */
  recheck(thread: Thread): void {
    const { process } = thread;
    const files = this.parts.kernel.filesOf(process.pid);
    const { mappings } = files;
    if (mappings.length === 0) return;
    for (const module of [...process.space.modules.all]) {
      if (module.isPermanent || module.mappedFile === '' || this.isStillMapped(files, module)) {
        continue;
      }
      this.unload(process, module);
      const { bias, path, dynamic } = module;
      const entry = { bias, path, dynamic: toAddress(dynamic) };
      this.load(thread, { before: files, now: files }, entry);
    }
  }

  /** Some of its code has gone without the linker's doing. */
  dropUnmapped(process: Process, module: Module): void {
    const files = this.parts.kernel.filesOf(process.pid);
    if (!module.isPermanent && !this.isStillMapped(files, module)) this.unload(process, module);
  }

  add(thread: Thread, module: Module): void {
    const { process, tid } = thread;
    const { emitter } = this.parts;
    const { space } = process;
    space.modules.add(module);
    if (this.parts.asksWhoCallsKernel && callsKernelItself(module, space.arch)) {
      space.callsKernelItself = true;
    }
    const { buildId } = module.image;
    emitter.emit({
      kind: 'module-loaded',
      pid: process.pid,
      tid,
      at: emitter.now(),
      module: module.name,
      path: module.path,
      bias: module.bias,
      isMainProgram: module.isMainProgram,
      ...(buildId !== undefined && { buildId }),
    });
  }

  /** The list is the program's to write: one that hides a library does not make our traps in it go away. */
  private drop(process: Process, files: TraceeFiles, { dynamic }: LinkMapEntry): void {
    const { space } = process;
    space.unreadable.delete(dynamic);
    const module = space.modules.withDynamic(dynamic);
    if (module === undefined || module.isPermanent || this.isStillMapped(files, module)) return;
    this.unload(process, module);
  }

  private load(
    thread: Thread,
    { before, now }: { readonly before: TraceeFiles; readonly now: TraceeFiles },
    entry: LinkMapEntry,
  ): void {
    const { space } = thread.process;
    if (space.modules.withDynamic(entry.dynamic) !== undefined) return;
    // The vdso has no file; it is called through pointers that the C library keeps.
    if (entry.path.startsWith('linux-')) return;
    const known = before.mappingAt(entry.dynamic);
    const [files, mapping] =
      known === undefined ? [now, now.mappingAt(entry.dynamic)] : [before, known];
    const path = pathOf(mapping, entry);
    // musl gives the vdso no name.
    if (path === '[vdso]') return;
    const { memory } = space;
    const { path: knownAs, bias } = entry;
    const result = this.parts.images.loaded(files, {
      mapping,
      knownAs,
      memory,
      biasOf: () => bias,
    });
    if (result.kind === 'refused') {
      this.miss(thread, entry, { path, reason: result.reason });
      return;
    }
    const module = new Module(result.image, entry.path, bias, 'library');
    module.mappedFile = mapping?.file ?? '';
    this.add(thread, module);
    if (result.source === 'memory') this.sayMemory(thread, module);
  }

  private miss(
    thread: Thread,
    entry: LinkMapEntry,
    { path, reason }: { readonly path: string; readonly reason: string },
  ): void {
    const { unreadable } = thread.process.space;
    if (unreadable.size >= MOST_UNREADABLE) return;
    unreadable.set(entry.dynamic, { path: entry.path, reason });
    this.parts.placer.missed(thread, entry.path === '' ? path : entry.path, reason);
  }

  private sayMemory({ process: { pid }, tid }: Thread, { path }: Module): void {
    const { emitter } = this.parts;
    const text = `${path}: the file that is loaded is not at its path any more: it is looked at in memory, where only exported functions have names`;
    emitter.emit({ kind: 'notice', pid, tid, at: emitter.now(), severity: 'info', text });
  }

  private isStillMapped(files: TraceeFiles, { start, mappedFile }: Module): boolean {
    const mapping = files.mappingAt(start);
    return mapping !== undefined && mapping.file !== '' && mapping.file === mappedFile;
  }

  private unload(process: Process, module: Module): void {
    const { emitter, placer } = this.parts;
    process.space.modules.remove(module);
    process.space.forget(module.start, module.end);
    this.parts.onUnload(process, module);
    placer.forget(process.space, module);
    emitter.emit({
      kind: 'module-unloaded',
      pid: process.pid,
      tid: reporterOf(process),
      at: emitter.now(),
      module: module.name,
      path: module.path,
    });
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
