/** The memory of processes. */
import type { Address, MemoryBlock } from '../base/address.js';
import type { ProcessId, ThreadId } from '../base/ids.js';

export interface MemoryAccess {
  /** Reads as much as is readable from `address` on; returns the count, 0 when nothing is. */
  readMemory(pid: ProcessId, address: Address, into: Uint8Array): number;
  /**
   * Reads at several places by one system call, one block behind the other; as much as is readable before the
   * first place that is not.
   */
  readBlocks(pid: ProcessId, blocks: readonly MemoryBlock[], into: Uint8Array): number;
  /**
   * The eight bytes at `address` as a number, rounded above 2^53; undefined where not all can be read.
   * The cheapest read of a stopped thread's memory.
   */
  peekWord(tid: ThreadId, address: Address): number | undefined;
  /** Writes also to read-only pages, as a debugger must. Throws when not all could be written. */
  writeMemory(pid: ProcessId, address: Address, bytes: Uint8Array): void;
  /** Forget descriptors kept for this process (it ended or became another program). */
  forgetProcess(pid: ProcessId): void;
}
