/**
 * Classes of durations that grow with them: 32 for each doubling, so that no answer is off by more than 1/64 of its
 * value. Below 64 ns each has its own. Machine code counts in them too (arch/x86_64/inline-code.ts).
 */

export const BUCKETS_PER_OCTAVE = 32;
const OCTAVE_BITS = 5;
/** Below this every value has a bucket of its own. */
const EXACT_BELOW = 64;
const TWO_TO_31 = 2147483648;

/** @param value nanoseconds, a whole number from 0 on */
export function bucketOf(value: number): number {
  if (value < EXACT_BELOW) return value;
  const exponent = floorLog2(value);
  const position = Math.floor(value / 2 ** (exponent - OCTAVE_BITS));
  return (exponent - OCTAVE_BITS) * BUCKETS_PER_OCTAVE + position;
}

/** Nanoseconds. */
export function middleOf(bucket: number): number {
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
