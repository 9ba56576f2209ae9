/** What can be done to one thread: all that ptrace(2) has for it. */
import type { Address } from '../base/address.js';
import type { ThreadId } from '../base/ids.js';

export interface TraceOptions {
  /** The tracee is killed when we die: for what we launched ourselves. */
  readonly exitKill: boolean;
}

/** How a thread goes on. 'listen' is not here: it has its own method. */
export type ResumeMode = 'continue' | 'step' | 'syscall';

/**
 * Syscall User Dispatch, which a thread asks for by prctl(2): its system calls become SIGSYS, but for those behind
 * whose instruction one of the `freeBytes` from `freeFrom` on begins (the range may wrap around at 2^64).
 */
export interface SyscallDispatch {
  readonly freeFrom: bigint;
  readonly freeBytes: bigint;
  /** Address of a byte that lets all through while it is 0; 0 when there is none. */
  readonly selector: bigint;
}

/** What stands between threads and the system calls that they are to make for us. */
export interface SyscallBarriers {
  /** Does the thread, by seccomp(2), filter system calls that we ourselves may make? */
  isFiltered(tid: ThreadId): boolean;
  /**
   * Lets every system call of the stopped thread through until {@link restoreFilters}, or until we end.
   *
   * @param options those that it was seized with
   * @returns false where the system does not let us
   */
  suspendFilters(tid: ThreadId, options: TraceOptions): boolean;
  restoreFilters(tid: ThreadId, options: TraceOptions): void;
  /** Of the stopped thread; undefined when there is none, or when the kernel cannot tell. */
  dispatchOf(tid: ThreadId): SyscallDispatch | undefined;
}

declare const proof: unique symbol;

/**
 * A stop has been ended: only who ends one gets this. Whoever deals with a stop returns it, or says why the thread is to
 * stand on, so that there is no way through the engine on which a thread is forgotten, or let go twice.
 */
export interface Released {
  readonly [proof]: 'released';
}

/** For those who implement {@link ThreadControl}. */
export const RELEASED = {} as Released;

/** Every stop is ended exactly once: by `resume`, `resumeSoon`, `listen` or `detach`. */
export interface ThreadControl {
  /**
   * PTRACE_SEIZE: does not stop the thread. Its future children are seized too.
   *
   * @throws UserError with the reason when it is not permitted; TraceeGone when there is no such thread
   */
  seize(tid: ThreadId, options: TraceOptions): void;
  /** Ask a running thread to stop with PTRACE_EVENT_STOP. */
  interrupt(tid: ThreadId): void;
  /** Leave a group-stopped thread stopped and hear of its SIGCONT. */
  listen(tid: ThreadId): Released;
  /** The thread must be stopped; `signal` is delivered to it, 0 for none. */
  detach(tid: ThreadId, signal: number): Released;
  resume(tid: ThreadId, mode: ResumeMode, signal: number): Released;
  /**
   * `resume` without a signal that may be put off until `wait`: the common end of a stop. Says nothing when the
   * thread has died meanwhile.
   *
   * @param pc where it goes on, if not where it stands
   */
  resumeSoon(tid: ThreadId, mode: ResumeMode, pc?: Address): Released;

  // --- registers
  /** user_regs_struct of the stopped thread; refreshed by `readRegisters` or by a stop that has them. */
  readonly registers: DataView;
  readRegisters(tid: ThreadId): void;
  /** Writes the whole block back. */
  writeRegisters(tid: ThreadId): void;
  /** One word of the register block, `offset` in bytes. */
  setRegister(tid: ThreadId, offset: number, value: number): void;
  /** user_fpregs_struct (FXSAVE layout), 512 bytes; valid until the next call. */
  readFloatRegisters(tid: ThreadId): DataView;

  // --- stops in detail
  /** PTRACE_GETEVENTMSG: the new thread's id, the exit status, … */
  eventMessage(tid: ThreadId): number;
  /**
   * Whose numbers the thread's system calls have at this moment, as AUDIT_ARCH_* of <linux/audit.h>; undefined where the
   * kernel does not say.
   */
  callConvention(tid: ThreadId): number | undefined;
  /** siginfo_t of the stop, 128 bytes, a copy; undefined at a group-stop (EINVAL). */
  signalInfo(tid: ThreadId): Uint8Array | undefined;
  setSignalInfo(tid: ThreadId, info: Uint8Array): void;
  /** Blocked signals of the stopped thread, bit n-1 for signal n. */
  signalMask(tid: ThreadId): bigint;
  setSignalMask(tid: ThreadId, mask: bigint): void;

  /** What keeps threads from system calls that we ask for. */
  readonly barriers: SyscallBarriers;
}
