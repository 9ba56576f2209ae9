// Hot path: runs at every call whose script is asked for.
/**
 * Reads what leads from one structure to the next. What was read the last time is read again by one system call, before
 * it is known whether it will be asked for: mostly it is.
 */
import { toAddress, type MemoryBlock } from '../base/address.js';
import type { SourceMemory } from './frame-source.js';

/** What one walk reads at most ahead; the rest is read when it is asked for. */
const MOST_BLOCKS = 512;
const MOST_BYTES = 64 * 1024;
const LARGEST_ADDRESS = 2 ** 52;
const TWO_TO_32 = 2 ** 32;
const UNREADABLE = 'memory that cannot be read';

/** Thrown when memory does not say what it should; caught in walks.ts. */
export class Broken extends Error {}

export class ReadAhead {
  /** What was read ahead now, and the time before. */
  private bytes = new Uint8Array(0);
  private before = new Uint8Array(0);
  /** What the walk before read, in its order, and how long that is. */
  private expected: MemoryBlock[] = [];
  private expectedBytes = 0;
  /** Next of `expected`, where it begins in `bytes`, and how many bytes could be read. */
  private next = 0;
  private at = 0;
  private available = 0;
  /** What this walk read in place of the rest of `expected`. */
  private instead: MemoryBlock[] | undefined;

  constructor(private readonly memory: SourceMemory) {}

  /**
   * Everything is read anew from here on: the thread has run since.
   *
   * @returns whether the walk that follows would see what the one before did, to the last byte
   */
  begin(): boolean {
    const isWhole = this.instead === undefined && this.next === this.expected.length;
    if (!isWhole) this.expectOther();
    const wasRead = isWhole && this.available === this.expectedBytes;
    [this.bytes, this.before] = [this.before, this.bytes];
    this.next = 0;
    this.at = 0;
    this.instead = undefined;
    this.available =
      this.expected.length < 2 ? 0 : this.memory.readBlocks(this.expected, this.bytes);
    const isSame =
      wasRead &&
      this.available === this.expectedBytes &&
      this.available > 0 &&
      Buffer.compare(this.bytes, this.before) === 0;
    // Nobody walks: as if the same had been asked for again.
    if (isSame) this.next = this.expected.length;
    return isSame;
  }

  /** Exactly these bytes, valid until {@link begin}; undefined where they cannot be read. */
  take(address: number, bytes: number): Uint8Array | undefined {
    if (!(address > 0 && address + bytes < LARGEST_ADDRESS)) return undefined;
    const start = this.at;
    if (this.isNext(address, bytes)) return this.bytes.subarray(start, start + bytes);
    const into = new Uint8Array(bytes);
    return this.memory.read(toAddress(address), into) === bytes ? into : undefined;
  }

  /** All of these, one behind the other, by one system call; undefined where any cannot be read. */
  takeTogether(blocks: readonly MemoryBlock[], total: number): Uint8Array | undefined {
    const start = this.at;
    let isAhead = true;
    for (const { address, bytes } of blocks) isAhead = this.isNext(address, bytes) && isAhead;
    if (isAhead) return this.bytes.subarray(start, start + total);
    const into = new Uint8Array(total);
    return this.memory.readBlocks(blocks, into) === total ? into : undefined;
  }

  /** A word that is an address: undefined where it cannot be read, NaN where it is none. */
  pointer(address: number): number | undefined {
    const bytes = this.take(address, 8);
    return bytes && pointerIn(bytes, 0);
  }

  /**
   * As {@link take}.
   * @throws Broken where they cannot be read
   */
  demand(address: number, bytes: number): Uint8Array {
    const taken = this.take(address, bytes);
    if (taken === undefined) throw new Broken(UNREADABLE);
    return taken;
  }

  /**
   * As {@link pointer}.
   * @throws Broken where there is none
   */
  demandPointer(address: number): number {
    const value = this.pointer(address);
    if (value === undefined || Number.isNaN(value)) throw new Broken(UNREADABLE);
    return value;
  }

  /** Was this block read at the beginning? Moves on; the next walk will expect it. */
  private isNext(address: number, bytes: number): boolean {
    if (this.instead === undefined) {
      const block = this.expected[this.next];
      if (block?.address === address && block.bytes === bytes) {
        this.next++;
        this.at += bytes;
        return this.at <= this.available;
      }
      this.instead = [];
    }
    this.instead.push({ address: toAddress(address), bytes });
    return false;
  }

  /** What the walk that ended read, as far as it is not too much. */
  private expectOther(): void {
    const all = this.expected.slice(0, this.next);
    let total = all.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const block of this.instead ?? []) {
      total += block.bytes;
      if (all.length >= MOST_BLOCKS || total > MOST_BYTES) {
        total -= block.bytes;
        break;
      }
      all.push(block);
    }
    this.expected = all;
    this.expectedBytes = total;
    this.bytes = new Uint8Array(total);
    this.before = new Uint8Array(total);
  }
}

export function uint32In(bytes: Uint8Array, offset: number): number {
  return ((uint16In(bytes, offset + 2) << 16) | uint16In(bytes, offset)) >>> 0;
}

export function uint16In(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset] ?? 0);
}

/** Rounded above 2^53. */
export function wordIn(bytes: Uint8Array, offset: number): number {
  return uint32In(bytes, offset + 4) * TWO_TO_32 + uint32In(bytes, offset);
}

/** 0 for NULL, NaN for a word that is no address of a program. */
export function pointerIn(bytes: Uint8Array, offset: number): number {
  const word = wordIn(bytes, offset);
  return word < LARGEST_ADDRESS ? word : NaN;
}
