/** What a form of output is to those that offer and open it: one object, made where the form is written. */
import type { TraceSink } from '../trace/sink.js';
import type { OutputStream } from './output-stream.js';
import type { Visibility } from './text/text-options.js';

export interface OutputFormat<Options = unknown> {
  readonly name: string;
  readonly options: Options;
  /** What it needs of a call. 'handshakes': of functions that hand bytes over the handshakes alone. */
  readonly reads: 'arguments' | 'outcomes' | 'handshakes';
  /** Does it state what tracing cost? */
  readonly cost: 'stated' | 'unstated';
  /**
   * What our own remarks are to it where both are on standard error: lines like others, lines between which it stands,
   * or something that would spoil it for the program that reads it.
   */
  readonly remarks: 'lines-of-it' | 'between' | 'unwanted';
  /** @param notices are our own remarks to be among its lines? */
  open(stream: OutputStream, notices: Visibility): TraceSink;
}
