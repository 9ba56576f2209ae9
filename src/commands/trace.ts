/** Carries out a request to trace: builds the engine's options and the sinks, runs, says how it ended. */
import type { DebugLog } from '../base/debug-log.js';
import type { EngineOptions } from '../engine/engine-options.js';
import type { Kernel } from '../kernel/kernel.js';
import { DebugSink } from '../output/debug-sink.js';
import { fanOut } from '../output/fan-out.js';
import type { OutputDestination } from '../output/make-sinks.js';
import type { WriteFunction } from '../output/output-stream.js';
import { runSession, type SessionEnd } from '../session.js';
import { tuneForShortRun } from './short-run.js';
import { withChecks } from './call-checks.js';
import { openSinks } from './open-sinks.js';
import { capturesFor } from '../request/captures.js';
import { prototypeLibraryOf } from '../request/prototype-library-of.js';
import type { TraceRequest } from '../cli/run-request.js';

export interface TraceEquipment {
  readonly kernel: Kernel;
  readonly log: DebugLog;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One line on standard error. */
  readonly report: (line: string) => void;
  readonly destination: OutputDestination;
  readonly write: WriteFunction;
}

/** @throws UserError when a target cannot be started or a file cannot be opened */
export function runTrace(request: TraceRequest, equipment: TraceEquipment): SessionEnd {
  const { kernel, log } = equipment;
  const tuneForLongRun = tuneForShortRun();
  try {
    let tell = equipment.report;
    const options = engineOptionsOf(request, { ...equipment, report: (line) => tell(line) });
    const output = withChecks(openSinks(request.output, equipment), request.checks, {
      report: equipment.report,
      notices: request.output.notices,
    });
    const sink = log.enabled ? fanOut([new DebugSink(log), output]) : output;
    const warnings: string[] = [];
    // From now on a line of ours could come in the middle of one of the trace.
    tell = (line) => warnings.push(line);
    const { where } = request;
    return runSession({ kernel, log, options, where, sink, warnings, onBusy: tuneForLongRun });
  } finally {
    tuneForLongRun();
  }
}

/** What decides which events come, apart from the outputs that take them. */
export function engineOptionsOf(
  request: TraceRequest,
  equipment: Pick<TraceEquipment, 'environment' | 'version' | 'report' | 'log'>,
): EngineOptions {
  const { engine, captures, limits } = request;
  const library = prototypeLibraryOf(request, equipment);
  return {
    ...engine,
    version: equipment.version,
    captures: capturesFor(captures, { library, limits, log: equipment.log }),
    launchedWhenLeft: 'goes-on',
    // A program that we launched is waited for.
    afterLeaving: engine.targets.some(({ kind }) => kind === 'launch') ? 'we-live-on' : 'we-end',
  };
}
