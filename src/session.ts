/** Joins a source of events and a sink for one run, and leaves the tracees unharmed whatever happens. */
import type { DebugLog } from './base/debug-log.js';
import { Tracer, type LaunchedEnd } from './engine/tracer.js';
import type { EngineOptions } from './engine/engine-options.js';
import type { Kernel } from './kernel/kernel.js';
import { OutputClosed, type TraceSink } from './trace/sink.js';

export interface SessionParts {
  readonly kernel: Kernel;
  readonly options: EngineOptions;
  readonly sink: TraceSink;
  readonly log: DebugLog;
}

export interface SessionEnd {
  readonly launched: LaunchedEnd;
  /** The output that could not be written any more. */
  readonly outputLost?: OutputClosed;
}

/**
 * Traces until the end.
 *
 * @throws UserError when a target cannot be started; SystemError when Linux fails us
 */
export function runSession(parts: SessionParts): SessionEnd {
  const tracer = new Tracer(parts);
  let outputLost: OutputClosed | undefined;
  try {
    tracer.start();
    tracer.run();
    tracer.finish();
    parts.sink.finish();
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
    outputLost = error;
  } finally {
    tracer.leave();
  }
  tracer.waitForLaunched();
  return { launched: tracer.end, ...(outputLost === undefined ? {} : { outputLost }) };
}
