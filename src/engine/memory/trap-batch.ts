/** Displaced copies and traps that are to be written together: few system calls for many breakpoints. */
import { toAddress, type Address } from '../../base/address.js';
import { TraceeGone } from '../../base/errors.js';
import { PAGE_BYTES } from './page-cache.js';
import { copyRoom } from './scratch-area.js';
import type { ProcessMemory } from './process-memory.js';

/** Copies that are written at once: as much as a chunk of the scratch area. */
const RUN_BYTES = 65536;

export class TrapBatch {
  /** Addresses of traps by page number. */
  private readonly traps = new Map<number, Address[]>();
  private readonly copies = new Uint8Array(RUN_BYTES);
  private copiesStart = 0;
  private copiesBytes = 0;
  private nextCopy = 0;

  constructor(
    private readonly memory: Pick<ProcessMemory, 'read' | 'write' | 'forget'>,
    private readonly trap: number,
  ) {}

  /**
   * The program does not write to this page, and we can. The first trap of each page is to be written alone: it tells
   * whether the page can be written at all.
   */
  knowsPageOf(address: Address): boolean {
    return this.traps.has(pageOf(address));
  }

  addPageOf(address: Address): void {
    this.traps.set(pageOf(address), []);
  }

  /** Of a page that is not known it is taken for granted that it can be written. */
  add(address: Address, copy: Address | undefined, displaced: Uint8Array): void {
    if (copy !== undefined) this.addCopy(copy, displaced);
    const known = this.traps.get(pageOf(address));
    if (known === undefined) this.traps.set(pageOf(address), [address]);
    else known.push(address);
  }

  /**
   * The copies first: a thread may run into a trap as soon as it is there.
   *
   * @returns where no trap could be written after all
   */
  write(): readonly Address[] {
    this.writeCopies();
    const refused: Address[] = [];
    for (const [page, addresses] of this.traps) {
      if (!this.writeTraps(addresses)) refused.push(...addresses);
      this.traps.set(page, []);
    }
    return refused;
  }

  private addCopy(at: Address, bytes: Uint8Array): void {
    // What lies between others is a copy that was written already.
    const isNext = at === this.nextCopy;
    if (!isNext || at + bytes.length > this.copiesStart + RUN_BYTES) {
      this.writeCopies();
      this.copiesStart = at;
    }
    this.nextCopy = at + copyRoom(bytes.length);
    this.copies.set(bytes, at - this.copiesStart);
    this.copiesBytes = at - this.copiesStart + bytes.length;
  }

  private writeCopies(): void {
    if (this.copiesBytes === 0) return;
    this.memory.write(toAddress(this.copiesStart), this.copies.subarray(0, this.copiesBytes));
    this.copies.fill(0, 0, this.copiesBytes);
    this.copiesBytes = 0;
  }

  /** Bytes between the traps are written as they are: code that its own program cannot write. */
  private writeTraps(addresses: readonly Address[]): boolean {
    if (addresses.length === 0) return true;
    const first = toAddress(Math.min(...addresses));
    const bytes = new Uint8Array(Math.max(...addresses) - first + 1);
    this.memory.forget(first, bytes.length);
    if (this.memory.read(first, bytes) !== bytes.length) return false;
    for (const address of addresses) bytes[address - first] = this.trap;
    try {
      this.memory.write(first, bytes);
      return true;
    } catch (error) {
      if (error instanceof TraceeGone) throw error;
      return false;
    }
  }
}

function pageOf(address: Address): number {
  return Math.floor(address / PAGE_BYTES);
}
