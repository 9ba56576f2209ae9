/** Reads of a tracee's stack, in few system calls: whole pages are kept for the length of one walk. */
import type { Address } from '../base/address.js';
import { toAddress, wordAsNumber } from '../base/address.js';
import { DwarfError } from './sections.js';

export interface StackMemory {
  /** Reads as much as is readable from `address` on; returns the count, 0 when nothing is. */
  read(address: Address, into: Uint8Array): number;
}

const PAGE_BYTES = 4096;
/** Deep stacks with huge frames: most pages that are kept, 4 MiB. */
const MOST_PAGES = 1024;

export class StackWindow {
  private readonly pages = new Map<number, DataView>();
  private readonly word64 = new DataView(new ArrayBuffer(8));

  constructor(private readonly memory: StackMemory) {}

  /** The machine word at an address, rounded above 2^53; throws DwarfError when it is unreadable. */
  word(address: number, bytes: 4 | 8): number {
    const within = address % PAGE_BYTES;
    if (within + bytes <= PAGE_BYTES) {
      const page = this.pageAt(address - within);
      if (within + bytes > page.byteLength) throw new DwarfError('stack cannot be read');
      return bytes === 8 ? wordAsNumber(page, within) : page.getUint32(within, true);
    }
    return Number(this.bigUnsigned(address, bytes));
  }

  /** An exact integer of 1 to 8 bytes. */
  bigUnsigned(address: number, bytes: number): bigint {
    this.word64.setBigUint64(0, 0n);
    for (let index = 0; index < bytes; index++) {
      const within = (address + index) % PAGE_BYTES;
      const page = this.pageAt(address + index - within);
      if (within >= page.byteLength) throw new DwarfError('stack cannot be read');
      this.word64.setUint8(index, page.getUint8(within));
    }
    return this.word64.getBigUint64(0, true);
  }

  private pageAt(start: number): DataView {
    const known = this.pages.get(start);
    if (known !== undefined) return known;
    if (!Number.isSafeInteger(start) || start < 0) throw new DwarfError('no address of a stack');
    const bytes = new Uint8Array(PAGE_BYTES);
    const count = this.memory.read(toAddress(start), bytes);
    if (this.pages.size === MOST_PAGES) this.pages.clear();
    const page = new DataView(bytes.buffer, 0, Math.max(0, Math.min(count, PAGE_BYTES)));
    this.pages.set(start, page);
    return page;
  }
}
