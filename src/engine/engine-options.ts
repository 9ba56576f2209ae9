/** What one tracing session does; complete, so that the engine knows no defaults. */
import type { RunIdentity } from '../trace/event.js';
import type { ProcessId } from '../base/ids.js';
import type { Arch } from '../arch/arch.js';
import type { FilterExpression } from '../filter/symbol-filter.js';
import type { LaunchSpec } from '../kernel/launch-spec.js';
import type { CallCapture } from '../lens/stopped-call.js';
import type { Prototype } from '../prototype/prototype.js';

export type Target =
  | { readonly kind: 'launch'; readonly spec: LaunchSpec }
  /** A process, or any thread of it. */
  | { readonly kind: 'attach'; readonly pid: ProcessId };

/** Which children are traced. A child that is not followed runs on as if we were not there. */
export type FollowPolicy =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  /** By base name of the program file, decided again at each exec. */
  | { readonly kind: 'programs'; matches(program: string): boolean };

/** When to leave by ourselves. */
export type DetachLimit =
  | { readonly kind: 'never' }
  | { readonly kind: 'calls'; readonly calls: number }
  | { readonly kind: 'time'; readonly milliseconds: number };

export interface EngineOptions {
  readonly targets: readonly Target[];
  readonly command: readonly string[];
  readonly version: string;
  /** Stands in `session-started`. */
  readonly identity?: RunIdentity;
  readonly follow: FollowPolicy;
  readonly detachLimit: DetachLimit;
  /** What becomes of the program that we launched, should we leave before it ends. */
  readonly launchedWhenLeft: 'goes-on' | 'is-killed';
  /** Our end lets go of everything that is still seized: threads that had better not be stopped can wait for that. */
  readonly afterLeaving: 'we-end' | 'we-live-on';
  /** -e: calls that cross from one module into another; the library part names the caller. */
  readonly calls: readonly FilterExpression[];
  /** -l: calls into libraries that match. */
  readonly libraries: readonly FilterExpression[];
  /** -x: entries of functions in the module that contains them. */
  readonly functions: readonly FilterExpression[];
  readonly syscalls: SyscallPolicy;
  readonly captures: CaptureSource;
  /** Most frames of a backtrace; 0 for none. */
  readonly backtraceFrames: number;
  /** Of scripts that interpreters execute. */
  readonly scriptOrigin: ScriptOriginPolicy;
  readonly callerSource: CallerSourcePolicy;
  readonly cpuTime: boolean;
  /** Say in `session-started` what tracing costs; measuring takes some milliseconds. */
  readonly measureCost: boolean;
  /** 'inline': calls are counted inside of processes where that is sure to be right; 'trap': each is a stop. */
  readonly catching: 'trap' | 'inline';
}

/** Which frames of a script go with each call: none, that which made it, or its callers as well. */
export type ScriptOriginPolicy = 'none' | 'innermost' | 'stack';

/** Whose function and line are looked up, by symbols and debug information. */
export type CallerSourcePolicy = 'none' | 'callers-without-script' | 'all-callers';

export type SyscallPolicy =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'some';
      /** 'without-libc': only programs that call the kernel themselves, static ones and those of Go. */
      readonly programs: 'all' | 'without-libc';
      selects(name: string): boolean;
    };

/** A function whose arguments are to be read. */
export interface CaptureRequest {
  readonly arch: Arch;
  readonly symbol: string;
  /** Other names of the same address. */
  readonly aliases: readonly string[];
  /** SONAMEs to look in, likeliest first. */
  readonly libraries: readonly string[];
  /** What debug information says of the function; costs time, so ask when nothing else knows it. */
  fromDebugInformation(): Prototype | undefined;
}

/** Where compiled prototypes come from. Asked once per function and kept. */
export interface CaptureSource {
  forFunction(request: CaptureRequest): CallCapture;
  /** Does what it can of the same before the function is called, but asks for no debug information. */
  lookAhead(request: CaptureRequest): void;
  forSyscall(arch: Arch, name: string): CallCapture;
  /** Has this library prototypes of its own? Without this it is taken for granted. */
  describes?(library: string): boolean;
}
