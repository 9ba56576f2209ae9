/** What a command line asks for: complete, so that nobody after this invents a default. */
import type { RunIdentity } from '../trace/event.js';
import type { DebugChannel } from '../base/debug-log.js';
import type {
  CallerSourcePolicy,
  DetachLimit,
  FollowPolicy,
  ScriptOriginPolicy,
  SyscallPolicy,
  Target,
} from '../engine/engine-options.js';
import type { FilterExpression } from '../filter/symbol-filter.js';
import type { WhereCondition } from '../filter/where/parse-where.js';
import type { CaptureLimits } from '../lens/stopped-call.js';
import type { OutputDestination } from '../output/make-sinks.js';
import type { OutputFormat } from '../output/output-format.js';
import type { FileReaders } from '../output/open-file.js';
import type { PrototypeFiles } from '../prototype/prototype-library.js';
import type { NameStyle } from '../output/text/look.js';
import type { Visibility } from '../output/text/text-options.js';

export type RunRequest =
  | TraceRequest
  | ListRequest
  | ReadRequest
  | CompareRequest
  /** Nothing to run: help, version, completions. For standard output; exit status 0. */
  | { readonly kind: 'print'; readonly text: string };

export interface TraceRequest extends Selection, Diagnosis, PrototypeRequest {
  readonly kind: 'trace';
  /** The launched command first, then processes to attach to. Never empty. */
  readonly targets: readonly Target[];
  readonly checks: readonly CallCheck[];
  /** The command as it was typed; empty without one. */
  readonly command: readonly string[];
  readonly identity: RunIdentity;
  readonly follow: FollowPolicy;
  readonly detachLimit: DetachLimit;
  readonly backtraceFrames: number;
  readonly scriptOrigin: ScriptOriginPolicy;
  readonly callerSource: CallerSourcePolicy;
  readonly cpuTime: boolean;
  readonly waiting: 'may-spin' | 'never-spin';
  /** How calls are caught, where there is a choice: see EngineOptions. */
  readonly catching: 'trap' | 'inline';
  readonly output: OutputRequest;
  readonly captures: OutputFormat['reads'];
}

/** `--fail-if-called`, `--fail-unless-called`. */
export interface CallCheck {
  readonly option: '--fail-if-called' | '--fail-unless-called';
  /** As the user wrote it. */
  readonly text: string;
  readonly filter: FilterExpression;
}

/** How arguments are read. */
export interface PrototypeRequest {
  readonly limits: CaptureLimits;
  /** Files and directories of `-F`, first ones first. */
  readonly prototypePaths: readonly string[];
  readonly prototypeFiles: PrototypeFiles;
}

/** `--list`. */
export interface ListRequest extends Diagnosis, PrototypeRequest {
  readonly kind: 'list';
  readonly target: Target;
  readonly filters: Filters;
  readonly names: NameStyle;
  readonly output: OutputRequest;
}

/** What is wanted of a recording. */
export interface RecordedSelection extends Omit<Selection, 'filters'> {
  /** A recording holds what was asked for then: without filters now, all of it. */
  readonly filters: Filters | 'everything';
}

/** `--read`. */
export interface ReadRequest extends RecordedSelection {
  readonly kind: 'read';
  readonly path: string;
  readonly checks: readonly CallCheck[];
  readonly output: OutputRequest;
}

/** `--compare`. */
export interface CompareRequest extends RecordedSelection {
  readonly kind: 'compare';
  readonly before: string;
  readonly after: string;
  readonly format: 'text' | 'json';
  readonly counts: 'compared' | 'ignored';
  readonly output: OutputRequest;
}

/** Which events are wanted. */
export interface Selection {
  readonly filters: Filters;
  readonly syscalls: SyscallPolicy;
  /** All must hold; empty: every call. */
  readonly where: readonly WhereCondition[];
}

export interface Filters {
  /** -e, or the default `@MAIN`. */
  readonly calls: readonly FilterExpression[];
  /** -l */
  readonly libraries: readonly FilterExpression[];
  /** -x */
  readonly functions: readonly FilterExpression[];
}

export interface Diagnosis {
  readonly debug: readonly DebugChannel[];
}

export interface OutputRequest {
  readonly format: OutputFormat;
  readonly destination: OutputDestination | PipeDestination;
  /** Our own remarks and warnings on standard error. */
  readonly notices: Visibility;
  /** Who may read the files. */
  readonly readers: FileReaders;
  /** `--names`, in lines of text. */
  readonly argumentNames: Visibility;
  /** `--record`. */
  readonly record?: string;
}

/** `-o '|COMMAND'`: for /bin/sh -c; whoever starts it turns this into a descriptor. */
export interface PipeDestination {
  readonly kind: 'command';
  readonly command: string;
}
