/**
 * Bytes of ELF files as a tracee sees them: through its root directory, though deleted, mapped.
 *
 * The tracee chooses the paths, so nothing but a regular file is ever opened: opening a FIFO would
 * wait for its other end, and opening a device may do anything.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';

import { fileOf, type FileBytes } from '../../../base/file-bytes.js';
import type { ProcessId } from '../../../base/ids.js';
import type { ImageFile, TraceeFiles } from '../../tracee-files.js';
import { MAP_PRIVATE, PROT_READ } from '../constants.js';
import { UserError } from '../../../base/errors.js';
import { withDescriptor } from '../ourselves/descriptors.js';
import { ImageArena } from './image-arena.js';
import { mmap, viewMemory } from '../libc.js';
import { MappingQuery } from './mapping-query.js';
import { unmapWhenUnused } from '../native-memory.js';
import { taskWithMemory } from './procfs.js';
import { TaskFiles } from './task-files.js';

const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Node.js before 22 has no larger buffers, and ends our process where one is asked for. */
const LARGEST_VIEW = 2 ** 32;
const VIEW_DISTANCE = 2 ** 30;
/** Debug files have some gigabytes. A sparse file may claim any size: what is beyond is not looked at. */
const LARGEST_FILE = 2 ** 34;

export class ImageFiles {
  private readonly mapped = new Map<string, ImageFile>();
  private readonly arena: ImageArena | undefined;
  private readonly query = new MappingQuery();

  /** @param machineCode 'never': files that are made shorter while they are mapped end our process */
  constructor(machineCode: 'where-permitted' | 'never') {
    this.arena = machineCode === 'never' ? undefined : ImageArena.create();
  }

  of(pid: ProcessId): TraceeFiles {
    const open = (path: string, isMeant: (stats: BigIntStats) => boolean): ImageFile | undefined =>
      this.openRegular(path, isMeant);
    return new TaskFiles(taskWithMemory(pid), open, this.query);
  }

  /** Forgets all files; those still in use stay mapped until they are not. */
  close(): void {
    this.mapped.clear();
    this.query.close();
    this.arena?.close();
  }

  private openRegular(
    path: string,
    isMeant: (stats: BigIntStats) => boolean,
  ): ImageFile | undefined {
    let file: number | undefined;
    try {
      const found = statSync(path, { bigint: true });
      if (!found.isFile() || !isMeant(found)) return undefined;
      const known = this.mapped.get(identityOf(found));
      if (known !== undefined) return known;
      file = withDescriptor(() => openSync(path, OPEN_FLAGS));
      const opened = fstatSync(file, { bigint: true });
      // Looked at again: the path may lead elsewhere by now.
      return opened.isFile() && isMeant(opened) ? this.map(file, opened) : undefined;
    } catch (error) {
      // No descriptor left: that says nothing about the file.
      if (error instanceof UserError) throw error;
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  private map(file: number, stats: BigIntStats): ImageFile | undefined {
    const identity = identityOf(stats);
    const known = this.mapped.get(identity);
    if (known !== undefined) return known;
    const size = Math.min(Number(stats.size), LARGEST_FILE);
    if (size === 0) return undefined;
    let address = this.arena?.map(file, size) ?? -1;
    if (address === -1) address = mmap(0, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (address === -1) return undefined;
    const bytes = size <= LARGEST_VIEW ? viewedAtOnce(address, size) : viewedInParts(address, size);
    const image: ImageFile = { ...bytes, identity };
    this.mapped.set(identity, image);
    return image;
  }
}

function viewedAtOnce(address: number, size: number): FileBytes {
  const buffer = viewMemory(address, size);
  unmapWhenUnused(buffer, address, size);
  return fileOf(new Uint8Array(buffer));
}

/** Views that overlap, so that every part of some size lies in one. So large a file stays mapped as long as we run. */
function viewedInParts(address: number, size: number): FileBytes {
  const views = new Map<number, FileBytes>();
  const part = (offset: number, length: number): Uint8Array => {
    if (!(offset >= 0 && length >= 0)) return new Uint8Array(0);
    const start = offset - (offset % VIEW_DISTANCE);
    let view = views.get(start);
    if (view === undefined) {
      const reach = Math.max(0, Math.min(LARGEST_VIEW, size - start));
      view = fileOf(
        new Uint8Array(reach === 0 ? new ArrayBuffer(0) : viewMemory(address + start, reach)),
      );
      views.set(start, view);
    }
    // What is larger than that nobody can use in one piece.
    return view.part(offset - start, length);
  };
  return { size, part };
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}
