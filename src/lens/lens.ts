/** What a lens is, and the state that lenses share while one stopped call is looked at. */
import type { Address } from '../base/address.js';
import { toAddress } from '../base/address.js';
import type { Value } from '../trace/value.js';
import type { CaptureLimits, StoppedCall } from './stopped-call.js';
import { TextsAhead } from './texts-ahead.js';

/** Makes the value of the bytes at `offset`. `context` says where in memory they came from, if they did. */
export type Lens = (view: DataView, offset: number, context: LensContext) => Value;

/** A length or condition; undefined when it has no value at this moment. */
export type Evaluator = (context: LensContext) => number | undefined;

/** The largest block that is read at once; structs that are larger show their first members. */
export const LARGEST_BLOCK = 65536;
const ARENA_BYTES = 16 * LARGEST_BLOCK;
/** However `-A` and the data are, no call becomes more values than this and some for `-A`. */
const MOST_VALUES = 10000;
const EFAULT = 14;
const DEEPEST = 64;

/** A struct that is being shown, for recursion and for `eltN`. */
interface OpenStruct {
  readonly type: object;
  readonly address: number;
}

/**
 * One for all captures of a session: nothing here outlives the look at one stop. Memory is read into an arena
 * that is used as a stack, so that nested pointers cost no allocation.
 */
export class LensContext {
  readonly arena = new Uint8Array(ARENA_BYTES);
  readonly arenaView = new DataView(this.arena.buffer);
  /** What of the texts among the arguments was read before they are looked at. */
  readonly ahead = new TextsAhead();
  private used = 0;
  private valuesLeft = MOST_VALUES;
  private readonly open: OpenStruct[] = [];
  private depth = 0;
  private stopped: StoppedCall | undefined;
  /** Memory address of offset 0 of the view that is looked at, and the end of what was read into it. */
  base = Number.NaN;
  blockEnd = Infinity;
  /** Where what is looked at ends by what the program says of its length, whatever else could be read. */
  givenEnd = Infinity;
  /** How many bytes of the next block belong to what it is read for. */
  givenBytes = Infinity;
  /** Arguments as saved at entry. */
  frame: DataView = this.arenaView;
  /** The result as an integer, at return. */
  result: number | undefined;
  /** The innermost struct, for `eltN`. */
  structView: DataView = this.arenaView;
  structOffset = 0;

  /** Looks at another stop. */
  begin(at: StoppedCall, frame: DataView, limits: CaptureLimits): void {
    this.stopped = at;
    this.frame = frame;
    this.result = undefined;
    this.ahead.forget();
    this.used = 0;
    this.depth = 0;
    this.open.length = 0;
    this.valuesLeft = MOST_VALUES + 2 * limits.arrayElements;
    this.base = Number.NaN;
    this.blockEnd = Infinity;
    this.givenEnd = Infinity;
    this.givenBytes = Infinity;
  }

  get at(): StoppedCall {
    if (this.stopped === undefined) throw new Error('no call is being looked at');
    return this.stopped;
  }

  /** False when enough was made of this call. */
  takeValue(): boolean {
    return this.valuesLeft-- > 0;
  }

  /**
   * Reads a block of memory and looks at it; the block is gone afterwards.
   *
   * @param bytes how many; no more than LARGEST_BLOCK are read
   * @param look gets the offset of the block in `arenaView` and the count that was readable, at least 1
   */
  withBlock(address: number, bytes: number, look: (offset: number, got: number) => Value): Value {
    const start = this.used;
    const given = this.givenBytes;
    this.givenBytes = Infinity;
    const wanted = Math.min(bytes, given, LARGEST_BLOCK, ARENA_BYTES - start);
    if (wanted <= 0 || this.depth >= DEEPEST) return { kind: 'elided' };
    const got = this.at.memory.read(toAddress(address), this.arena.subarray(start, start + wanted));
    if (got <= 0) return unreadable(address);
    const { base, blockEnd, givenEnd } = this;
    this.used = start + ((got + 15) & ~15);
    this.base = address - start;
    this.blockEnd = start + got;
    this.givenEnd = start + given;
    this.depth++;
    const value = look(start, got);
    this.depth--;
    this.used = start;
    this.base = base;
    this.blockEnd = blockEnd;
    this.givenEnd = givenEnd;
    return value;
  }

  /** How far up the struct at `address` is being shown already; -1 when it is not. */
  levelsUp(type: object, address: number): number {
    for (let index = this.open.length - 1; index >= 0; index--) {
      const open = this.open[index];
      if (open?.address === address && open.type === type) return this.open.length - 1 - index;
    }
    return -1;
  }

  /** How many structs of this type are being shown. */
  nesting(type: object): number {
    let count = 0;
    for (const open of this.open) if (open.type === type) count++;
    return count;
  }

  enterStruct(type: object, address: number): void {
    this.open.push({ type, address });
  }

  leaveStruct(): void {
    this.open.pop();
  }
}

export function unreadable(address: number): Value {
  return { kind: 'unreadable', address: address as Address, errno: EFAULT };
}
