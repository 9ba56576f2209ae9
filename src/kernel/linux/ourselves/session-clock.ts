/** The time of a session, and the moment it began by the clocks of the system. */
import type { ClockStart } from '../../loop.js';
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from '../constants.js';
import { PART } from '../control-block.js';
import { clockGettime } from '../libc.js';
import type { NativeBlock } from '../native-memory.js';
import { Stopwatch } from './stopwatch.js';

/** Hot path: asked at every stop. */
export class SessionClock {
  private watch = new Stopwatch();

  constructor(private readonly block: NativeBlock) {}

  start(): ClockStart {
    this.watch = new Stopwatch();
    return { monotonicStart: this.read(CLOCK_MONOTONIC), wallStart: this.read(CLOCK_REALTIME) };
  }

  /** Since the start, or since this object was made. */
  elapsedNs(): number {
    return this.watch.elapsedNs();
  }

  /** struct timespec: clock_gettime(2). */
  private read(clock: number): bigint {
    clockGettime(clock, this.block.address + PART.SCRATCH);
    const { view } = this.block;
    const seconds = view.getBigInt64(PART.SCRATCH, true);
    return seconds * 1_000_000_000n + view.getBigInt64(PART.SCRATCH + 8, true);
  }
}
