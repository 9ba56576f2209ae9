/** The public interface of the package: everything else may change without notice. */
export { SystemError, UserError, type UserErrorStatus } from './base/errors.js';
export type { Address } from './base/address.js';
export type { CallId, ProcessId, ThreadId } from './base/ids.js';
export { OptionError } from './library/option-error.js';
export type {
  Expressions,
  LaunchOptions,
  Stdio,
  StdioEntry,
  TraceOptions,
  Variables,
} from './library/options.js';
export type { StdioStreams } from './library/stdio.js';
export { attach, trace, type Trace, type TraceEnd } from './library/trace.js';
export { readTrace, type RecordingSource } from './output/recording/reader.js';
export type * from './trace/event.js';
export type * from './trace/unmatched.js';
export type * from './trace/value.js';
