/** What the parts of the tracer share. */
import type { ThreadId, ProcessId } from '../base/ids.js';
import type { DebugLog } from '../base/debug-log.js';
import type { Kernel } from '../kernel/kernel.js';
import type { ResumeMode } from '../kernel/threads.js';
import type { EndReport } from '../kernel/wait-status.js';
import type { Backtracer } from './calls/backtracer.js';
import type { CallTracer } from './calls/call-tracer.js';
import type { SyscallTracer } from './calls/syscall-tracer.js';
import type { Emitter } from './emitter.js';
import type { EngineOptions } from './engine-options.js';
import type { InlineCatcher } from './inline/inline-catcher.js';
import type { ModuleTracker } from './loading/module-tracker.js';
import type { SharedGuardian } from './survival/shared-guardian.js';
import type { Process, Thread, ThreadState } from './tracees/tracee.js';
import type { ProcessTable } from './tracees/process-table.js';
import type { LongWaits } from './stops/long-waits.js';
import type { UnfinishedStops } from './stops/unfinished-stops.js';

export interface TracerContext {
  readonly kernel: Kernel;
  readonly options: EngineOptions;
  readonly emitter: Emitter;
  readonly table: ProcessTable;
  readonly calls: CallTracer;
  /** Where calls may be caught without a stop. */
  readonly inline: InlineCatcher | undefined;
  readonly modules: ModuleTracker;
  readonly syscalls: SyscallTracer;
  /** undefined where no backtraces are wanted. */
  readonly backtracer: Backtracer | undefined;
  readonly guardian: SharedGuardian;
  readonly log: DebugLog;
  readonly waits: LongWaits;
  readonly unfinished: UnfinishedStops;
  /** Deals with a stop as the main loop does, and lets the thread run on. */
  onStop(tid: ThreadId, status: number): void;
  /** The same for what a wait has just reported; that its thread ends meanwhile is no error. */
  takeStop(): void;
  onEnd(tid: ThreadId, how: EndReport): void;
  /** 'syscall' while system calls are traced, so that every resume reports them. */
  readonly resumeMode: ResumeMode;
  /** The same for programs that call the kernel past the C library. */
  readonly resumeModeWithoutLibc: ResumeMode;
}

export interface EventPlace {
  readonly pid: ProcessId;
  readonly tid: ThreadId;
  readonly at: number;
}

export function placeOf(context: TracerContext, process: Process, tid: ThreadId): EventPlace {
  return { pid: process.pid, tid, at: context.emitter.now() };
}

export const RUNNING: ThreadState = { kind: 'running' };

/** Lets a stopped thread run on, with a signal or 0; one that is stepping out makes its next step. */
export function resume(context: TracerContext, thread: Thread, signal = 0): void {
  const isToStep = thread.state.kind === 'stepping-out';
  const mode = isToStep ? 'step' : resumeModeOf(context, thread.process);
  context.kernel.resume(thread.tid, mode, signal);
}

export function resumeModeOf(context: TracerContext, process: Process): ResumeMode {
  if (process.vforkedBy !== undefined) return 'syscall';
  return process.space.callsKernelItself ? context.resumeModeWithoutLibc : context.resumeMode;
}
