// Hot path: runs at every stop.
/** Reads the texts behind several arguments by one system call before the first of them is looked at. */
import { addressFromWord, type MemoryBlock } from '../base/address.js';
import type { MemoryReader } from './stopped-call.js';
import { readPointer } from './word.js';

/** An argument that points to text. */
export interface TextSlot {
  /** Of the pointer in the frame. */
  readonly offset: number;
  /** The most that can be shown, and the terminator. */
  readonly bytes: number;
}

/** Most texts are shorter; longer ones take further reads. */
export const FIRST_READ = 512;
/** Functions with more texts than this are rare. */
const MOST_TEXTS = 8;
const PAGE = 4096;

export class TextsAhead {
  readonly bytes = new Uint8Array(MOST_TEXTS * FIRST_READ);
  private blocks: MemoryBlock[] = [];
  /** How many of the blocks were read. */
  private count = 0;

  forget(): void {
    this.count = 0;
  }

  read(memory: MemoryReader, slots: readonly TextSlot[], frame: DataView, wordBytes: 4 | 8): void {
    this.blocks = [];
    let total = 0;
    for (const { offset, bytes } of slots) {
      const address = addressFromWord(readPointer(frame, offset, wordBytes));
      if (address === undefined || address === 0 || this.blocks.length === MOST_TEXTS) continue;
      // Not beyond the page, for the next one may not be readable: then nothing would be told of this one.
      const block = { address, bytes: Math.min(bytes, FIRST_READ, PAGE - (address % PAGE)) };
      this.blocks.push(block);
      total += block.bytes;
    }
    if (this.blocks.length < 2) return;
    let got = memory.readBlocks(this.blocks, this.bytes.subarray(0, total));
    while (this.count < this.blocks.length) {
      got -= this.blocks[this.count]?.bytes ?? 0;
      if (got < 0) break;
      this.count++;
    }
  }

  /** Where the text at `address` begins in `bytes`, and how much of it is there; undefined when nothing is. */
  find(address: number): { readonly start: number; readonly bytes: number } | undefined {
    let start = 0;
    for (let index = 0; index < this.count; index++) {
      const block = this.blocks[index];
      if (block === undefined) break;
      if (block.address === address) return { start, bytes: block.bytes };
      start += block.bytes;
    }
    return undefined;
  }
}
