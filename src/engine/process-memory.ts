/** Memory of one address space: reads hide our trap bytes, so that code is seen as it was. */
import { toAddress, wordAsNumber, type Address } from '../base/address.js';
import type { ProcessId } from '../base/ids.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MemoryReader } from '../lens/stopped-call.js';

const PAGE = 4096;

export class ProcessMemory implements MemoryReader {
  private readonly word = new Uint8Array(8);
  private readonly wordView = new DataView(this.word.buffer);

  constructor(
    private readonly kernel: Kernel,
    /** Any living process of the address space. */
    private readonly pid: () => ProcessId,
    private readonly originalByteAt: (address: number) => number | undefined,
    private readonly wordBytes: 4 | 8,
  ) {}

  read(address: Address, into: Uint8Array): number {
    return this.kernel.readMemory(this.pid(), address, into);
  }

  write(address: Address, bytes: Uint8Array): void {
    this.kernel.writeMemory(this.pid(), address, bytes);
  }

  /** Code bytes without our traps; shorter than asked for at the end of readable memory. */
  readCode(address: Address, bytes: number): Uint8Array {
    const code = new Uint8Array(bytes);
    const count = this.read(address, code);
    for (let i = 0; i < count; i++) {
      const original = code[i] === 0xcc ? this.originalByteAt(address + i) : undefined;
      if (original !== undefined) code[i] = original;
    }
    return code.subarray(0, count);
  }

  /** A pointer-sized word as a number; undefined when it cannot be read. */
  readWord(address: Address): number | undefined {
    const into = this.wordBytes === 8 ? this.word : this.word.subarray(0, 4);
    if (this.read(address, into) !== this.wordBytes) return undefined;
    return this.wordBytes === 8 ? wordAsNumber(this.wordView, 0) : this.wordView.getUint32(0, true);
  }

  /** NUL-terminated Latin-1 text of at most `limit` bytes; '' when nothing can be read. */
  readText(address: Address, limit: number): string {
    const chunks: Buffer[] = [];
    let at: number = address;
    let left = limit;
    while (left > 0) {
      const chunk = Buffer.alloc(Math.min(left, PAGE - (at % PAGE)));
      const count = this.read(toAddress(at), chunk);
      const nul = chunk.subarray(0, count).indexOf(0);
      chunks.push(chunk.subarray(0, nul === -1 ? count : nul));
      if (nul !== -1 || count < chunk.length) break;
      at += count;
      left -= count;
    }
    return Buffer.concat(chunks).toString('latin1');
  }
}
