/**
 * Bytes of ELF files as a tracee sees them: through its root directory, though deleted, mapped.
 *
 * The tracee chooses the paths, so nothing but a regular file is ever opened: opening a FIFO would
 * wait for its other end, and opening a device may do anything.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  statSync,
} from 'node:fs';

import type { ProcessId } from '../../../base/ids.js';
import type { ImageFile, Mapping, TraceeFiles } from '../../kernel.js';
import { MAP_PRIVATE, PROT_READ } from '../constants.js';
import { ImageArena } from './image-arena.js';
import { mmap, viewMemory } from '../libc.js';
import { unmapWhenUnused } from '../native-memory.js';
import { readLinkOr, readMappings, taskWithMemory } from './procfs.js';

const DELETED = ' (deleted)';
/** As many as the kernel follows (linux/namei.h, MAXSYMLINKS). */
const LONGEST_LINK_CHAIN = 40;

export class ImageFiles {
  private readonly mapped = new Map<string, ImageFile>();
  private readonly arena: ImageArena | undefined;

  /** @param machineCode 'never': files that are made shorter while they are mapped end our process */
  constructor(machineCode: 'where-permitted' | 'never') {
    this.arena = machineCode === 'never' ? undefined : ImageArena.create();
  }

  of(pid: ProcessId): TraceeFiles {
    return new FilesOfTask(taskWithMemory(pid), (path) => this.openRegular(path));
  }

  /** Forgets all files; those still in use stay mapped until they are not. */
  close(): void {
    this.mapped.clear();
    this.arena?.close();
  }

  private openRegular(path: string): ImageFile | undefined {
    let file: number | undefined;
    try {
      const found = statSync(path, { bigint: true });
      if (!found.isFile()) return undefined;
      const known = this.mapped.get(identityOf(found));
      if (known !== undefined) return known;
      file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      const opened = fstatSync(file, { bigint: true });
      // Looked at again: the path may lead elsewhere by now.
      return opened.isFile() ? this.map(file, opened) : undefined;
    } catch {
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  private map(file: number, stats: BigIntStats): ImageFile | undefined {
    const identity = identityOf(stats);
    const known = this.mapped.get(identity);
    if (known !== undefined) return known;
    const size = Number(stats.size);
    if (size === 0) return undefined;
    let address = this.arena?.map(file, size) ?? -1;
    if (address === -1) address = mmap(0, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (address === -1) return undefined;
    const buffer = viewMemory(address, size);
    unmapWhenUnused(buffer, address, size);
    const image: ImageFile = { bytes: new Uint8Array(buffer), identity };
    this.mapped.set(identity, image);
    return image;
  }
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

class FilesOfTask implements TraceeFiles {
  private known: readonly Mapping[] | undefined;
  /** The first mapping of each file. */
  private byPath: ReadonlyMap<string, Mapping> | undefined;
  private program: string | undefined;
  private hasOurRoot: boolean | undefined;

  constructor(
    private readonly task: number,
    private readonly openRegular: (path: string) => ImageFile | undefined,
  ) {}

  get mappings(): readonly Mapping[] {
    return (this.known ??= readMappings(this.task));
  }

  /** @param path as in the process's maps, link map or exe link */
  open(path: string): ImageFile | undefined {
    if (!path.startsWith('/')) return undefined;
    for (const candidate of this.candidates(path)) {
      const image = this.openRegular(candidate);
      if (image !== undefined) return image;
    }
    return undefined;
  }

  /** Where the file may be found, best first. */
  private *candidates(path: string): Generator<string> {
    const living = path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path;
    const program = (this.program ??= readLinkOr(`/proc/${this.task}/exe`));
    if (program === path || program === living || program === living + DELETED) {
      yield `/proc/${this.task}/exe`;
    }
    const mapping =
      this.mappingOf(path) ?? this.mappingOf(living) ?? this.mappingOf(living + DELETED);
    // A deleted file can still be opened through its mapping, but that takes CAP_CHECKPOINT_RESTORE.
    if (mapping?.path.endsWith(DELETED) === true) yield mapFilePath(this.task, mapping);
    else {
      yield this.pathInRoot(living);
      if (mapping !== undefined) yield mapFilePath(this.task, mapping);
    }
  }

  private mappingOf(path: string): Mapping | undefined {
    this.byPath ??= new Map([...this.mappings].reverse().map((each) => [each.path, each]));
    return this.byPath.get(path);
  }

  /** The path as we must open it so that we get what the process would get. */
  private pathInRoot(path: string): string {
    const root = `/proc/${this.task}/root`;
    this.hasOurRoot ??= sharesOurRoot(this.task);
    return this.hasOurRoot ? path : (resolveInside(root, path) ?? root + path);
  }
}

function mapFilePath(task: number, mapping: Mapping): string {
  return `/proc/${task}/map_files/${mapping.start.toString(16)}-${mapping.end.toString(16)}`;
}

function sharesOurRoot(task: number): boolean {
  if (readLinkOr(`/proc/${task}/ns/mnt`, '?') !== readLinkOr('/proc/self/ns/mnt')) return false;
  try {
    const theirs = statSync(`/proc/${task}/root/`);
    const ours = statSync('/');
    return theirs.dev === ours.dev && theirs.ino === ours.ino;
  } catch {
    return true;
  }
}

/** Follows symbolic links by hand: absolute ones would lead out of the process's root into ours. */
export function resolveInside(root: string, path: string): string | undefined {
  const pending = path.split('/');
  const resolved: string[] = [];
  for (let links = 0; pending.length > 0;) {
    const name = pending.shift();
    if (name === undefined || name === '' || name === '.') continue;
    if (name === '..') {
      resolved.pop();
      continue;
    }
    const here = `${root}/${[...resolved, name].join('/')}`;
    const target = linkTarget(here);
    if (target === undefined) {
      resolved.push(name);
      continue;
    }
    if (++links > LONGEST_LINK_CHAIN) return undefined;
    if (target.startsWith('/')) resolved.length = 0;
    pending.unshift(...target.split('/'));
  }
  return `${root}/${resolved.join('/')}`;
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
