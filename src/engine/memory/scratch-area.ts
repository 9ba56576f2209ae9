/** Places inside the tracee where displaced instructions run, within reach of the code they came from. */
import { toAddress, type Address } from '../../base/address.js';
import type { Mapping } from '../../kernel/mapping.js';
import { ROOM_MARK_BYTES, type Range } from './left-pages.js';

/** Maps fresh pages at exactly this address. 'occupied': something else is there. All else is why there are none to be had. */
export type MapPages<Shortage extends string> = (
  at: Address,
  bytes: number,
) => 'mapped' | 'occupied' | Shortage;

const PAGE = 4096;
/** Each chunk within reach is twice as large as the one before: the kernel gives memory to what is used only. */
const FIRST_CHUNK_BYTES = 0x10000;
const LARGEST_CHUNK_BYTES = 0x100000;
/** Distance kept from other mappings, so that a growing heap or stack does not run into us at once. */
const CLEARANCE = 0x10000;
/** vm.mmap_min_addr is at most this by default. */
const LOWEST = 0x10000;
const MOST_ATTEMPTS = 8;

/**
 * 'pages': mapped for us. 'tail': the unused end of a module's last page of code, which must be zero again when we leave
 * (elf/unused-tails.ts).
 */
type ChunkKind = 'pages' | 'tail';

interface Chunk extends Range {
  readonly kind: ChunkKind;
  /** Between these, code is within reach of all of the chunk. */
  reachesFrom: number;
  reachesTo: number;
  /** Copies are put here from below, slots from above. */
  top: number;
  bottom: number;
}

/** Room that any displaced instruction fits in. */
export const COPY_BYTES = 32;
/** Room for what stands in place of a system call about signals. */
export const LARGEST_COPY_BYTES = 192;
/** Of the beginning of each. */
export const COPY_ALIGNMENT = 16;
/** One of so many parts of each chunk is kept for slots: see slots.ts. */
const SLOT_SHARE: Readonly<Record<ChunkKind, number>> = { pages: 8, tail: 2 };

export class ScratchArea {
  private readonly chunks: Chunk[] = [];
  /** Beginnings of what an earlier session put there and is used again, COPY_ALIGNMENT bytes each. */
  private readonly reused = new Set<number>();
  /** What was used last: the next instruction lies mostly near the one before. */
  private current: Chunk | undefined;

  constructor(private readonly reach: number) {}

  /** For a forked child, whose memory is a copy of its parent's. */
  copy(): ScratchArea {
    const copy = new ScratchArea(this.reach);
    copy.chunks.push(...this.chunks.map((chunk) => ({ ...chunk })));
    for (const unit of this.reused) copy.reused.add(unit);
    return copy;
  }

  contains(address: number): boolean {
    if (this.reused.has(address - (address % COPY_ALIGNMENT))) return true;
    return this.chunks.some((chunk) => address >= chunk.start && address < chunk.end);
  }

  /** Does the code there stay as it is, also when we have gone? Not in slots, nor in what is the program's own. */
  lasts(address: number): boolean {
    if (this.reused.has(address - (address % COPY_ALIGNMENT))) return true;
    return this.chunks.some(
      ({ kind, start, top }) => kind === 'pages' && address >= start && address < top,
    );
  }

  /** May code that stands near have its copy at that address? */
  serves(at: Address, near: Address): boolean {
    return this.chunks.some((chunk) => at >= chunk.start && at < chunk.end && isNear(chunk, near));
  }

  /** Are there pages of ours within reach? */
  hasPagesNear(near: Address): boolean {
    return this.chunks.some((chunk) => chunk.kind === 'pages' && isNear(chunk, near));
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
    this.current.top += copyRoom(bytes);
    return toAddress(at);
  }

  /** Of what was reserved last only so many bytes were needed. */
  shrink(at: Address, bytes: number): void {
    const chunk = this.chunks.find(({ start, end }) => at >= start && at < end);
    if (chunk !== undefined) chunk.top = at + copyRoom(bytes);
  }

  /** Room for one displaced instruction after the other, out of what is kept for that. */
  reserveSlot(near: Address): Address | undefined {
    const chunk = this.chunks.find(
      (each) => isNear(each, near) && each.bottom - each.top >= COPY_BYTES,
    );
    if (chunk === undefined) return undefined;
    chunk.bottom -= COPY_BYTES;
    return toAddress(chunk.bottom);
  }

  /**
   * Makes room for so many bytes, and more. 'occupied' when there is no place within reach.
   */
  grow<Shortage extends string>(
    near: Address,
    bytes: number,
    mappings: readonly Mapping[],
    mapPages: MapPages<Shortage>,
  ): 'mapped' | 'occupied' | Shortage {
    const wanted = this.chunkBytes(bytes, near);
    for (const start of gapsNear(near, wanted, this.reach, mappings).slice(0, MOST_ATTEMPTS)) {
      const outcome = mapPages(start, wanted);
      if (outcome === 'occupied') continue;
      if (outcome === 'mapped') {
        this.add('pages', start, toAddress(start + wanted)).top += ROOM_MARK_BYTES;
      }
      return outcome;
    }
    return 'occupied';
  }

  /** The part of a room of an earlier session that it did not use. */
  addLeft({ start, end }: Range): void {
    if (start < end) this.add('pages', start, end);
  }

  /** What an earlier session put there is ours again, and serves as it is. */
  reuse(at: Address, bytes: number): void {
    for (let unit: number = at; unit < at + bytes; unit += COPY_ALIGNMENT) this.reused.add(unit);
  }

  /**
   * Bytes of a module that nobody uses, and that are zero.
   *
   * @param code what may have its copies there: only that of the module itself, if it can be unloaded
   */
  addTail({ start, end }: Range, code: Range | 'any'): void {
    if (this.contains(start)) return;
    const chunk = this.add('tail', start, end);
    if (code === 'any') return;
    chunk.reachesFrom = Math.max(chunk.reachesFrom, code.start - 1);
    chunk.reachesTo = Math.min(chunk.reachesTo, code.end);
  }

  /** What must be zero again when we leave. */
  get tails(): readonly Range[] {
    return this.chunks.filter(({ kind }) => kind === 'tail');
  }

  /** The module that these belonged to was unloaded. */
  forget(start: number, end: number): void {
    const kept = this.chunks.filter(
      (chunk) => chunk.kind === 'pages' || chunk.start < start || chunk.start >= end,
    );
    if (kept.length === this.chunks.length) return;
    this.chunks.splice(0, this.chunks.length, ...kept);
    this.current = undefined;
  }

  private add(kind: ChunkKind, start: Address, end: Address): Chunk {
    const within = { reachesFrom: end - this.reach, reachesTo: start + this.reach };
    const chunk = { kind, start, end, ...within, top: copyRoom(start), bottom: end };
    this.chunks.push(chunk);
    return chunk;
  }

  private chunkBytes(needed: number, near: Address): number {
    const earlier = this.chunks.filter(
      (chunk) => chunk.kind === 'pages' && isNear(chunk, near),
    ).length;
    const bytes = Math.min(FIRST_CHUNK_BYTES * 2 ** earlier, LARGEST_CHUNK_BYTES);
    return Math.max(bytes, Math.ceil((2 * needed) / PAGE) * PAGE);
  }
}

/** Copies lie side by side, this far apart. */
export const copyRoom = (bytes: number): number =>
  Math.ceil(bytes / COPY_ALIGNMENT) * COPY_ALIGNMENT;

function hasRoom(chunk: Chunk, near: Address, bytes: number): boolean {
  const kept = (chunk.end - chunk.start) / SLOT_SHARE[chunk.kind];
  const end = Math.min(chunk.bottom, chunk.end - kept);
  return end - chunk.top >= bytes && isNear(chunk, near);
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
