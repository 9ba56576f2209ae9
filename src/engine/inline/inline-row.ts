/** The figures of one function in one thread, which the thread itself adds to; times in nanoseconds. */
import { INLINE, INLINE_SIZES } from '../../arch/inline-calls.js';
import type { Address } from '../../base/address.js';
import { isFailure, type FailureRule } from '../../lens/failure-rule.js';
import { bucketOf } from '../../trace/duration-buckets.js';
import type { CallTotals } from '../../trace/call-totals.js';
import type { InlineMemory } from './inline-memory.js';
import type { InlinePoint } from './inline-point.js';

const BUCKET_BYTES = 8;
const ROW_BYTES = INLINE.ROW_BUCKETS + INLINE_SIZES.BUCKETS * BUCKET_BYTES;
const LARGEST_WORD = 0xffffffffffffffffn;

type Figures = Pick<
  CallTotals,
  'calls' | 'errors' | 'total' | 'min' | 'max' | 'squares' | 'buckets'
>;

export class InlineRow {
  private constructor(
    readonly address: Address,
    readonly view: DataView,
    readonly point: InlinePoint,
    /** Nanoseconds of a tick, times 2^32. */
    private readonly multiplier: bigint,
  ) {
    this.set(INLINE.ROW_MIN, LARGEST_WORD);
    this.set(INLINE.ROW_MULTIPLIER, multiplier);
    this.setRule(point.rule);
  }

  /** undefined when there is no more room. */
  static make(
    memory: InlineMemory,
    spare: InlineRow[],
    point: InlinePoint,
    multiplier: bigint,
  ): InlineRow | undefined {
    const used = spare.pop();
    const room = used ?? memory.allocate(ROW_BYTES);
    if (room === undefined) return undefined;
    if (used !== undefined) clear(used.view);
    return new InlineRow(room.address, room.view, point, multiplier);
  }

  /** A call that the thread could not add itself, while it stands still. `result`: the whole register. */
  add(ticks: bigint, result?: bigint): void {
    const ns = ticks <= 0n ? 0n : (ticks * this.multiplier) >> 32n;
    this.increase(INLINE.ROW_CALLS, 1n);
    if (result !== undefined && isFailure(this.point.rule, result)) {
      this.increase(INLINE.ROW_ERRORS, 1n);
    }
    this.increase(INLINE.ROW_TOTAL, ns);
    if (ns < this.get(INLINE.ROW_MIN)) this.set(INLINE.ROW_MIN, ns);
    if (ns > this.get(INLINE.ROW_MAX)) this.set(INLINE.ROW_MAX, ns);
    const squares = this.squares + ns * ns;
    this.set(INLINE.ROW_SQUARES, BigInt.asUintN(64, squares));
    this.set(INLINE.ROW_SQUARES_HIGH, squares >> 64n);
    this.increase(INLINE.ROW_BUCKETS + bucketOf(Number(ns)) * BUCKET_BYTES, 1n);
  }

  get figures(): Figures {
    const calls = Number(this.get(INLINE.ROW_CALLS));
    return {
      calls,
      errors: Number(this.get(INLINE.ROW_ERRORS)),
      total: Number(this.get(INLINE.ROW_TOTAL)),
      min: calls === 0 ? 0 : Number(this.get(INLINE.ROW_MIN)),
      max: Number(this.get(INLINE.ROW_MAX)),
      squares: this.squares,
      buckets: this.buckets(),
    };
  }

  private get squares(): bigint {
    return (this.get(INLINE.ROW_SQUARES_HIGH) << 64n) + this.get(INLINE.ROW_SQUARES);
  }

  private buckets(): (readonly [number, number])[] {
    const found: (readonly [number, number])[] = [];
    for (let bucket = 0; bucket < INLINE_SIZES.BUCKETS; bucket++) {
      const calls = this.get(INLINE.ROW_BUCKETS + bucket * BUCKET_BYTES);
      if (calls !== 0n) found.push([bucket, Number(calls)]);
    }
    return found;
  }

  private setRule({ width, ranges }: FailureRule): void {
    const [first, other = first] = ranges;
    this.set(INLINE.ROW_WIDTH, BigInt(width));
    if (first === undefined || other === undefined) return;
    this.set(INLINE.ROW_LOW, first.low);
    this.set(INLINE.ROW_SPAN, first.span);
    this.set(INLINE.ROW_OTHER_LOW, other.low);
    this.set(INLINE.ROW_OTHER_SPAN, other.span);
  }

  private increase(offset: number, by: bigint): void {
    this.set(offset, this.get(offset) + by);
  }

  private get(offset: number): bigint {
    return this.view.getBigUint64(offset, true);
  }

  private set(offset: number, value: bigint): void {
    this.view.setBigUint64(offset, BigInt.asUintN(64, value), true);
  }
}

function clear({ buffer, byteOffset, byteLength }: DataView): void {
  new Uint8Array(buffer, byteOffset, byteLength).fill(0);
}
