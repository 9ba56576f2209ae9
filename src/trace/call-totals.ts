/** Calls that were added up where they were made, in place of events for each of them. */
import type { ProcessId, ThreadId } from '../base/ids.js';
import type { CallEvent, CallSite } from './event.js';

export interface CountedCall extends Pick<CallEvent, 'symbol' | 'version' | 'demangled'> {
  readonly caller: Pick<CallSite, 'module'>;
}

/** All calls of one function through one place, by one thread. Times are wall time, in whole nanoseconds. */
export interface CallTotals {
  readonly pid: ProcessId;
  readonly tid: ThreadId;
  readonly call: CountedCall;
  readonly calls: number;
  readonly errors: number;
  readonly total: number;
  readonly min: number;
  readonly max: number;
  /** The sum of the squares of all durations: beyond 2^53 after some seconds. */
  readonly squares: bigint;
  /** How many durations fall into which bucket (duration-buckets.ts). */
  readonly buckets: readonly (readonly [bucket: number, calls: number])[];
}
