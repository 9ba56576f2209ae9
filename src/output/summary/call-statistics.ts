/** What is known about the calls of one row, in memory that does not grow with their number. */
import type { CallTotals } from '../../trace/call-totals.js';
import { DurationHistogram } from './duration-histogram.js';

export class CallStatistics {
  calls = 0;
  /** Of the calls, those that were counted without a stop. */
  inside = 0;
  errors = 0;
  /** Nanoseconds, exact. */
  total = 0;
  /** Nanoseconds; 0 without calls. */
  min = 0;
  max = 0;
  private mean = 0;
  /** Sum of squared distances from the mean. */
  private squares = 0;
  private readonly histogram = new DurationHistogram();

  /** @param nanoseconds from entry to return */
  add(nanoseconds: number, outcome: 'success' | 'failure'): void {
    const duration = Math.max(0, nanoseconds);
    this.min = this.calls === 0 ? duration : Math.min(this.min, duration);
    this.max = Math.max(this.max, duration);
    this.calls++;
    this.total += duration;
    if (outcome === 'failure') this.errors++;
    // Welford (1962): stays accurate where a sum of squares would cancel.
    const distance = duration - this.mean;
    this.mean += distance / this.calls;
    this.squares += distance * (duration - this.mean);
    this.histogram.add(Math.round(duration));
  }

  /** What was added up elsewhere. */
  static of(totals: CallTotals): CallStatistics {
    const statistics = new CallStatistics();
    const { calls, errors, total, min, max, squares } = totals;
    Object.assign(statistics, { calls, inside: calls, errors, total, min, max });
    if (calls === 0) return statistics;
    statistics.mean = total / calls;
    // In whole numbers: the difference of two large ones that are nearly the same.
    const distances = BigInt(calls) * squares - BigInt(total) ** 2n;
    statistics.squares = Number(distances) / calls;
    for (const [bucket, times] of totals.buckets) statistics.histogram.addTo(bucket, times);
    return statistics;
  }

  merge(other: CallStatistics): void {
    if (other.calls === 0) return;
    const calls = this.calls + other.calls;
    // Chan, Golub, LeVeque (1979): the deviation of two samples together.
    const distance = other.mean - this.mean;
    this.squares += other.squares + (distance * distance * this.calls * other.calls) / calls;
    this.mean += (distance * other.calls) / calls;
    this.min = this.calls === 0 ? other.min : Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.calls = calls;
    this.inside += other.inside;
    this.errors += other.errors;
    this.total += other.total;
    this.histogram.merge(other.histogram);
  }

  get average(): number {
    return this.calls === 0 ? 0 : this.total / this.calls;
  }

  /** Of all calls there were, not an estimate from a sample: divided by their number. */
  get deviation(): number {
    return this.calls === 0 ? 0 : Math.sqrt(this.squares / this.calls);
  }

  /** See {@link DurationHistogram.octaveCounts}. */
  get octaveCounts(): DurationHistogram['octaveCounts'] {
    return this.histogram.octaveCounts;
  }

  /** Within 1/64 of the true value, and never outside what occurred. */
  percentile(share: number): number {
    return Math.min(this.max, Math.max(this.min, this.histogram.percentile(share)));
  }
}
