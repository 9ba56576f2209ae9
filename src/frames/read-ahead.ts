// Hot path: runs at every call whose script is asked for.
/**
 * Reads what leads from one structure to the next. What was read the last time is read again by one system call, before
 * it is known whether it will be asked for: mostly it is.
 */
import { toAddress, type MemoryBlock } from '../base/address.js';
import type { SourceMemory } from './frame-source.js';

/** UIO_MAXIOV in <linux/uio.h> is 1024; a call that reads more than this reads the rest block by block. */
const MOST_BLOCKS = 512;
const MOST_BYTES = 256 * 1024;
const LARGEST_ADDRESS = 2 ** 52;
const TWO_TO_32 = 2 ** 32;

export class ReadAhead {
  private bytes = new Uint8Array(4096);
  /** What the last walk read, in its order, and where each lies in `bytes`. */
  private expected: MemoryBlock[] = [];
  private used: MemoryBlock[] = [];
  private usedBytes = 0;
  /** Next of `expected`, where it begins in `bytes`, and how many bytes could be read. */
  private next = 0;
  private at = 0;
  private available = 0;

  constructor(private readonly memory: SourceMemory) {}

  /** Everything is read anew from here on: the thread has run since. */
  begin(): void {
    this.expected = this.used;
    if (this.usedBytes > this.bytes.length) this.bytes = new Uint8Array(this.usedBytes * 2);
    this.available =
      this.expected.length < 2
        ? 0
        : this.memory.readBlocks(this.expected, this.bytes.subarray(0, this.usedBytes));
    this.used = [];
    this.usedBytes = 0;
    this.next = 0;
    this.at = 0;
  }

  /** Exactly these bytes, valid until {@link begin}; undefined where they cannot be read. */
  take(address: number, bytes: number): Uint8Array | undefined {
    if (!(address > 0 && address + bytes < LARGEST_ADDRESS)) return undefined;
    const start = this.at;
    const block = { address: toAddress(address), bytes };
    this.note(block);
    if (this.isNext(block)) return this.bytes.subarray(start, start + bytes);
    return this.now(address, bytes);
  }

  /** All of these, one behind the other, by one system call; undefined where any cannot be read. */
  takeTogether(blocks: readonly MemoryBlock[], total: number): Uint8Array | undefined {
    const start = this.at;
    let isAhead = this.available >= start + total;
    for (const block of blocks) {
      this.note(block);
      isAhead &&= this.isNext(block);
    }
    if (isAhead) return this.bytes.subarray(start, start + total);
    const into = new Uint8Array(total);
    return this.memory.readBlocks(blocks, into) === total ? into : undefined;
  }

  /** A word that is an address: undefined where it cannot be read, NaN where it is none. */
  pointer(address: number): number | undefined {
    const bytes = this.take(address, 8);
    return bytes && pointerIn(bytes, 0);
  }

  private note(block: MemoryBlock): void {
    if (this.used.length >= MOST_BLOCKS || this.usedBytes + block.bytes > MOST_BYTES) return;
    this.used.push(block);
    this.usedBytes += block.bytes;
  }

  /** Was this block read at the beginning? Moves on. */
  private isNext({ address, bytes }: MemoryBlock): boolean {
    const block = this.expected[this.next];
    if (block === undefined) return false;
    if (block.address !== address || block.bytes !== bytes) {
      // From here on the walk leads elsewhere.
      this.next = this.expected.length;
      return false;
    }
    this.next++;
    this.at += bytes;
    return this.at <= this.available;
  }

  private now(address: number, bytes: number): Uint8Array | undefined {
    const into = new Uint8Array(bytes);
    return this.memory.read(toAddress(address), into) === bytes ? into : undefined;
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
