/** The contract between the engine and everything that shows, counts or stores what it saw. */
import type { Address } from '../base/address.js';
import type { CallId, ProcessId, ThreadId } from '../base/ids.js';
import type { UnmatchedRule } from './unmatched.js';
import type { Argument, Value } from './value.js';

export interface Where {
  readonly pid: ProcessId;
  readonly tid: ThreadId;
  /** Nanoseconds since the session started, monotonic clock; exact for 104 days. */
  readonly at: number;
}

export type TraceEvent =
  | SessionStarted
  | ProcessStarted
  | ThreadStarted
  | ThreadStateEvent
  | CallEvent
  | ReturnEvent
  | CallAbandoned
  | SyscallEvent
  | SyscallReturn
  | SignalEvent
  | ExecEvent
  | ThreadEnded
  | ProcessExited
  | ProcessKilled
  | ProcessDetached
  | ModuleLoaded
  | ModuleUnloaded
  | NoticeEvent
  | CoverageEvent;

/** Which run this is among those of many machines. */
export interface RunIdentity {
  /** A UUID of its own. */
  readonly run: string;
  /** The machine's name, or what the user calls it. */
  readonly host: string;
  /** What else the user says of it, by key. */
  readonly labels: Readonly<Record<string, string>>;
}

/** First event of every session. */
export interface SessionStarted extends Where {
  readonly kind: 'session-started';
  /** Absent in older recordings. */
  readonly identity?: RunIdentity;
  readonly version: string;
  /** CLOCK_REALTIME at `at` = 0, nanoseconds since 1970. */
  readonly wallStart: bigint;
  /** CLOCK_MONOTONIC at `at` = 0, nanoseconds. */
  readonly monotonicStart: bigint;
  readonly command: readonly string[];
  /** What tracing adds at least to the time of a call, ns, as measured; 0 if not measured. */
  readonly tracingCost: number;
}

export interface ProcessStarted extends Where {
  readonly kind: 'process-started';
  readonly how: 'launch' | 'attach' | 'fork' | 'vfork' | 'clone';
  readonly parent?: ProcessId;
  readonly program: string;
}

export interface ThreadStarted extends Where {
  readonly kind: 'thread-started';
  readonly parent: ThreadId;
}

/** The instruction that made the call, as far as the return address tells. */
export interface CallSite {
  /** The return address: the instruction after the call. A thread that jumped astray may be beyond 2^53. */
  readonly returnAddress: Address | bigint;
  /**
   * SONAME or base name of the module that contains it. For calls of functions, where there is none, what the kernel
   * calls the memory: `[anon]`, `[heap]`, `[vdso]`, `memfd:NAME`, a mapped file's name. '' when not known.
   */
  readonly module: string;
  /** Offset of the return address in that module (image address), or from the beginning of the memory. */
  readonly offset: number | bigint;
  /** The function that contains it, where it was looked up. */
  readonly symbol?: PlaceInFunction;
  /** The line of the call, where it was asked for and debug information has it. */
  readonly source?: SourcePosition;
}

export interface PlaceInFunction {
  readonly name: string;
  /** The readable form of a C++ or Rust name. */
  readonly demangled?: string;
  /** Bytes after the function's start. */
  readonly offset: number;
}

/** 'plt': through a PLT stub; 'entry': caught at the first instruction of the callee. */
export type CallRoute = 'plt' | 'entry';

/** Which option asked for it, and so how it reads: `caller->f`, `f@library`. */
export type CallOrigin = 'call' | 'function';

export interface CallEvent extends Where {
  readonly kind: 'call';
  readonly call: CallId;
  /** The traced call of the same thread that was open when this one began. */
  readonly parent?: CallId;
  /** 0 for a call that no other traced call of the thread encloses. */
  readonly depth: number;
  readonly origin: CallOrigin;
  readonly route: CallRoute;
  readonly caller: CallSite;
  /** SONAME or base name of the module that defines the function; '' while not known (lazy binding). */
  readonly library: string;
  /** Without version. */
  readonly symbol: string;
  readonly version?: string;
  readonly demangled?: string;
  /** The macro or wrapper that the programmer wrote, where the arguments tell: shown instead of `symbol`. */
  readonly shownAs?: string;
  /** Is `library` the main program? */
  readonly inMainProgram: boolean;
  /** Arguments that are read at entry: those left of the first `+`. */
  readonly args: readonly Argument[];
  /** Frames of the script that made the call, innermost first; the first alone with `--origin`, see {@link ScriptFrame}. */
  readonly script?: readonly ScriptFrame[];
  /** Innermost first; present when asked for (`-w`). */
  readonly backtrace?: readonly Frame[];
}

/** Frames of a script stand where native ones of its interpreter's loop do. */
export type Frame = NativeFrame | ScriptFrame;

/** Languages whose frames can be read out of their interpreters. */
export type Language = 'python' | 'perl';

export const LANGUAGES: readonly Language[] = ['python', 'perl'];

/** A function of a script that an interpreter executes. */
export interface ScriptFrame {
  readonly language: Language;
  /** With the names of what encloses it, where the interpreter keeps those: `Session.get`. */
  readonly function: string;
  /** As the interpreter has it: a path, perhaps relative, or `<string>`. */
  readonly file: string;
  /** From 1; absent for code that belongs to no line. */
  readonly line?: number;
}

export interface NativeFrame {
  readonly language?: undefined;
  readonly address: Address;
  readonly module: string;
  /** Offset in the module, image address. */
  readonly offset: number;
  readonly symbol?: PlaceInFunction;
  /** Functions that the compiler inlined here, innermost first. */
  readonly inlined?: readonly InlinedFrame[];
  /** Where the function of `symbol` made the call; below inlined functions, that of the outermost of them. */
  readonly source?: SourcePosition;
}

export interface InlinedFrame {
  readonly name: string;
  /** The readable form of a C++ or Rust name, with its namespaces and parameters. */
  readonly demangled?: string;
  /** Where it made the call. */
  readonly source?: SourcePosition;
}

export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ReturnEvent extends Where {
  readonly kind: 'return';
  /** The event that opened it: sinks need no table of their own. */
  readonly call: CallEvent;
  readonly result: Value;
  /** The result register, raw. */
  readonly rawResult: number | bigint;
  /** Arguments that are read at return: those right of the first `+`. */
  readonly outArgs: readonly Argument[];
  /** errno as the callee left it, where the prototype says that the result means failure. */
  readonly errno?: number;
  /** Thread CPU time spent in the call, ns, where asked for. */
  readonly cpuTime?: number;
}

/** 'unwatched': there was no breakpoint where it returns to, so whether and when it returned nobody knows. */
export type AbandonReason = 'exec' | 'exit' | 'unwound' | 'detach' | 'unwatched';

/** The call will never be seen to return: it was left by longjmp, an exception, exec, or its thread ended. */
export interface CallAbandoned extends Where {
  readonly kind: 'call-abandoned';
  readonly call: CallEvent;
  readonly why: AbandonReason;
}

export interface SyscallEvent extends Where {
  readonly kind: 'syscall';
  readonly call: CallId;
  readonly parent?: CallId;
  readonly depth: number;
  readonly number: number;
  readonly name: string;
  readonly args: readonly Argument[];
  readonly caller: CallSite;
  /** As with a {@link CallEvent}. */
  readonly script?: readonly ScriptFrame[];
}

export interface SyscallReturn extends Where {
  readonly kind: 'syscall-return';
  readonly call: SyscallEvent;
  readonly result: Value;
  readonly rawResult: number | bigint;
  readonly outArgs: readonly Argument[];
  readonly errno?: number;
}

/** What `--where` and the like judge: a call of a function or of the kernel, and how it returned. */
export type EnteredEvent = CallEvent | SyscallEvent;
export type LeftEvent = ReturnEvent | SyscallReturn;

/** A signal is delivered. What it carries beyond its number and si_code depends on both, sigaction(2). */
export interface SignalEvent extends Where {
  readonly kind: 'signal';
  readonly signal: number;
  /** si_code. */
  readonly code: number;
  /** The process that sent it; with SIGCHLD the child that changed its state. */
  readonly sender?: ProcessId;
  /** Its real user id. */
  readonly senderUser?: number;
  /** SIGCHLD: si_status, an exit status or a signal, and the child's times in clock ticks. */
  readonly child?: {
    readonly status: number;
    readonly userTicks: number;
    readonly systemTicks: number;
  };
  /** What sigqueue(3), a timer or a message queue sent with it, si_value as a word. */
  readonly value?: number | bigint;
  readonly timer?: { readonly id: number; readonly overrun: number };
  /** SIGPOLL: what is ready, as in poll(2). */
  readonly descriptor?: { readonly number: number; readonly band: number };
  /** SIGSYS: the system call that a filter refused, and its AUDIT_ARCH. */
  readonly refusedSyscall?: {
    readonly number: number;
    readonly architecture: number;
    readonly at: Address | bigint;
  };
  /** No program has memory above 2^53, but any may reach for it. */
  readonly faultAddress?: Address | bigint;
  /** Where the thread was. */
  readonly pc: CallSite;
}

/** What a thread was doing when it was attached to. */
export interface ThreadStateEvent extends Where {
  readonly kind: 'thread-state';
  readonly doing: ThreadActivity;
  /** Traced functions that it is in, innermost first; present with a backtrace. */
  readonly within?: readonly string[];
  /** Innermost first: where it is, then its callers; present when asked for (`-w`). */
  readonly backtrace?: readonly Frame[];
}

export type ThreadActivity =
  /** It executes the program, or waits for a CPU. */
  | { readonly kind: 'running' }
  /** A signal has stopped its process. */
  | { readonly kind: 'stopped' }
  /** It is in the kernel, but in no system call: a page is being read, say. */
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'syscall';
      readonly number: number;
      readonly name: string;
      readonly args: readonly Argument[];
    };

export interface ExecEvent extends Where {
  readonly kind: 'exec';
  readonly program: string;
}

/** One thread of a process that lives on, or one of several that end with it. */
export interface ThreadEnded extends Where {
  readonly kind: 'thread-ended';
  readonly how:
    | { readonly kind: 'exited'; readonly code: number }
    | { readonly kind: 'killed'; readonly signal: number };
}

export interface ProcessExited extends Where {
  readonly kind: 'exited';
  readonly code: number;
}

export interface ProcessKilled extends Where {
  readonly kind: 'killed';
  readonly signal: number;
  readonly coreDumped: boolean;
}

export interface ProcessDetached extends Where {
  readonly kind: 'detached';
}

export interface ModuleLoaded extends Where {
  readonly kind: 'module-loaded';
  readonly module: string;
  readonly path: string;
  readonly bias: number;
  readonly isMainProgram: boolean;
  /** Lower-case hexadecimal; absent when the file has none. */
  readonly buildId?: string;
}

export interface ModuleUnloaded extends Where {
  readonly kind: 'module-unloaded';
  readonly module: string;
  readonly path: string;
}

/** One line for the person at the terminal: something was skipped, a rule matched nothing. */
export interface NoticeEvent extends Where {
  readonly kind: 'notice';
  readonly severity: 'warning' | 'info';
  readonly text: string;
}

/** Last event of every session: what was looked at, and what was not seen. */
export interface CoverageEvent extends Where {
  readonly kind: 'coverage';
  readonly calls: number;
  readonly stops: number;
  readonly modules: readonly ModuleCoverage[];
  /** Calls that went on, where filters or conditions let not all of them; of `calls`, all that there were. */
  readonly selected?: number;
  /** Processes that we began to let go of before their end, by id: what they did from then on was not seen. */
  readonly left?: readonly number[];
  /** What conditions came to; absent where none were asked. */
  readonly conditions?: readonly ConditionCoverage[];
  /** Filter rules that matched no symbol. Found out when first asked for: that may take a while. */
  readonly unmatchedRules: readonly UnmatchedRule[];
}

/** A condition of `--where`. */
export interface ConditionCoverage {
  /** As the user wrote it. */
  readonly condition: string;
  /** Calls that it was asked about, and those for which it held. */
  readonly judged: number;
  readonly held: number;
  /** What it asks for and no call had: perhaps misspelt. */
  readonly unmet: readonly UnmetWord[];
}

export interface UnmetWord {
  /** 'argument': no call has one of that name or number. Otherwise what the word was compared with. */
  readonly what: 'argument' | 'caller' | 'library' | 'function' | 'value';
  readonly word: string;
  /** What was met, and is like it. */
  readonly near: readonly string[];
}

export interface ModuleCoverage {
  readonly module: string;
  readonly path: string;
  readonly buildId?: string;
  /** Places where a breakpoint was put. */
  readonly placed: number;
  /** Places that matched and could not be instrumented. */
  readonly refused: readonly { readonly symbol: string; readonly reason: string }[];
  /** Why nothing at all could be seen in it. */
  readonly unreadable?: string;
}
