import { toProcessId, toThreadId } from '../../../../src/base/ids.js';
import { CallStatistics } from '../../../../src/output/summary/call-statistics.js';
import { SummarySink } from '../../../../src/output/summary/summary-sink.js';
import { OutputStream } from '../../../../src/output/output-stream.js';
import type { CallTotals } from '../../../../src/trace/call-totals.js';
import { bucketOf } from '../../../../src/trace/duration-buckets.js';
import { session } from '../sample-events.js';

/** What machine code in the program would have added up. */
function totalsOf(durations: readonly number[], errors = 0): CallTotals {
  const buckets = new Map<number, number>();
  for (const each of durations) {
    const bucket = bucketOf(each);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  return {
    pid: toProcessId(1),
    tid: toThreadId(2),
    call: { symbol: 'strlen', caller: { module: 'prog' } },
    calls: durations.length,
    errors,
    total: durations.reduce((sum, each) => sum + each, 0),
    min: Math.min(...durations),
    max: Math.max(...durations),
    squares: durations.reduce((sum, each) => sum + BigInt(each) ** 2n, 0n),
    buckets: [...buckets],
  };
}

const DURATIONS = [0, 1, 63, 64, 65, 1000, 1001, 123_456, 7_000_000, 3_000_000_000];

describe('sums of calls', () => {
  it('give the figures of the single calls', () => {
    const singly = new CallStatistics();
    for (const each of DURATIONS) singly.add(each, 'success');
    const summed = CallStatistics.of(totalsOf(DURATIONS));
    for (const key of ['calls', 'errors', 'total', 'min', 'max', 'average'] as const) {
      expect([key, summed[key]]).toEqual([key, singly[key]]);
    }
    expect(summed.deviation / singly.deviation).toBeCloseTo(1, 9);
    for (const share of [0.1, 0.5, 0.95, 0.99]) {
      expect(summed.percentile(share)).toBe(singly.percentile(share));
    }
  });

  it('keep the deviation of long durations that are nearly the same', () => {
    const durations = [3_600_000_000_000, 3_600_000_000_002];
    expect(CallStatistics.of(totalsOf(durations)).deviation).toBe(1);
  });

  it('are told apart from calls that stopped, and so is what tracing costs', () => {
    const pieces: string[] = [];
    const target = {
      write: (bytes: Uint8Array) => pieces.push(Buffer.from(bytes).toString()),
      flush: () => undefined,
      close: () => undefined,
    };
    const sink = new SummarySink(new OutputStream(target, 'buffered'), {
      groupBy: 'caller',
      sort: 'total',
      form: 'text',
      clock: 'wall',
      names: 'mangled',
      width: 70,
      interval: 0,
    });
    sink.accept(session);
    sink.takeTotals?.(totalsOf([20, 30], 1));
    sink.finish();
    expect(pieces.join('')).toContain('        2 prog->strlen\n');
    expect(pieces.join('')).toContain(
      'at least 38.0 us for each of 0 calls that stopped, 0.000000 s in all; 2 were counted inside the program: at most 20 ns each.\n',
    );
  });

  it('are not taken where each call has a moment of its own to be told, or its CPU time', () => {
    const options = { groupBy: 'function', sort: 'total', form: 'text', width: 70 } as const;
    const target = { write: () => undefined, flush: () => undefined, close: () => undefined };
    const take = (interval: number, clock: 'wall' | 'cpu'): unknown =>
      new SummarySink(new OutputStream(target, 'buffered'), {
        ...options,
        ...{ names: 'mangled', interval, clock },
      }).takeTotals;
    expect(take(0, 'wall')).toBeDefined();
    expect(take(1, 'wall')).toBeUndefined();
    expect(take(0, 'cpu')).toBeUndefined();
  });
});
