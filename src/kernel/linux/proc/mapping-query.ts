/**
 * Asks for the one mapping that contains an address. Linux 6.11 and later can tell (PROCMAP_QUERY of <linux/fs.h>), and
 * that takes as long however many mappings there are; before, all have to be read.
 */
import { closeSync, openSync } from 'node:fs';

import { setWord, wordAsNumber } from '../../../base/address.js';
import type { Mapping } from '../../mapping.js';
import { errno, ioctl } from '../libc.js';
import { NativeBlock } from '../native-memory.js';

/** _IOWR('f', 17, struct procmap_query) */
const PROCMAP_QUERY = 0xc0686611;
const PROCMAP_QUERY_VMA_EXECUTABLE = 4;

/** Offsets in struct procmap_query, 104 bytes. */
const QUERY = {
  SIZE: 0,
  FLAGS: 8,
  ADDRESS: 16,
  START: 24,
  END: 32,
  VMA_FLAGS: 40,
  OFFSET: 56,
  INODE: 64,
  MAJOR: 72,
  MINOR: 76,
  NAME_BYTES: 80,
  BUILD_ID_BYTES: 84,
  NAME: 88,
  BUILD_ID: 96,
} as const;
const QUERY_BYTES = 104;
/** PATH_MAX of <linux/limits.h>, and the NUL. */
const NAME_BYTES = 4097;

/** No mapping contains it: <asm-generic/errno-base.h>. */
const ENOENT = 2;

/** 'unknown': the kernel does not tell. */
export type QueriedMapping = Mapping | 'none' | 'unknown';

export class MappingQuery {
  private readonly block = new NativeBlock(QUERY_BYTES + NAME_BYTES);
  private isSupported = true;

  at(task: number, address: number): QueriedMapping {
    if (!this.isSupported) return 'unknown';
    let maps: number | undefined;
    try {
      maps = openSync(`/proc/${task}/maps`, 'r');
      this.fill(address);
      if (ioctl(maps, PROCMAP_QUERY, this.block.address) === 0) return this.answer();
      if (errno() === ENOENT) return 'none';
      this.isSupported = false;
      return 'unknown';
    } catch {
      return 'unknown';
    } finally {
      if (maps !== undefined) closeSync(maps);
    }
  }

  close(): void {
    this.block.free();
  }

  private fill(address: number): void {
    const { bytes, view } = this.block;
    bytes.fill(0, 0, QUERY_BYTES);
    setWord(view, QUERY.SIZE, QUERY_BYTES);
    setWord(view, QUERY.ADDRESS, address);
    view.setUint32(QUERY.NAME_BYTES, NAME_BYTES, true);
    setWord(view, QUERY.NAME, this.block.address + QUERY_BYTES);
  }

  private answer(): Mapping {
    const { bytes, view } = this.block;
    const word = (at: number): number => wordAsNumber(view, at);
    // With the NUL; 0 for memory without a name.
    const length = Math.max(0, view.getUint32(QUERY.NAME_BYTES, true) - 1);
    const name = bytes.subarray(QUERY_BYTES, QUERY_BYTES + length);
    const inode = view.getBigUint64(QUERY.INODE, true);
    const device = [QUERY.MAJOR, QUERY.MINOR].map((at) =>
      view.getUint32(at, true).toString(16).padStart(2, '0'),
    );
    return {
      start: word(QUERY.START),
      end: word(QUERY.END),
      executable: (word(QUERY.VMA_FLAGS) & PROCMAP_QUERY_VMA_EXECUTABLE) !== 0,
      path: Buffer.from(name).toString('utf8'),
      offset: word(QUERY.OFFSET),
      file: inode === 0n ? '' : `${device.join(':')} ${inode}`,
    };
  }
}
