/**
 * Calls that are counted inside the process that makes them: what the tracer and the machine code share, whatever the CPU.
 * The code itself is the CPU's (x86_64/inline-code.ts).
 */
import type { Address } from '../base/address.js';
import type { MachineCode } from '../base/machine-code.js';

/** Offsets in what the tracer and the code share; all fields are 8 bytes. */
export const INLINE = {
  /** Block of a thread: the end of its open calls, and how far they may go. */
  THREAD_TOP: 0,
  THREAD_LIMIT: 8,
  /** An open call: where its return address stands (0: not yet, or no more), its row, the time, the trampoline. */
  CALL_SLOT: 0,
  CALL_ROW: 8,
  CALL_BEGAN: 16,
  CALL_RETURN: 24,
  /** A point: address of `enter`, of the code that goes on with the call, and offset of its row in a block. */
  POINT_ENTER: 0,
  POINT_GO_ON: 8,
  POINT_ROW: 16,
  /** A return address: address of `leave`, where to go on, and the trampoline. */
  RETURN_LEAVE: 0,
  RETURN_GO_ON: 8,
  RETURN_SELF: 16,
  /** Figures of one function in one thread, times in nanoseconds. */
  ROW_CALLS: 0,
  ROW_ERRORS: 8,
  ROW_TOTAL: 16,
  ROW_MIN: 24,
  ROW_MAX: 32,
  /** 128 bits. */
  ROW_SQUARES: 40,
  ROW_SQUARES_HIGH: 48,
  /** Nanoseconds of a tick, times 2^32. */
  ROW_MULTIPLIER: 56,
  /** Bytes of a result that tells of failure, 4 or 8; 0: it does not. */
  ROW_WIDTH: 64,
  /** Failed are those from LOW to LOW + SPAN, in two's complement, and the same of the other range. */
  ROW_LOW: 72,
  ROW_SPAN: 80,
  ROW_OTHER_LOW: 88,
  ROW_OTHER_SPAN: 96,
  /** As DurationHistogram has them. */
  ROW_BUCKETS: 128,
} as const;

export const INLINE_SIZES = {
  CALL_BYTES: 32,
  POINT_BYTES: 32,
  RETURN_BYTES: 32,
  TABLE_ENTRY_BYTES: 16,
  THREAD_TABLE_ENTRIES: 4096,
  RETURN_TABLE_ENTRIES: 32768,
  TRAMPOLINE_BYTES: 16,
  BUCKETS: 1920,
} as const;

const HASH = 0x9e3779b97f4a7c15n;

/** Where the search for a word begins in a table of so many entries, a power of two. */
export function inlineHash(word: number, entries: number): number {
  const bits = BigInt(Math.log2(entries));
  return Number(BigInt.asUintN(64, BigInt(word) * HASH) >> (64n - bits));
}

export interface InlineAddresses {
  /** Of the table of threads. */
  readonly THREADS: number;
  /** Of the table of return addresses. */
  readonly RETURN_TABLE: number;
  /** Of the first trampoline. */
  readonly RETURNS: number;
  readonly RETURNS_BYTES: number;
}

/** A stub, or a jump that does what a stub does, that can be replaced by a jump to our code. */
export interface Replaceable {
  /** Distance from the first byte to the jump through the pointer; what stands before does nothing. */
  readonly lead: number;
}

export interface InlineCalls {
  /** Labels `enter`, `leave`, `enter_trap`, `leave_trap` (each the place of a trap) and `mode` (a byte). */
  code(addresses: InlineAddresses): MachineCode;
  /** What `mode` says; any other value: nothing is noted any more. */
  readonly mode: { readonly awake: number; readonly suspended: number; readonly off: number };
  /** Bytes that are replaced at the place of a call. */
  readonly patchBytes: number;
  /** Room for the code of a point. */
  readonly pointCodeBytes: number;
  /** Where in it a call goes on. */
  readonly goOnAt: number;
  replaceable(code: Uint8Array): Replaceable | undefined;
  /** undefined when `to` is out of reach. */
  jump(from: Address, to: Address): Uint8Array | undefined;
  /** Code at `to` for a point whose stub stood at `from`; undefined when what it jumps through is out of reach. */
  pointCode(stub: {
    readonly code: Uint8Array;
    readonly from: Address;
    readonly to: Address;
    readonly record: Address;
  }): Uint8Array | undefined;
  /** What stands in the place of a return address leads to this. */
  trampoline(record: Address): Uint8Array;
  /**
   * Where a thread goes on with its call that is about to note it, and is not to; undefined where it is not.
   *
   * @param at where it stands: offset in the code, as are the labels
   */
  withoutEntering(at: number, labels: ReadonlyMap<string, number>): number | undefined;
  /** Offset in the register block of what holds the record at a trap. */
  readonly recordRegister: number;
  /** Number of shmat(2). */
  readonly attachMemory: number;
}
