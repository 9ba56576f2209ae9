/**
 * What the engine may ask of Linux, in our words. `kernel/linux` implements it; tests script it.
 *
 * One OS thread owns an instance: ptrace ties a tracee to the thread that seized it.
 * Every method may throw TraceeGone when the thread has died (ESRCH), and SystemError otherwise.
 */
import type { ProcessId, ThreadId } from '../base/ids.js';
import type { Guardian } from './guardian.js';
import type { InsideAccess } from './inside-access.js';
import type { LaunchSpec } from './launch-spec.js';
import type { StopLoop } from './loop.js';
import type { MemoryAccess } from './memory.js';
import type { ProcAccess } from './proc.js';
import type { ThreadControl, TraceOptions } from './threads.js';

export interface Kernel extends StopLoop, ThreadControl, MemoryAccess, ProcAccess {
  /**
   * Runs until the first instruction of the new program; returns stopped at PTRACE_EVENT_EXEC.
   *
   * @throws LaunchError when the program cannot be executed
   */
  launch(spec: LaunchSpec, options: TraceOptions): ThreadId;
  kill(pid: ProcessId, signal: number): void;

  /** undefined where the system does not let us run one. One serves for all processes. */
  startGuardian(): Guardian | undefined;
  /**
   * Waits until no guardian of a tracer that was killed has anything to put back in the process any more.
   *
   * @returns those that have not come to it in some seconds
   */
  awaitOldGuardians(pid: ProcessId): readonly ProcessId[];

  /** undefined where the system does not let us count calls inside of processes. */
  insideAccess(): InsideAccess | undefined;

  /** Leaves nothing behind: timers, handlers, descriptors. */
  close(): void;
}
