/** What dealing with stops needs of the tracer: parts ask for as little of it as they can. */
import type { DebugLog } from '../../base/debug-log.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Released, ResumeMode } from '../../kernel/threads.js';
import type { SyscallTracer } from '../calls/syscall-tracer.js';
import type { Emitter } from '../emitter.js';
import type { SharedGuardian } from '../survival/shared-guardian.js';
import type { Process, Thread, ThreadState } from '../tracees/tracee.js';
import type { ProcessTable } from '../tracees/process-table.js';
import type { LongWaits } from './long-waits.js';
import type { UnfinishedStops } from './unfinished-stops.js';

/** How threads go on. */
export interface Resuming {
  readonly kernel: Kernel;
  /** 'syscall' while system calls are traced, so that every resume reports them. */
  readonly resumeMode: ResumeMode;
  /** The same for programs that call the kernel past the C library. */
  readonly resumeModeWithoutLibc: ResumeMode;
}

/**
 * What became of a stop. 'kept': the thread stands on, and somebody will come back to it. 'ended': there is no thread any
 * more.
 */
export type Dealt = Released | 'kept' | 'ended';

export interface StopContext extends Resuming {
  readonly emitter: Emitter;
  readonly table: ProcessTable;
  readonly syscalls: SyscallTracer;
  readonly guardian: SharedGuardian;
  readonly log: DebugLog;
  readonly waits: LongWaits;
  readonly unfinished: UnfinishedStops;
  /** Deals with a stop as the main loop does, and lets the thread run on. */
  onStop(tid: ThreadId, status: number): Dealt;
  /** The same for what a wait has just reported; that its thread ends meanwhile is no error. */
  takeStop(): void;
}

export interface EventPlace {
  readonly pid: ProcessId;
  readonly tid: ThreadId;
  readonly at: number;
}

export function placeOf(
  { emitter }: Pick<StopContext, 'emitter'>,
  process: Process,
  tid: ThreadId,
): EventPlace {
  return { pid: process.pid, tid, at: emitter.now() };
}

export const RUNNING: ThreadState = { kind: 'running' };

/** Lets a stopped thread run on, with a signal or 0; one that is stepping out makes its next step. */
export function resume(context: Resuming, thread: Thread, signal = 0): Released {
  const isToStep = thread.state.kind === 'stepping-out';
  const mode = isToStep ? 'step' : resumeModeOf(context, thread.process);
  return context.kernel.resume(thread.tid, mode, signal);
}

export function resumeModeOf(context: Omit<Resuming, 'kernel'>, process: Process): ResumeMode {
  if (process.vforkedBy !== undefined) return 'syscall';
  return process.space.callsKernelItself ? context.resumeModeWithoutLibc : context.resumeMode;
}
