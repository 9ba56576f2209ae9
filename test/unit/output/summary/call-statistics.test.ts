import { CallStatistics } from '../../../../src/output/summary/call-statistics.js';
import {
  DurationHistogram,
  PERCENTILE_ERROR,
} from '../../../../src/output/summary/duration-histogram.js';

/** The same numbers in every run (a linear congruential generator, Numerical Recipes). */
function durations(count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor(2 ** ((state / 2 ** 32) * 45));
  });
}

function collected(values: readonly number[]): CallStatistics {
  const statistics = new CallStatistics();
  for (const value of values) statistics.add(value, 'success');
  return statistics;
}

/** Nearest rank over all values. */
function exactPercentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}

describe('DurationHistogram', () => {
  it.each([0.01, 0.5, 0.9, 0.95, 0.99, 1])('knows the %d percentile within its bound', (share) => {
    const values = durations(20000);
    const histogram = new DurationHistogram();
    for (const value of values) histogram.add(value);
    const exact = exactPercentile(values, share);
    expect(Math.abs(histogram.percentile(share) - exact)).toBeLessThanOrEqual(
      exact * PERCENTILE_ERROR,
    );
  });

  it('keeps its bound for every power of two and its neighbours', () => {
    for (let exponent = 0; exponent <= 52; exponent++) {
      for (const value of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
        const histogram = new DurationHistogram();
        histogram.add(value);
        const error = Math.abs(histogram.percentile(0.5) - value);
        expect(error).toBeLessThanOrEqual(value * PERCENTILE_ERROR);
      }
    }
  });

  it('is exact below 64 ns', () => {
    for (let value = 0; value < 64; value++) {
      const histogram = new DurationHistogram();
      histogram.add(value);
      expect(histogram.percentile(0.5)).toBe(value);
    }
  });
});

describe('CallStatistics', () => {
  it('knows sum, mean, deviation and extremes', () => {
    const statistics = collected([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(statistics.total).toBe(40);
    expect(statistics.average).toBe(5);
    expect(statistics.deviation).toBeCloseTo(2, 10);
    expect([statistics.min, statistics.max]).toEqual([2, 9]);
    expect(statistics.percentile(0.5)).toBe(4);
  });

  it('does not lose the deviation of long durations that differ little', () => {
    const hour = 3.6e12;
    expect(collected([hour + 1, hour + 2, hour + 3]).deviation).toBeCloseTo(Math.sqrt(2 / 3), 3);
  });

  it('is the same however the calls are split and merged', () => {
    const values = durations(1000);
    const whole = collected(values);
    const merged = new CallStatistics();
    merged.merge(new CallStatistics());
    for (let start = 0; start < values.length; start += 70) {
      merged.merge(collected(values.slice(start, start + 70)));
    }
    expect(merged.total).toBe(whole.total);
    expect(merged.calls).toBe(1000);
    expect(merged.min).toBe(whole.min);
    expect(merged.max).toBe(whole.max);
    expect(merged.deviation / whole.deviation).toBeCloseTo(1, 9);
    expect(merged.percentile(0.95)).toBe(whole.percentile(0.95));
  });

  it('is all zero without calls', () => {
    const none = new CallStatistics();
    expect([none.average, none.deviation, none.min, none.percentile(0.5)]).toEqual([0, 0, 0, 0]);
  });
});
