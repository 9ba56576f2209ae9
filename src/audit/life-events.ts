/** Events that tell how processes and threads come and go. */
import type {
  ExecEvent,
  ProcessDetached,
  ProcessExited,
  ProcessKilled,
  ProcessStarted,
  ThreadEnded,
  ThreadStarted,
  TraceEvent,
} from '../trace/event.js';

export type LifeEvent =
  | ProcessStarted
  | ThreadStarted
  | ExecEvent
  | ThreadEnded
  | ProcessExited
  | ProcessKilled
  | ProcessDetached;

const LIFE: ReadonlySet<string> = new Set([
  'process-started',
  'thread-started',
  'exec',
  'thread-ended',
  'exited',
  'killed',
  'detached',
] satisfies LifeEvent['kind'][]);

export const isOfLife = (event: TraceEvent): event is LifeEvent => LIFE.has(event.kind);
