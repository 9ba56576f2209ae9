/** The public interface of the package: everything else may change without notice. */
import { checkSource } from './library/check-source.js';
import { readTrace as read, type RecordingSource } from './output/recording/reader.js';
import type { TraceEvent } from './trace/event.js';

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
export type { RecordingSource } from './output/recording/reader.js';
export type * from './trace/event.js';
export type * from './trace/unmatched.js';
export type * from './trace/value.js';

/**
 * The events of a recording in order. One that was cut off is read up to its last whole event; a notice
 * at the end says so.
 *
 * @throws OptionError at once for what is no source; UserError, by the generator, for what is no recording
 */
export function readTrace(source: RecordingSource): AsyncGenerator<TraceEvent, void> {
  checkSource(source);
  return read(source);
}
