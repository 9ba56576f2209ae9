/** Hands every event to several sinks. */
import type { TraceSink } from '../trace/sink.js';

export function fanOut(sinks: readonly TraceSink[]): TraceSink {
  const [only] = sinks;
  if (only !== undefined && sinks.length === 1) return only;
  return {
    accept: (event) => sinks.forEach((sink) => sink.accept(event)),
    flush: () => sinks.forEach((sink) => sink.flush()),
    finish: () => sinks.forEach((sink) => sink.finish()),
  };
}
