/** What the parts of the tracer share that begin, follow and leave processes. */
import type { ThreadId } from '../../base/ids.js';
import type { EndReport } from '../../kernel/wait-status.js';
import type { Backtracer } from '../calls/backtracer.js';
import type { CallTracer } from '../calls/call-tracer.js';
import type { EngineOptions } from '../engine-options.js';
import type { InlineCatcher } from '../inline/inline-catcher.js';
import type { ModuleTracker } from '../loading/module-tracker.js';
import type { StopContext } from '../stops/stop-context.js';

export interface TracerContext extends StopContext {
  readonly options: EngineOptions;
  readonly calls: CallTracer;
  /** Where calls may be caught without a stop. */
  readonly inline: InlineCatcher | undefined;
  readonly modules: ModuleTracker;
  /** undefined where no backtraces are wanted. */
  readonly backtracer: Backtracer | undefined;
  onEnd(tid: ThreadId, how: EndReport): void;
}
