/** Puts the parts of the tracer together. */
import type { DebugLog } from '../base/debug-log.js';
import type { ThreadId } from '../base/ids.js';
import type { Kernel } from '../kernel/kernel.js';
import type { TraceSink } from '../trace/sink.js';
import { CallTracer } from './calls/call-tracer.js';
import { StoppedThread } from './calls/stopped-thread.js';
import type { EngineOptions } from './engine-options.js';
import { Emitter } from './emitter.js';
import { ModuleTracker } from './modules/module-tracker.js';
import { ProcessTable } from './process-table.js';
import { Coverage } from './tracepoints/coverage.js';
import { TracepointPlacer } from './tracepoints/place-tracepoints.js';
import type { EndReport, TracerContext } from './tracer-context.js';

export interface TracerParts {
  readonly kernel: Kernel;
  readonly options: EngineOptions;
  readonly sink: TraceSink;
  readonly log: DebugLog;
}

export interface LoopHandlers {
  onStop(tid: ThreadId, status: number): void;
  onEnd(tid: ThreadId, how: EndReport): void;
}

export function createContext(
  parts: TracerParts,
  handlers: LoopHandlers,
): { readonly context: TracerContext; readonly coverage: Coverage } {
  const { kernel, options, sink, log } = parts;
  const emitter = new Emitter(sink, () => kernel.now());
  const coverage = new Coverage([...options.calls, ...options.libraries, ...options.functions]);
  const calls = new CallTracer(kernel, emitter, new StoppedThread(kernel), {
    captures: options.captures,
    where: options.where,
    cpuTime: options.cpuTime,
    backtracer: undefined,
  });
  const placer = new TracepointPlacer(options, coverage, log);
  const modules = new ModuleTracker({ kernel, emitter, placer, log });
  const context: TracerContext = {
    kernel,
    options,
    emitter,
    table: new ProcessTable(),
    calls,
    modules,
    log,
    resumeMode: options.syscalls.kind === 'none' ? 'continue' : 'syscall',
    ...handlers,
  };
  return { context, coverage };
}
