/** Memory that is read page by page, each page once: for much reading of what does not change meanwhile. */
import { toAddress, type Address } from '../../base/address.js';

/** Reads as much as is readable; returns the count. */
export type ReadMemory = (address: Address, into: Uint8Array) => number;

export const PAGE_BYTES = 4096;
/** A megabyte: what is read together lies together. */
const MOST_PAGES = 256;

export class PageCache {
  /** By page number; shorter than a page where the rest cannot be read. */
  private readonly pages = new Map<number, Uint8Array>();

  constructor(private readonly readMemory: ReadMemory) {}

  read(address: Address, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      const at = address + done;
      const page = this.pageAt(at);
      const from = at % PAGE_BYTES;
      const count = Math.max(0, Math.min(page.length - from, into.length - done));
      into.set(page.subarray(from, from + count), done);
      done += count;
      if (page.length < PAGE_BYTES) break;
    }
    return done;
  }

  /** What was read of these bytes is no longer true. */
  forget(address: Address, bytes: number): void {
    const last = Math.floor((address + bytes - 1) / PAGE_BYTES);
    for (let page = Math.floor(address / PAGE_BYTES); page <= last; page++) this.pages.delete(page);
  }

  private pageAt(address: number): Uint8Array {
    const number = Math.floor(address / PAGE_BYTES);
    const known = this.pages.get(number);
    if (known !== undefined) return known;
    const page = new Uint8Array(PAGE_BYTES);
    const read = page.subarray(0, this.readMemory(toAddress(number * PAGE_BYTES), page));
    const [oldest] = this.pages.keys();
    if (oldest !== undefined && this.pages.size === MOST_PAGES) this.pages.delete(oldest);
    this.pages.set(number, read);
    return read;
  }
}
