/**
 * Counts durations in buckets that grow with them, so that percentiles need bounded memory: 32 buckets
 * for each doubling, hence no answer is off by more than 1/64 of its value. Below 64 ns it is exact.
 */

const BUCKETS_PER_OCTAVE = 32;
const OCTAVE_BITS = 5;
/** Below this every value has a bucket of its own. */
const EXACT_BELOW = 64;
const TWO_TO_31 = 2147483648;

/** Largest error of {@link DurationHistogram.percentile}, relative to the true value. */
export const PERCENTILE_ERROR = 1 / (2 * BUCKETS_PER_OCTAVE);

export class DurationHistogram {
  /** By octave; most programs touch a dozen of them. */
  private readonly octaves: (Float64Array | undefined)[] = [];
  private count = 0;

  /** @param nanoseconds a whole number from 0 on */
  add(nanoseconds: number): void {
    const bucket = bucketOf(nanoseconds);
    const counts = this.octave(Math.floor(bucket / BUCKETS_PER_OCTAVE));
    const slot = bucket % BUCKETS_PER_OCTAVE;
    counts[slot] = (counts[slot] ?? 0) + 1;
    this.count++;
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

  private octave(index: number): Float64Array {
    return (this.octaves[index] ??= new Float64Array(BUCKETS_PER_OCTAVE));
  }
}

function bucketOf(value: number): number {
  if (value < EXACT_BELOW) return value;
  const exponent = floorLog2(value);
  const position = Math.floor(value / 2 ** (exponent - OCTAVE_BITS));
  return (exponent - OCTAVE_BITS) * BUCKETS_PER_OCTAVE + position;
}

function middleOf(bucket: number): number {
  if (bucket < EXACT_BELOW) return bucket;
  const shift = Math.floor(bucket / BUCKETS_PER_OCTAVE) - 1;
  const position = bucket - shift * BUCKETS_PER_OCTAVE;
  const width = 2 ** shift;
  return position * width + (width - 1) / 2;
}

function floorLog2(value: number): number {
  if (value < TWO_TO_31) return 31 - Math.clz32(value);
  return 62 - Math.clz32(Math.floor(value / TWO_TO_31));
}
