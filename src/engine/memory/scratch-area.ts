/** Pages inside the tracee where displaced instructions run, within reach of the code they came from. */
import { toAddress, type Address } from '../../base/address.js';
import type { Mapping } from '../../kernel/kernel.js';

/** Maps fresh pages at exactly this address; false when the kernel refuses. */
export type MapPages = (at: Address, bytes: number) => boolean;

const PAGE = 4096;
/** Each chunk within reach is twice as large as the one before: the kernel gives memory to what is used only. */
const FIRST_CHUNK_BYTES = 0x10000;
const LARGEST_CHUNK_BYTES = 0x100000;
/** Distance kept from other mappings, so that a growing heap or stack does not run into us at once. */
const CLEARANCE = 0x10000;
/** vm.mmap_min_addr is at most this by default. */
const LOWEST = 0x10000;
const MOST_ATTEMPTS = 8;

interface Chunk {
  readonly start: Address;
  readonly end: Address;
  /** Between these, code is within reach of all of the chunk. */
  readonly reachesFrom: number;
  readonly reachesTo: number;
  top: number;
}

/** Room that any displaced instruction fits in. */
export const COPY_BYTES = 32;
/** Room for what stands in place of a system call about signals. */
export const LARGEST_COPY_BYTES = 192;
/** Of the beginning of each. */
export const COPY_ALIGNMENT = 16;

export class ScratchArea {
  private readonly chunks: Chunk[] = [];
  /** What was used last: the next instruction lies mostly near the one before. */
  private current: Chunk | undefined;

  constructor(private readonly reach: number) {}

  /** For a forked child, whose memory is a copy of its parent's. */
  copy(): ScratchArea {
    const copy = new ScratchArea(this.reach);
    copy.chunks.push(...this.chunks.map((chunk) => ({ ...chunk })));
    return copy;
  }

  contains(address: number): boolean {
    return this.chunks.some((chunk) => address >= chunk.start && address < chunk.end);
  }

  /**
   * @param near where the original code stands
   * @param bytes a few dozen at most, or several instructions at once
   * @returns undefined when there is no room within reach: see {@link grow}
   */
  reserve(near: Address, bytes: number): Address | undefined {
    if (this.current === undefined || !hasRoom(this.current, near, bytes)) {
      this.current = this.chunks.find((chunk) => hasRoom(chunk, near, bytes));
    }
    if (this.current === undefined) return undefined;
    const at = this.current.top;
    this.current.top += Math.ceil(bytes / COPY_ALIGNMENT) * COPY_ALIGNMENT;
    return toAddress(at);
  }

  /**
   * Makes room for so many bytes, and more.
   *
   * @returns false when there is no place within reach
   */
  grow(near: Address, bytes: number, mappings: readonly Mapping[], mapPages: MapPages): boolean {
    const wanted = this.chunkBytes(bytes, near);
    let attempts = 0;
    for (const start of gapsNear(near, wanted, this.reach, mappings)) {
      if (attempts++ === MOST_ATTEMPTS) break;
      if (!mapPages(start, wanted)) continue;
      const end = toAddress(start + wanted);
      const within = { reachesFrom: end - this.reach, reachesTo: start + this.reach };
      this.chunks.push({ start, end, ...within, top: start });
      return true;
    }
    return false;
  }

  private chunkBytes(needed: number, near: Address): number {
    const earlier = this.chunks.filter((chunk) => isNear(chunk, near)).length;
    const bytes = Math.min(FIRST_CHUNK_BYTES * 2 ** earlier, LARGEST_CHUNK_BYTES);
    return Math.max(bytes, Math.ceil(needed / PAGE) * PAGE);
  }
}

function hasRoom(chunk: Chunk, near: Address, bytes: number): boolean {
  return chunk.end - chunk.top >= bytes && isNear(chunk, near);
}

function isNear({ reachesFrom, reachesTo }: Chunk, near: Address): boolean {
  return near > reachesFrom && near < reachesTo;
}

/**
 * Free places for `bytes` within reach: below first (heaps grow upwards), nearest first, then above, and last, as far from
 * it as can be, where the stack grows.
 */
export function gapsNear(
  near: number,
  bytes: number,
  reach: number,
  mappings: readonly Mapping[],
): Address[] {
  const below: Address[] = [];
  const above: Address[] = [];
  const underStack: Address[] = [];
  let previousEnd = LOWEST - CLEARANCE;
  for (const mapping of mappings) {
    const room = mapping.start - previousEnd;
    if (room >= bytes + 2 * CLEARANCE) {
      const lowest = toAddress(previousEnd + CLEARANCE);
      if (mapping.path === '[stack]') underStack.push(lowest);
      else if (mapping.start <= near) below.unshift(toAddress(mapping.start - CLEARANCE - bytes));
      else above.push(lowest);
    }
    previousEnd = mapping.end;
  }
  // Where user memory ends the kernel knows.
  above.push(toAddress(previousEnd + CLEARANCE));
  const inReach = (start: Address): boolean => Math.abs(start - near) + bytes < reach;
  return [...below, ...above, ...underStack].filter(inReach);
}
