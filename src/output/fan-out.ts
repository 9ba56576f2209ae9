/** Hands every event to several sinks. */
import type { TraceSink } from '../trace/sink.js';

export function fanOut(sinks: readonly TraceSink[]): TraceSink {
  const [only] = sinks;
  if (only !== undefined && sinks.length === 1) return only;
  return {
    accept: (event) => sinks.forEach((sink) => sink.accept(event)),
    flush: () => sinks.forEach((sink) => sink.flush()),
    tick: (at) => earliest(sinks, at),
    finish: () => sinks.forEach((sink) => sink.finish()),
    takeTotals: sinks.every((sink) => sink.takeTotals !== undefined)
      ? (totals) => sinks.forEach((sink) => sink.takeTotals?.(totals))
      : undefined,
    reportSoFar: sinks.some((sink) => sink.reportSoFar !== undefined)
      ? () => sinks.forEach((sink) => sink.reportSoFar?.())
      : undefined,
    mayLag: sinks.every((sink) => sink.mayLag === true),
    get verdict() {
      return sinks.find((sink) => sink.verdict !== undefined)?.verdict;
    },
  };
}

/** Lets each do what is due, and says when the first of them has more to do. */
export function earliest(sinks: Iterable<TraceSink>, at: number): number | undefined {
  let next: number | undefined;
  for (const sink of sinks) {
    const due = sink.tick?.(at);
    if (due !== undefined && due < (next ?? Infinity)) next = due;
  }
  return next;
}
