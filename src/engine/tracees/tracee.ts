/** A tracee: a process with its memory, and its threads with the traced calls they are in. */
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { TraceOptions } from '../../kernel/threads.js';
import type { SyscallEvent, SyscallReturn } from '../../trace/event.js';
import type { Arch } from '../../arch/arch.js';
import type { CallCapture, EnteredCall } from '../../lens/stopped-call.js';
import { AddressSpaceFor } from './address-space.js';
import type { SiteFor, SiteWork } from '../points/site-reasons.js';
import type { OpenCalls, Strand } from './open-calls.js';
import { Comebacks } from './comebacks.js';
import { SignalActions } from './signal-actions.js';
import { ThreadSignals } from './thread-signals.js';
import type { NativeStack } from './native-stack.js';

/**
 * 'reported': its calls become events. 'passed': it shares memory with a traced process, so it runs into
 * breakpoints, but is not followed: it is let through until it execs or ends.
 */
export type ProcessRole = 'reported' | 'passed';

/** 'launch' only for what we started ourselves. */
export type ProcessOrigin = 'launch' | 'attach' | 'child';

/** Children inherit it: PTRACE_O_EXITKILL goes with the other options of the thread that begot them. */
export type Bond = 'dies-with-us' | 'outlives-us';

/** With which threads of such processes are seized. */
export const traceOptionsOf = (bond: Bond): TraceOptions => ({ exitKill: bond === 'dies-with-us' });

export interface ProcessFacts {
  readonly pid: ProcessId;
  readonly space: AddressSpace;
  readonly role: ProcessRole;
  readonly program: string;
  readonly origin: ProcessOrigin;
  readonly bond: Bond;
  /** The thread that waits for this vfork child, whose system calls are watched: see lending.ts. */
  readonly vforkedBy?: ThreadId | undefined;
}

/** The memory that it runs in. */
export class AddressSpace extends AddressSpaceFor<Thread> {}

/** A breakpoint in it. */
export type TracedSite = SiteFor<Thread>;

/** Work of our own at such a place. */
export type SiteHook = SiteWork<Thread>['run'];

export class Process {
  readonly threads = new Map<ThreadId, Thread>();
  /** Calls of goroutines that are in some, by the goroutine's address. */
  readonly goroutines = new Map<number, OpenCalls>();
  readonly comebacks = new Comebacks();
  readonly actions = new SignalActions();

  readonly pid: ProcessId;
  readonly origin: ProcessOrigin;
  readonly bond: Bond;
  readonly vforkedBy: ThreadId | undefined;
  space: AddressSpace;
  role: ProcessRole;
  /** Path of the program file. */
  program: string;
  /** While one of its threads forks, another may end it; or it is killed: then nothing tells of the child. */
  mayEndInAFork = false;
  /** Has the user been told that signals let it make no progress? */
  isToldToStandStill = false;

  constructor(facts: ProcessFacts) {
    this.pid = facts.pid;
    this.space = facts.space;
    this.role = facts.role;
    this.program = facts.program;
    this.origin = facts.origin;
    this.bond = facts.bond;
    this.vforkedBy = facts.vforkedBy;
  }
}

/** A signal that was kept back; it must be delivered afterwards. */
export interface DeferredSignal {
  readonly signal: number;
  readonly info: Uint8Array | undefined;
}

/** On the way out of a displaced copy, so that a signal finds the thread in the program's own code (step-out.ts). */
export interface SteppingOut {
  readonly kind: 'stepping-out';
  readonly signal: DeferredSignal;
  /** Blocked signals of the thread before, bit n-1 for signal n. */
  readonly mask: bigint;
  /** SIGCONT came meanwhile. */
  wasContinued: boolean;
  /** Signals that came in spite of the mask, to be sent again: SIGSTOP, and a SIGTRAP of kill(2). */
  readonly again: number[];
}

export type ThreadState = { readonly kind: 'running' } | SteppingOut;

/** A system call between its two stops. */
export type OpenSyscall =
  | { readonly kind: 'unreported' }
  | ReportedSyscall
  /** One that is not reported was interrupted, or may have been before we came: so is what goes on with it. */
  | { readonly kind: 'cut-short' }
  /** It was interrupted, and nobody knows yet whether by a signal; `left` is what there is to say if so. */
  | InterruptedSyscall;

export interface InterruptedSyscall {
  readonly kind: 'interrupted';
  readonly call: ReportedSyscall;
  readonly left: SyscallReturn;
  /** Unless a signal handler runs. */
  isMadeAgain: boolean;
}

export interface ReportedSyscall {
  readonly kind: 'reported';
  readonly event: SyscallEvent;
  readonly entered: EnteredCall;
  readonly capture: CallCapture;
  /** Whose convention it is made by. */
  readonly arch: Arch;
}

/** An instruction that was taken back before it was executed: the next hit of its trap with the same registers is a retry. */
export interface Interruption {
  readonly address: number;
  /** The register that was marked, as it was (RetryMark). */
  readonly flags: number;
  readonly registers: Uint8Array;
  /** How often it had been taken back before, in a row. */
  readonly times: number;
}

/** Signals that found the thread at the same instruction, one after the other (standstill.ts). */
export interface Standstill {
  readonly pc: number;
  readonly sp: number;
  signals: number;
  /** Of the first, by Kernel.now. */
  readonly since: number;
}

export class Thread {
  state: ThreadState = { kind: 'running' };
  /** It was asked to stop, and what is to be done when it does; then it goes on as if it had not. */
  uponStop: (() => void) | undefined;
  readonly signals = new ThreadSignals();
  openSyscall: OpenSyscall | undefined;
  /** Innermost last. */
  readonly interruptions: Interruption[] = [];
  /** The one that was tried again last. */
  retried: Interruption | undefined;
  standstill: Standstill | undefined;
  stack: NativeStack | undefined;
  strand: Strand | undefined;

  constructor(
    readonly tid: ThreadId,
    readonly process: Process,
    readonly openCalls: OpenCalls,
  ) {}
}
