/** Finds which of many ranges of addresses contains one. */

export interface Interval<T> {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly value: T;
}

export class IntervalIndex<T> {
  private readonly sorted: readonly Interval<T>[];
  /** The largest `to` among the intervals up to each place: ends the search to the left. */
  private readonly reach: Float64Array;

  constructor(intervals: readonly Interval<T>[]) {
    this.sorted = [...intervals].sort((a, b) => a.from - b.from || b.to - a.to);
    this.reach = new Float64Array(this.sorted.length);
    let reach = 0;
    this.sorted.forEach((interval, index) => {
      reach = Math.max(reach, interval.to);
      this.reach[index] = reach;
    });
  }

  /** The value of the interval that starts last among those that contain `address`. */
  find(address: number): T | undefined {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle]?.from ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    // Ranges seldom overlap: damaged files must not make this walk long.
    for (let index = low - 1; index >= Math.max(0, low - MOST_STEPS); index--) {
      const interval = this.sorted[index];
      if (interval === undefined || (this.reach[index] ?? 0) <= address) return undefined;
      if (address < interval.to) return interval.value;
    }
    return undefined;
  }
}

const MOST_STEPS = 256;
