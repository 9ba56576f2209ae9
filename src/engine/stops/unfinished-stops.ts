/**
 * The stops that are being dealt with. Dealing with one may wait for others, so they nest; should it end in an error,
 * the threads of all of them still stand, and whoever leaves lets them go on.
 * Hot path: runs at every stop.
 */
import type { ThreadId } from '../../base/ids.js';

export interface UnfinishedStop {
  readonly tid: ThreadId;
  /** Status word of waitpid(2): a copy, as the kernel's record of the latest stop is overwritten. */
  readonly status: number;
}

export class UnfinishedStops {
  private readonly tids: ThreadId[] = [];
  private readonly statuses: number[] = [];

  /** @returns its place among them, for {@link finish} */
  begin(tid: ThreadId, status: number): number {
    this.statuses.push(status);
    return this.tids.push(tid) - 1;
  }

  /** Those that began after it and are here still ended in an error: they stay. */
  finish(place: number): void {
    this.tids.splice(place, 1);
    this.statuses.splice(place, 1);
  }

  /** All of them, the outermost first. They count as finished from now on. */
  takeAll(): readonly UnfinishedStop[] {
    const all = this.tids.map((tid, index) => ({ tid, status: this.statuses[index] ?? 0 }));
    this.tids.length = 0;
    this.statuses.length = 0;
    return all;
  }
}
