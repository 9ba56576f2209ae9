/** Memory of one address space: reads hide our trap bytes, so that code is seen as it was. */
import { toAddress, wordAsNumber, type Address, type MemoryBlock } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import { TraceeGone } from '../../base/errors.js';
import type { ProcessId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { MemoryReader } from '../../lens/stopped-call.js';
import { PAGE_BYTES, PageCache } from './page-cache.js';

/** Those that run in the memory. */
export interface ProcessesInMemory {
  first(): ProcessId;
  /** Makes a living one the first; false when there is none but the one that is. */
  passOverEnded(): boolean;
}

/** What the program has where we wrote something. */
export interface OriginalCode {
  /** Where a trap of ours stands; undefined elsewhere. */
  byteAt(address: number): number | undefined;
  /** Puts it into code that was read, where we wrote more than traps. */
  hidePatches?(address: Address, code: Uint8Array): void;
}

export class ProcessMemory implements MemoryReader {
  private readonly word = new Uint8Array(8);
  private readonly wordView = new DataView(this.word.buffer);
  private pages: PageCache | undefined;

  constructor(
    private readonly kernel: Kernel,
    private readonly processes: ProcessesInMemory,
    private readonly originals: OriginalCode,
    private readonly arch: Pick<Arch, 'wordBytes' | 'trapInstruction'>,
  ) {}

  read(address: Address, into: Uint8Array): number {
    return this.pages === undefined ? this.readNow(address, into) : this.pages.read(address, into);
  }

  readBlocks(blocks: readonly MemoryBlock[], into: Uint8Array): number {
    return this.kernel.readBlocks(this.processes.first(), blocks, into);
  }

  write(address: Address, bytes: Uint8Array): void {
    this.forget(address, bytes.length);
    this.through((pid) => this.kernel.writeMemory(pid, address, bytes));
  }

  /** While `body` runs, each page is read once: it must not wait for changes that the process makes. */
  readByPage<T>(body: () => T): T {
    const outer = this.pages;
    this.pages ??= new PageCache((at, into) => this.readNow(at, into));
    try {
      return body();
    } finally {
      this.pages = outer;
    }
  }

  private readNow(address: Address, into: Uint8Array): number {
    return this.through((pid) => this.kernel.readMemory(pid, address, into));
  }

  /** What runs in the memory of a process goes on when that one is killed: after vfork. */
  private through<T>(access: (pid: ProcessId) => T): T {
    try {
      return access(this.processes.first());
    } catch (error) {
      if (!(error instanceof TraceeGone) || !this.processes.passOverEnded()) throw error;
      return access(this.processes.first());
    }
  }

  /** Reads these bytes anew. */
  forget(address: Address, bytes: number): void {
    this.pages?.forget(address, bytes);
  }

  /** Code bytes without our traps; shorter than asked for at the end of readable memory. */
  readCode(address: Address, bytes: number): Uint8Array {
    const code = new Uint8Array(bytes);
    const count = this.read(address, code);
    const trap = this.arch.trapInstruction[0] ?? 0;
    for (let i = code.indexOf(trap); i !== -1 && i < count; i = code.indexOf(trap, i + 1)) {
      const original = this.originals.byteAt(address + i);
      if (original !== undefined) code[i] = original;
    }
    this.originals.hidePatches?.(address, code);
    return count === bytes ? code : code.subarray(0, count);
  }

  /** A pointer-sized word as a number; undefined when it cannot be read. */
  readWord(address: Address): number | undefined {
    const { wordBytes } = this.arch;
    const into = wordBytes === 8 ? this.word : this.word.subarray(0, 4);
    if (this.read(address, into) !== wordBytes) return undefined;
    return wordBytes === 8 ? wordAsNumber(this.wordView, 0) : this.wordView.getUint32(0, true);
  }

  /** An `unsigned int`, whatever the program keeps behind it; undefined when it cannot be read. */
  readUint32(address: Address): number | undefined {
    const into = this.word.subarray(0, 4);
    return this.read(address, into) === 4 ? this.wordView.getUint32(0, true) : undefined;
  }

  /** NUL-terminated Latin-1 text of at most `limit` bytes; '' when nothing can be read. */
  readText(address: Address, limit: number): string {
    const chunks: Buffer[] = [];
    let at: number = address;
    let left = limit;
    while (left > 0) {
      const chunk = Buffer.alloc(Math.min(left, PAGE_BYTES - (at % PAGE_BYTES)));
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
