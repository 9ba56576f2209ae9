/**
 * Several pieces of memory by one process_vm_readv(2). Unlike /proc/PID/mem that waits for memory which the program is to
 * fill itself (userfaultfd(2)), so it is used where all pages were there and could be read before, and nothing of the
 * process is filled that way.
 *
 * Hot path: runs at every call whose script is asked for.
 */
import { setWord, type MemoryBlock } from '../../../base/address.js';
import type { ProcessId } from '../../../base/ids.js';
import { PAGE_SIZE } from '../constants.js';
import { PART, STAGING_BYTES } from '../control-block.js';
import { processVmReadv } from '../libc.js';
import type { NativeBlock } from '../native-memory.js';
import type { ReadablePages } from './readable-pages.js';
import { SelfFilled } from './self-filled.js';

const IOVEC_BYTES = 16;
/** Behind the two of a single read. */
const LOCAL = PART.READ + 2 * IOVEC_BYTES;
const REMOTE = LOCAL + IOVEC_BYTES;
const MOST_AT_ONCE = (PART.STAGING - REMOTE) / IOVEC_BYTES;
/** Below this one system call for each costs no more. */
const FEWEST = 3;
/** Whoever asks so seldom does not gain what it costs to look at the process. */
const READS_BEFORE = 64;

export class GatheredReads {
  private readonly filled = new SelfFilled();
  private readonly asked = new Map<ProcessId, number>();
  /** What the structures in native memory say: mostly the same places are asked for again. */
  private prepared:
    { readonly pid: ProcessId; readonly blocks: readonly MemoryBlock[] } | undefined;

  constructor(
    private readonly block: NativeBlock,
    private readonly readable: ReadablePages,
  ) {}

  /**
   * False where not all of it was read in this way, and nothing is known. `blocks` is not changed afterwards.
   *
   * @param task through which the memory of the process is reached
   */
  read(pid: ProcessId, task: number, blocks: readonly MemoryBlock[], into: Uint8Array): boolean {
    if (blocks.length < FEWEST || into.length > STAGING_BYTES || !this.isWorthIt(pid)) return false;
    if (this.filled.mayBe(pid)) return false;
    if (blocks.length <= MOST_AT_ONCE) {
      return this.prepareOnce(pid, blocks) && this.transfer(task, blocks.length, into);
    }
    this.prepared = undefined;
    let done = 0;
    for (let from = 0; from < blocks.length; from += MOST_AT_ONCE) {
      const part = blocks.slice(from, from + MOST_AT_ONCE);
      const end = done + part.reduce((sum, { bytes }) => sum + bytes, 0);
      const place = into.subarray(done, end);
      if (!this.prepare(pid, part) || !this.transfer(task, part.length, place)) return false;
      done = end;
    }
    return true;
  }

  forget(pid: ProcessId): void {
    this.prepared = undefined;
    this.asked.delete(pid);
    this.filled.forget(pid);
  }

  private isWorthIt(pid: ProcessId): boolean {
    const count = this.asked.get(pid) ?? 0;
    if (count >= READS_BEFORE) return true;
    this.asked.set(pid, count + 1);
    return false;
  }

  private prepareOnce(pid: ProcessId, blocks: readonly MemoryBlock[]): boolean {
    if (this.prepared?.blocks === blocks && this.prepared.pid === pid) return true;
    this.prepared = undefined;
    if (!this.prepare(pid, blocks)) return false;
    this.prepared = { pid, blocks };
    return true;
  }

  private transfer(task: number, count: number, into: Uint8Array): boolean {
    const { address: base, bytes, view } = this.block;
    setWord(view, LOCAL, base + PART.STAGING);
    setWord(view, LOCAL + 8, into.length);
    const got = processVmReadv(task, base + LOCAL, 1, base + REMOTE, count, 0);
    if (got !== into.length) return false;
    into.set(bytes.subarray(PART.STAGING, PART.STAGING + got));
    return true;
  }

  /** False where a page is not known to be there. */
  private prepare(pid: ProcessId, blocks: readonly MemoryBlock[]): boolean {
    const { view } = this.block;
    let at = REMOTE;
    for (const { address, bytes } of blocks) {
      const last = Math.floor((address + bytes - 1) / PAGE_SIZE);
      for (let page = Math.floor(address / PAGE_SIZE); page <= last; page++) {
        if (!this.readable.has(pid, page)) return false;
      }
      setWord(view, at, address);
      setWord(view, at + 8, bytes);
      at += IOVEC_BYTES;
    }
    return true;
  }
}
