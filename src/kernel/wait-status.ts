/** Decodes the status word of waitpid(2) as a ptracer sees it (ptrace(2), "Stopped states"). */

/** Why a wait reported a thread. */
export type WaitReport =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: number; readonly coreDumped: boolean }
  /** Only ever seen for children that we did not trace, or that were let go. */
  | { readonly kind: 'continued' }
  /** Signal-delivery-stop, or a SIGTRAP of a single step or breakpoint. */
  | { readonly kind: 'signal-stop'; readonly signal: number }
  /** Syscall-enter-stop or syscall-exit-stop; the status word does not say which. */
  | { readonly kind: 'syscall-stop' }
  /** Stopped with its whole process by a stopping signal. */
  | { readonly kind: 'group-stop'; readonly signal: number }
  /** A PTRACE_EVENT_*: `event` is its number, `signal` what came in the stop-signal field. */
  | { readonly kind: 'event'; readonly event: number; readonly signal: number };

const SIGTRAP = 5;
/** PTRACE_O_TRACESYSGOOD sets this bit in the stop signal of syscall stops. */
const SYSCALL_STOP_BIT = 0x80;
/** linux/ptrace.h PTRACE_EVENT_STOP. */
const PTRACE_EVENT_STOP = 128;
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
export function ptraceEvent(status: number): number {
  return (status >>> 16) & 0xff;
}

/** The signal field of a stop, with the syscall-stop bit still in it. */
export function stopSignal(status: number): number {
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
  if (event !== 0) return { kind: 'event', event, signal };
  if (signal === (SIGTRAP | SYSCALL_STOP_BIT)) return { kind: 'syscall-stop' };
  return { kind: 'signal-stop', signal };
}
