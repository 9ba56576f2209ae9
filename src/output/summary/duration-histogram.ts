/** Counts durations in buckets that grow with them, so that percentiles need bounded memory. */
import { bucketOf, BUCKETS_PER_OCTAVE, middleOf } from '../../trace/duration-buckets.js';

/** Largest error of {@link DurationHistogram.percentile}, relative to the true value. */
export const PERCENTILE_ERROR = 1 / (2 * BUCKETS_PER_OCTAVE);

/** The exponent of the first place of {@link DurationHistogram.octaveCounts}, which ends at 2^6 ns. */
const FIRST_EXPONENT = 5;

export class DurationHistogram {
  /** By octave; most programs touch a dozen of them. */
  private readonly octaves: (Float64Array | undefined)[] = [];
  private count = 0;

  /** @param nanoseconds a whole number from 0 on */
  add(nanoseconds: number): void {
    this.addTo(bucketOf(nanoseconds), 1);
  }

  /** So many durations that fall into one bucket. */
  addTo(bucket: number, times: number): void {
    const counts = this.octave(Math.floor(bucket / BUCKETS_PER_OCTAVE));
    const slot = bucket % BUCKETS_PER_OCTAVE;
    counts[slot] = (counts[slot] ?? 0) + times;
    this.count += times;
  }

  merge(other: DurationHistogram): void {
    for (const [index, counts] of other.octaves.entries()) {
      if (counts === undefined) continue;
      const own = this.octave(index);
      counts.forEach((count, slot) => (own[slot] = (own[slot] ?? 0) + count));
    }
    this.count += other.count;
  }

  /**
   * The smallest duration that at least this share of the calls did not exceed, in nanoseconds.
   * @param share from 0 to 1
   */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (const [index, counts] of this.octaves.entries()) {
      if (counts === undefined) continue;
      for (const [slot, count] of counts.entries()) {
        seen += count;
        if (seen >= rank) return middleOf(index * BUCKETS_PER_OCTAVE + slot);
      }
    }
    return 0;
  }

  /**
   * How many fell between each power of two and the next, from the first to the last that has any.
   *
   * @returns `from`: the exponent of the first, 5 stands for all below 64 ns
   */
  get octaveCounts(): { readonly from: number; readonly counts: readonly number[] } {
    const sums = Array.from(
      this.octaves,
      (counts) => counts?.reduce((sum, count) => sum + count, 0) ?? 0,
    );
    // Octaves 0 and 1 hold the values below 64, each in a bucket of its own.
    const [below = 0, next = 0, ...larger] = sums;
    const all = [below + next, ...larger];
    const first = all.findIndex((count) => count > 0);
    if (first < 0) return { from: FIRST_EXPONENT, counts: [] };
    return { from: FIRST_EXPONENT + first, counts: all.slice(first) };
  }

  private octave(index: number): Float64Array {
    return (this.octaves[index] ??= new Float64Array(BUCKETS_PER_OCTAVE));
  }
}
