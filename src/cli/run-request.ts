/** What a command line asks for: complete, so that nobody after this invents a default. */
import type { DebugChannel } from '../base/debug-log.js';
import type { SyscallPolicy, Target } from '../engine/engine-options.js';
import type { FilterExpression } from '../filter/symbol-filter.js';
import type { WhereCondition } from '../filter/where/parse-where.js';
import type { OutputDestination } from '../output/make-sinks.js';
import type { OutputFormat } from '../output/output-format.js';
import type { FileReaders } from '../output/open-file.js';
import type { NameStyle } from '../output/text/look.js';
import type { Visibility } from '../output/text/text-options.js';
import type { Reads } from '../request/captures.js';
import type { EngineRequest } from '../request/engine-request.js';
import type { PrototypeRequest } from '../request/prototype-library-of.js';

export type RunRequest =
  | TraceRequest
  | ListRequest
  | ReadRequest
  | CompareRequest
  /** Nothing to run: help, version, completions. For standard output; exit status 0. */
  | { readonly kind: 'print'; readonly text: string };

export interface TraceRequest extends Diagnosis, PrototypeRequest {
  readonly kind: 'trace';
  /** Its targets are the launched command first, then processes to attach to; never empty. */
  readonly engine: EngineRequest;
  /** All must hold; empty: every call. */
  readonly where: readonly WhereCondition[];
  readonly checks: readonly CallCheck[];
  readonly waiting: 'may-spin' | 'never-spin';
  readonly output: OutputRequest;
  readonly captures: Reads;
}

/** `--fail-if-called`, `--fail-unless-called`. */
export interface CallCheck {
  readonly option: '--fail-if-called' | '--fail-unless-called';
  /** As the user wrote it. */
  readonly text: string;
  readonly filter: FilterExpression;
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
  readonly names: NameStyle;
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
