/** Memory of a tracee that does not exist: regions of bytes, everything else unreadable. */

export interface Region {
  readonly start: number;
  readonly bytes: Uint8Array;
}

const PAGE = 4096;

interface Block {
  readonly address: number;
  readonly bytes: number;
}

export class FakeMemory {
  private readonly regions: Region[] = [];

  /** Adds readable memory. Regions must not overlap; adjacent ones read as one. */
  map(start: number, bytes: Uint8Array | number): Uint8Array {
    const content = typeof bytes === 'number' ? new Uint8Array(bytes) : Uint8Array.from(bytes);
    this.regions.push({ start, bytes: content });
    return content;
  }

  /** The same bytes, for a forked child. */
  clone(): FakeMemory {
    const copy = new FakeMemory();
    for (const { start, bytes } of this.regions) copy.map(start, bytes);
    return copy;
  }

  /** As Kernel.readMemory: the count of bytes that could be read. */
  read(address: number, into: Uint8Array): number {
    return this.copy(address, into);
  }

  private copy(address: number, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      const region = this.regionAt(address + done);
      if (region === undefined) break;
      const from = address + done - region.start;
      const part = region.bytes.subarray(from, from + into.length - done);
      into.set(part, done);
      done += part.length;
    }
    return done;
  }

  /** As Kernel.readBlocks. Memory ends with a page: what follows a region there is zero. */
  readBlocks(blocks: readonly Block[], into: Uint8Array): number {
    let done = 0;
    for (const { address, bytes } of blocks) {
      const got = this.copy(address, into.subarray(done, done + bytes));
      const inPage = address + got < Math.ceil((address + 1) / PAGE) * PAGE;
      // The kernel promises no more than whole blocks.
      if (got === 0 || (got < bytes && !inPage)) break;
      into.fill(0, done + got, done + bytes);
      done += bytes;
    }
    return done;
  }

  /** False, and nothing written, when not all of it is mapped. */
  write(address: number, bytes: Uint8Array): boolean {
    if (this.read(address, new Uint8Array(bytes.length)) !== bytes.length) return false;
    bytes.forEach((byte, index) => {
      const region = this.regionAt(address + index);
      if (region !== undefined) region.bytes[address + index - region.start] = byte;
    });
    return true;
  }

  private regionAt(address: number): Region | undefined {
    return this.regions.find(
      ({ start, bytes }) => address >= start && address < start + bytes.length,
    );
  }
}
