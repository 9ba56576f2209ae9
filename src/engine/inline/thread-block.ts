/** What one thread keeps of the calls that it is in, and of its figures. Changed only by it, or while it stands still. */
import { INLINE, INLINE_SIZES } from '../../arch/inline-calls.js';
import { setWord, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { ThreadId } from '../../base/ids.js';
import { MOST_POINTS, type InlineMemory } from './inline-memory.js';
import type { InlineRow } from './inline-row.js';
import type { InlinePoint } from './inline-point.js';

const ROWS_AT = 64;
const CALLS_AT = ROWS_AT + MOST_POINTS * 8;
/** Deeper ones are caught by traps. */
const MOST_CALLS = 1024;
const { CALL_BYTES } = INLINE_SIZES;
/** One before the first, whose slot lies above all others. */
const FIRST_CALL_AT = CALLS_AT + CALL_BYTES;
const BLOCK_BYTES = FIRST_CALL_AT + (MOST_CALLS + 1) * CALL_BYTES;
const ABOVE_ALL = 0xffffffffffffffffn;

export interface BlockRoom {
  readonly address: Address;
  readonly view: DataView;
}

export interface OpenInside {
  /** Address of its return address; 0 for one that has just begun or just ended. */
  readonly slot: number;
  readonly row: number;
  /** By the cycle counter. */
  readonly began: bigint;
  /** The trampoline, or the return address itself where that was put back. */
  readonly returnTo: Address;
}

export class ThreadBlock {
  private readonly rows = new Map<number, InlineRow>();
  private readonly rowByAddress = new Map<number, InlineRow>();

  constructor(
    readonly threadPointer: number,
    readonly tid: ThreadId,
    readonly room: BlockRoom,
  ) {
    const { view, address } = room;
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength).fill(0);
    setWord(view, INLINE.THREAD_TOP, address + FIRST_CALL_AT);
    setWord(view, INLINE.THREAD_LIMIT, address + FIRST_CALL_AT + MOST_CALLS * CALL_BYTES);
    view.setBigUint64(CALLS_AT + INLINE.CALL_SLOT, ABOVE_ALL, true);
  }

  static makeRoom(memory: InlineMemory): BlockRoom | undefined {
    return memory.allocate(BLOCK_BYTES);
  }

  /** Offset in a block of the address of the point's row. */
  static rowAt(index: number): number {
    return ROWS_AT + index * 8;
  }

  get address(): Address {
    return this.room.address;
  }

  get depth(): number {
    const top = wordAsNumber(this.room.view, INLINE.THREAD_TOP);
    return (top - this.address - FIRST_CALL_AT) / CALL_BYTES;
  }

  get isFull(): boolean {
    return this.depth >= MOST_CALLS;
  }

  /** Outermost first. */
  call(index: number): OpenInside {
    const { view } = this.room;
    const at = FIRST_CALL_AT + index * CALL_BYTES;
    return {
      slot: wordAsNumber(view, at + INLINE.CALL_SLOT),
      row: wordAsNumber(view, at + INLINE.CALL_ROW),
      began: view.getBigUint64(at + INLINE.CALL_BEGAN, true),
      returnTo: toAddress(wordAsNumber(view, at + INLINE.CALL_RETURN)),
    };
  }

  get innermost(): OpenInside | undefined {
    const { depth } = this;
    return depth === 0 ? undefined : this.call(depth - 1);
  }

  setReturnTo(index: number, address: Address): void {
    const at = FIRST_CALL_AT + index * CALL_BYTES;
    setWord(this.room.view, at + INLINE.CALL_RETURN, address);
  }

  /** Those above it move down. */
  remove(index: number): void {
    const { view } = this.room;
    const { depth } = this;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const at = FIRST_CALL_AT + index * CALL_BYTES;
    const end = FIRST_CALL_AT + depth * CALL_BYTES;
    bytes.copyWithin(at, at + CALL_BYTES, end);
    bytes.fill(0, end - CALL_BYTES, end);
    setWord(view, INLINE.THREAD_TOP, this.address + end - CALL_BYTES);
  }

  rowOf({ index }: InlinePoint): InlineRow | undefined {
    return this.rows.get(index);
  }

  rowOfCall(call: OpenInside): InlineRow | undefined {
    return this.rowByAddress.get(call.row);
  }

  addRow(row: InlineRow): void {
    const { index } = row.point;
    this.rows.set(index, row);
    this.rowByAddress.set(row.address, row);
    setWord(this.room.view, ThreadBlock.rowAt(index), row.address);
  }

  get allRows(): Iterable<InlineRow> {
    return this.rows.values();
  }
}
