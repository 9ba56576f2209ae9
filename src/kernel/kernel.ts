/**
 * What the engine may ask of Linux, in our words. `kernel/linux` implements it; tests script it.
 *
 * One OS thread owns an instance: ptrace ties a tracee to the thread that seized it.
 * Every method may throw TraceeGone when the thread has died (ESRCH), and SystemError otherwise.
 */
import type { Address, MemoryBlock } from '../base/address.js';
import type { FileBytes } from '../base/file-bytes.js';
import type { ProcessId, ThreadId } from '../base/ids.js';

/** What execve is given: text, or bytes where they are not UTF-8. Must not contain a NUL. */
export type ExecString = string | Uint8Array;

export interface LaunchSpec {
  /** Path that execve gets; already looked up in PATH. */
  readonly program: string;
  readonly argv: readonly ExecString[];
  /** `NAME=value` strings; see `kernel/linux/launching/inherited.ts` for ours as they came. */
  readonly environment: readonly ExecString[];
  /** Become this user before exec (`-u`). */
  readonly identity?: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  };
  /** An absolute path that it starts in. Default: where this process is. */
  readonly workingDirectory?: string;
  /** Its descriptors. Default: those that this process was started with. */
  readonly descriptors?: readonly GivenDescriptor[];
}

/** A descriptor of ours that a program gets. One that it has as `as` must not be that of another that it gets. */
export interface GivenDescriptor {
  readonly descriptor: number;
  /** The number that it has there. */
  readonly as: number;
}

export type ThreadPlace =
  | { readonly kind: 'running' }
  /** In the kernel, but in no system call. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'syscall'; readonly number: number; readonly args: readonly bigint[] };
/** Says whether to wait on for a thread that has not stopped in all that time. May take interrupts. */
export type Patience = (tid: ThreadId, waitedMs: number) => 'waits' | 'gives-up';

/** Where a thread is, as far as can be told without stopping it. */
export interface Standing {
  /** 'R', 'S', 'D', 't', …; see proc_pid_status(5). */
  readonly state: string;
  /** The system call that it waits in; undefined while it runs, or waits for something else. */
  readonly call: WaitingCall | undefined;
  /** Where it waits or goes on; undefined while it runs. */
  readonly pc: Address | undefined;
}

export interface WaitingCall {
  readonly number: number;
  readonly args: readonly bigint[];
}

export interface TraceOptions {
  /** The tracee is killed when we die: for what we launched ourselves. */
  readonly exitKill: boolean;
}

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

/** How a thread goes on. 'listen' is not here: it has its own method. */
export type ResumeMode = 'continue' | 'step' | 'syscall';

/**
 * 'stop': `stop` describes a stopped or ended thread. 'interrupted': a signal for us or the timer came,
 * see `takeInterrupt`. 'none': nothing to report (poll only). 'childless': there is no tracee left.
 */
export type WaitOutcome = 'stop' | 'interrupted' | 'none' | 'childless';

/** The latest stop; one object, overwritten by the next wait. */
export interface RawStop {
  tid: ThreadId;
  /** Status word as in waitpid(2), with the ptrace event in bits 16–23. */
  status: number;
  /** True when `registers` below were already read for this stop. */
  hasRegisters: boolean;
}

/**
 * 'request': another thread of our process asked for it (kernel/linux/waiting/interrupt.ts). 'suspension': SIGTSTP came,
 * `suspend` is due.
 */
export type Interrupt =
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'timer' }
  | { readonly kind: 'request' }
  | { readonly kind: 'suspension' };

export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly executable: boolean;
  /** '' for anonymous memory; '[stack]', '[vdso]'; a path, perhaps with ' (deleted)'. */
  readonly path: string;
  /** Of `start` in the file, bytes. */
  readonly offset: number;
  /** Device and inode as in proc_pid_maps(5), `fd:01 1234`; '' where no file is mapped. */
  readonly file: string;
}

export interface ProcessStatus {
  readonly name: string;
  /** 'R', 'S', 'T', 't', 'Z', …; see proc_pid_status(5). */
  readonly state: string;
  readonly processId: ProcessId;
  readonly parent: number;
  readonly tracer: number;
  readonly uid: number;
  /** Bit masks of signals, bit n-1 for signal n. */
  readonly pending: bigint;
  readonly sharedPending: bigint;
  readonly blocked: bigint;
  readonly ignored: bigint;
  readonly caught: bigint;
}

/** An ELF file as the tracee sees it, mapped: reading costs only the pages that are touched. */
export interface ImageFile extends FileBytes {
  /** Same for every process that maps the same file; changes when the file is replaced. */
  readonly identity: string;
}

/**
 * 'same': surely the file that is mapped. 'similar': what is found at its paths now, best first. File systems that are
 * made of others (overlayfs, btrfs) show other numbers for a mapped file than for the same file at its path, so one of
 * them may be it: only its content tells. Empty when nothing can be read.
 */
export type MappedFile =
  | { readonly kind: 'same'; readonly file: ImageFile }
  | { readonly kind: 'similar'; readonly files: readonly ImageFile[] };

/** The files of a process, by the mappings that it has when they are first looked at. Not to be kept. */
export interface TraceeFiles {
  readonly mappings: readonly Mapping[];
  mappingAt(address: number): Mapping | undefined;
  /** The program that it executes, whatever is at that path by now; undefined when it cannot be read. */
  program(): ImageFile | undefined;
  /**
   * The file behind a mapping. Paths do not tell: by now another file may be there.
   *
   * @param knownAs another path where it may be found, as the process would say it; '' for none
   */
  mapped(mapping: Mapping, knownAs: string): MappedFile;
  /**
   * What is at a path of the process now; undefined when it cannot be read. Whoever asks must make sure that it is what
   * it is taken for.
   */
  open(path: string): ImageFile | undefined;
}

/** 'last': after all those that are put back first. */
export type RestoreTurn = 'first' | 'last';

/** What a trap replaced. */
export interface ProtectedByte {
  readonly address: Address;
  readonly originalByte: number;
  readonly restored: RestoreTurn;
}

/**
 * Watches over attached programs from a process of its own: when we are killed, it puts the original
 * bytes back. It acts only then, and only where an int3 still stands.
 */
export interface Guardian {
  /** To be called before the int3 is written. False when there is no more room. */
  protect(pid: ProcessId, byte: ProtectedByte): boolean;
  /** After the original byte is back. */
  unprotect(pid: ProcessId, address: Address): void;
  /** The process ended, executed another program or was let go. */
  forgetProcess(pid: ProcessId): void;
  /** Ends the guardian; nothing is restored. */
  release(): void;
}

/** Memory that a process of ours attaches (shmat(2)), and that we look at. It goes with the last who has it. */
export interface SharedMemory {
  readonly id: number;
  /** Part of it. Not to be used after `release`. */
  view(offset: number, bytes: number): DataView;
  release(): void;
}

/** What a process is confined by, where code of ours in it could make a difference. */
export interface Confinement {
  /** Has it a seccomp filter, or the strict mode? */
  readonly seccomp: boolean;
  /** Does the CPU compare its return addresses with copies (x86 shadow stack)? */
  readonly shadowStack: boolean;
  /** RLIMIT_AS is set. */
  readonly addressSpace: boolean;
  /** Pages of it are locked in memory. */
  readonly lockedMemory: boolean;
}

/** For calls that are counted inside of processes. */
export interface InsideAccess {
  /** @param owner the user who may attach it besides us */
  share(bytes: number, owner: number): SharedMemory | undefined;
  /** Waits until no CPU executes instructions any more that it read before; false where that cannot be had. */
  serializeCores(): boolean;
  /** The counter that programs read without a system call: the same on all CPUs, at a constant rate. */
  cycles(): bigint;
  /** undefined when the process has ended. */
  confinement(pid: ProcessId): Confinement | undefined;
}

/** One moment by two clocks, ns. */
export interface ClockStart {
  /** CLOCK_MONOTONIC. */
  readonly monotonicStart: bigint;
  /** CLOCK_REALTIME. */
  readonly wallStart: bigint;
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

export interface Kernel {
  // --- starting and leaving
  /**
   * Runs until the first instruction of the new program; returns stopped at PTRACE_EVENT_EXEC.
   *
   * @throws LaunchError when the program cannot be executed
   */
  launch(spec: LaunchSpec, options: TraceOptions): ThreadId;
  /**
   * PTRACE_SEIZE: does not stop the thread. Its future children are seized too.
   *
   * @throws UserError with the reason when it is not permitted; TraceeGone when there is no such thread
   */
  seize(tid: ThreadId, options: TraceOptions): void;
  /** Ask a running thread to stop with PTRACE_EVENT_STOP. */
  interrupt(tid: ThreadId): void;
  /** Leave a group-stopped thread stopped and hear of its SIGCONT. */
  listen(tid: ThreadId): void;
  /** The thread must be stopped; `signal` is delivered to it, 0 for none. */
  detach(tid: ThreadId, signal: number): void;
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

  // --- the loop
  readonly stop: RawStop;
  /** Blocks until something happens. Fills `stop`. Flushes any resume that was put off. */
  wait(): WaitOutcome;
  /** Does not block. */
  poll(): WaitOutcome;
  /**
   * Blocks until this thread stops; others keep their stops. Fills `stop`.
   *
   * @throws TraceeGone when it ends first; `wait` reports its end as ever
   * @throws DoesNotStop when `patience` gives up
   */
  waitForStop(tid: ThreadId): void;
  /** Asked about every 100 ms while `waitForStop` lasts. */
  patience: Patience;
  /** What ended the wait; undefined when nothing is left. Each is given once. */
  takeInterrupt(): Interrupt | undefined;
  /**
   * Stops our own process as SIGTSTP does by default, unless SIGCONT came since the 'suspension' was told. To be
   * called when no stop waits for us; when that takes too long, we are stopped in the middle.
   */
  suspend(): void;
  /** One shot; a later call replaces it; 0 cancels. */
  setTimer(milliseconds: number): void;
  resume(tid: ThreadId, mode: ResumeMode, signal: number): void;
  /**
   * `resume` without a signal that may be put off until `wait`: the common end of a stop. Says nothing when the
   * thread has died meanwhile.
   *
   * @param pc where it goes on, if not where it stands
   */
  resumeSoon(tid: ThreadId, mode: ResumeMode, pc?: Address): void;

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

  // --- memory
  /** Reads as much as is readable from `address` on; returns the count, 0 when nothing is. */
  readMemory(pid: ProcessId, address: Address, into: Uint8Array): number;
  /**
   * Reads at several places by one system call, one block behind the other; as much as is readable before the
   * first place that is not.
   */
  readBlocks(pid: ProcessId, blocks: readonly MemoryBlock[], into: Uint8Array): number;
  /**
   * The eight bytes at `address` as a number, rounded above 2^53; undefined where not all can be read.
   * The cheapest read of a stopped thread's memory.
   */
  peekWord(tid: ThreadId, address: Address): number | undefined;
  /** Writes also to read-only pages, as a debugger must. Throws when not all could be written. */
  writeMemory(pid: ProcessId, address: Address, bytes: Uint8Array): void;
  /** Forget descriptors kept for this process (it ended or became another program). */
  forgetProcess(pid: ProcessId): void;

  // --- procfs
  mappings(pid: ProcessId): readonly Mapping[];
  auxiliaryVector(pid: ProcessId): Uint8Array;
  threads(pid: ProcessId): readonly ThreadId[];
  /** Does the thread only serve the kernel, io_uring say? It executes nothing of the program, and must not be stopped. */
  isKernelWorker(tid: ThreadId): boolean;
  /** undefined when there is no such process. */
  status(id: ProcessId | ThreadId): ProcessStatus | undefined;
  /** undefined when there is no such thread. */
  standing(tid: ThreadId): Standing | undefined;
  /** The function of the kernel in which the thread waits, '' when unknown. */
  kernelFunction(tid: ThreadId): string;
  /** Is the process in a cgroup whose tasks do not run (cgroups(7), freezer)? */
  isFrozen(pid: ProcessId): boolean;
  /**
   * Signals 1 to 31 that the thread blocks, bit by bit as in {@link ProcessStatus.blocked}, and in less time; 0 when it
   * has ended.
   */
  blockedSignals(tid: ThreadId): number;
  /** Path of the program file as the process sees it; its name, at most 15 bytes, where the path is not for us. */
  executablePath(pid: ProcessId): string;
  /**
   * Has the program that begins not got the rights of another user or group that its file gives (set-uid, set-gid)?
   *
   * @param path of the file, should the process not let us see it
   */
  lacksRightsOfFile(pid: ProcessId, path: string): boolean;
  /** Every process that we trace, of which we may not know yet; looks through all that there are. */
  tracees(): readonly ProcessId[];
  /** Other processes that run in the same memory; looks through all that there are. */
  sharers(pid: ProcessId): readonly ProcessId[];
  filesOf(pid: ProcessId): TraceeFiles;
  /** What a descriptor of the process refers to, '' when unknown. */
  descriptorPath(pid: ProcessId, descriptor: number): string;
  /** Where a thread stands that was not stopped; undefined when it has ended, or the system does not say. */
  threadPlace(tid: ThreadId): ThreadPlace | undefined;
  /** CPU time of a thread, ns. */
  cpuTime(tid: ThreadId): number;

  /** A session begins: what {@link now} counts from. */
  startClock(): ClockStart;
  /** Nanoseconds since {@link startClock}, monotonic; before it, since the kernel object was made. */
  now(): number;
  /** Leaves nothing behind: timers, handlers, descriptors. */
  close(): void;
}
