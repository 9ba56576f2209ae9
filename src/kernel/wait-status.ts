/** Decodes the status word of waitpid(2) as a ptracer sees it (ptrace(2), "Stopped states"). */
import { SIGTRAP } from '../base/signal-numbers.js';

/** Which PTRACE_EVENT_* tells of a child or a new thread. */
export type BirthEvent = 'fork' | 'vfork' | 'clone';

/** A thread has ended. */
export type EndReport =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: number; readonly coreDumped: boolean };

/** Why a wait reported a thread. */
export type WaitReport =
  | EndReport
  /** Only ever seen for children that we did not trace, or that were let go. */
  | { readonly kind: 'continued' }
  /** Signal-delivery-stop, or a SIGTRAP of a single step or breakpoint. */
  | { readonly kind: 'signal-stop'; readonly signal: number }
  /** Syscall-enter-stop or syscall-exit-stop; the status word does not say which. */
  | { readonly kind: 'syscall-stop' }
  /** Stopped with its whole process by a stopping signal. */
  | { readonly kind: 'group-stop'; readonly signal: number }
  /** It has made a child or a thread, whose id is the event's message. */
  | { readonly kind: 'born'; readonly how: BirthEvent }
  /** Its process executes another program; the event's message is the id that the thread had before. */
  | { readonly kind: 'exec' }
  /** The child of its vfork(2) is out of its memory. */
  | { readonly kind: 'vfork-done' }
  /** We asked for it, or it is the first stop of a child, or SIGCONT came while it was listened to. */
  | { readonly kind: 'interrupted' }
  /** A PTRACE_EVENT_* that we did not ask for. */
  | { readonly kind: 'other-event'; readonly event: number };

/** PTRACE_O_TRACESYSGOOD sets this bit in the stop signal of syscall stops. */
const SYSCALL_STOP_BIT = 0x80;
/** PTRACE_EVENT_* of <linux/ptrace.h>. */
const PTRACE_EVENT_STOP = 128;
const EVENTS: Readonly<Record<number, WaitReport>> = {
  1: { kind: 'born', how: 'fork' },
  2: { kind: 'born', how: 'vfork' },
  3: { kind: 'born', how: 'clone' },
  4: { kind: 'exec' },
  5: { kind: 'vfork-done' },
  [PTRACE_EVENT_STOP]: { kind: 'interrupted' },
};
const WCOREFLAG = 0x80;
const W_STOPPED = 0x7f;
const W_CONTINUED = 0xffff;

/** True when the thread exists and stands still: the hot path asks this before decoding. */
export function isStopped(status: number): boolean {
  return (status & 0xff) === W_STOPPED;
}

/** True for a plain SIGTRAP stop: a breakpoint, a single step, or a SIGTRAP sent by someone. */
export function isTrapStop(status: number): boolean {
  return status === ((SIGTRAP << 8) | W_STOPPED);
}

/** PTRACE_EVENT_* in bits 16–23, 0 for none. */
function ptraceEvent(status: number): number {
  return (status >>> 16) & 0xff;
}

/** The signal field of a stop, with the syscall-stop bit still in it. */
function stopSignal(status: number): number {
  return (status >>> 8) & 0xff;
}

/** @param status status word, 32 bits */
export function decodeWaitStatus(status: number): WaitReport {
  if (isStopped(status)) return decodeStop(ptraceEvent(status), stopSignal(status));
  if ((status & W_CONTINUED) === W_CONTINUED) return { kind: 'continued' };
  const signal = status & 0x7f;
  if (signal === 0) return { kind: 'exited', code: (status >>> 8) & 0xff };
  return { kind: 'killed', signal, coreDumped: (status & WCOREFLAG) !== 0 };
}

function decodeStop(event: number, signal: number): WaitReport {
  if (event === PTRACE_EVENT_STOP && signal !== SIGTRAP) return { kind: 'group-stop', signal };
  if (event !== 0) return EVENTS[event] ?? { kind: 'other-event', event };
  if (signal === (SIGTRAP | SYSCALL_STOP_BIT)) return { kind: 'syscall-stop' };
  return { kind: 'signal-stop', signal };
}
