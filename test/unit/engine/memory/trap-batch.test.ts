import { toAddress, type Address } from '../../../../src/base/address.js';
import { COPY_ALIGNMENT, COPY_BYTES } from '../../../../src/engine/memory/scratch-area.js';
import { TrapBatch } from '../../../../src/engine/memory/trap-batch.js';

const TRAP = 0xcc;
const CODE = 0x1000;
const COPIES = 0x8000;

/** Memory from 0 on, and how often it was written to. */
class Memory {
  readonly bytes = new Uint8Array(0x10000);
  writes = 0;

  read(address: Address, into: Uint8Array): number {
    into.set(this.bytes.subarray(address, address + into.length));
    return into.length;
  }

  write(address: Address, bytes: Uint8Array): void {
    this.writes++;
    this.bytes.set(bytes, address);
  }

  forget(): void {
    // Nothing is kept.
  }
}

describe('TrapBatch', () => {
  it('writes the traps of a page at once, and copies that follow each other at once', () => {
    const memory = new Memory();
    memory.bytes.fill(0x90, CODE, CODE + 0x100);
    const batch = new TrapBatch(memory, TRAP);
    batch.addPageOf(toAddress(CODE));
    for (let i = 0; i < 4; i++) {
      batch.add(
        toAddress(CODE + 8 * i),
        toAddress(COPIES + COPY_ALIGNMENT * i),
        Buffer.of(i, 1, 2),
      );
    }
    batch.write();
    expect(memory.writes).toBe(2);
    for (let i = 0; i < 4; i++) {
      expect([...memory.bytes.subarray(CODE + 8 * i, CODE + 8 * i + 2)]).toEqual([TRAP, 0x90]);
      expect([
        ...memory.bytes.subarray(COPIES + COPY_ALIGNMENT * i, COPIES + COPY_ALIGNMENT * i + 3),
      ]).toEqual([i, 1, 2]);
    }
  });

  it('leaves a copy alone that was written between two of its own', () => {
    const memory = new Memory();
    const batch = new TrapBatch(memory, TRAP);
    batch.addPageOf(toAddress(CODE));
    batch.add(toAddress(CODE), toAddress(COPIES), Buffer.of(1));
    memory.write(toAddress(COPIES + COPY_BYTES), Buffer.of(7, 7, 7));
    batch.add(toAddress(CODE + 4), toAddress(COPIES + 2 * COPY_BYTES), Buffer.of(2));
    batch.write();
    const [first, between, last] = [0, 1, 2].map((i) => memory.bytes[COPIES + COPY_BYTES * i]);
    expect([first, between, last]).toEqual([1, 7, 2]);
  });
});
