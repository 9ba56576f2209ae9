/** The lanes of the timeline: a thread each, with as many levels as its calls nest. */
import type { CallData, SampleData } from '../output/html/page-data.js';

/** Pixels. */
export const ROW = 16;
export const AXIS = 22;
export const GAP = 18;
/** Lanes and levels that are drawn. */
export const MOST_THREADS = 60;
export const MOST_DEPTH = 24;

export interface Lane {
  readonly thread: number;
  readonly calls: readonly CallData[];
  readonly top: number;
  readonly levels: number;
  /** Where calls that never returned surely have ended: another began at their level. */
  readonly openEnds: ReadonlyMap<CallData, number>;
}

export function lanesOf({ calls, threads }: SampleData): readonly Lane[] {
  const byThread = new Map<number, CallData[]>();
  for (const call of calls) {
    const known = byThread.get(call[0]);
    if (known === undefined) byThread.set(call[0], [call]);
    else known.push(call);
  }
  const lanes: Lane[] = [];
  let top = AXIS + GAP;
  for (const [thread] of threads.slice(0, MOST_THREADS).entries()) {
    const own = byThread.get(thread) ?? [];
    const levels =
      1 +
      Math.min(
        MOST_DEPTH - 1,
        own.reduce((most, call) => Math.max(most, call[3]), 0),
      );
    lanes.push({ thread, calls: own, top, levels, openEnds: openEndsOf(own) });
    top += levels * ROW + GAP;
  }
  return lanes;
}

function openEndsOf(calls: readonly CallData[]): ReadonlyMap<CallData, number> {
  const ends = new Map<CallData, number>();
  let open: CallData[] = [];
  for (const call of calls) {
    const [, at, took, depth] = call;
    for (const one of open) if (one[3] >= depth) ends.set(one, at);
    open = open.filter((one) => one[3] < depth);
    if (took < 0) open.push(call);
  }
  return ends;
}
