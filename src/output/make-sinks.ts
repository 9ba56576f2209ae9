/** Turns the options for output into the sinks that a session feeds. */
import { UserError } from '../base/errors.js';
import { OutputClosed, type TraceSink } from '../trace/sink.js';
import { CompressedTarget, compressionOf } from './compressed-target.js';
import { JsonSink } from './recording/json-sink.js';
import { NoticeSink } from './notice-sink.js';
import {
  DescriptorTarget,
  OutputStream,
  type ByteTarget,
  type WriteFunction,
  type WriteMode,
} from './output-stream.js';
import { openFileTarget, type FileOpening, type FileReaders } from './open-file.js';
import { PerProcessSink } from './per-process-sink.js';
import type { OutputFormat } from './output-format.js';
import type { Visibility } from './text/text-options.js';

export type OutputDestination =
  /** Opened by somebody else: standard error, or the pipe of `-o '|command'`. */
  | {
      readonly kind: 'descriptor';
      readonly descriptor: number;
      /** For messages, such as `standard error`. */
      readonly name: string;
      readonly mode: WriteMode;
      readonly ownership: 'owned' | 'borrowed';
    }
  /** Compressed when its name ends in `.gz` or `.zst`. */
  | { readonly kind: 'file'; readonly path: string }
  /** `%p` in the path stands for the process id; without one it is appended, as strace's `-ff` does. */
  | { readonly kind: 'file-per-process'; readonly path: string };

export interface OutputOptions {
  readonly format: OutputFormat;
  readonly destination: OutputDestination;
  /** What the tracer itself has to say: on standard error, whatever the destination. */
  readonly notices: Visibility;
  /** Who may read the files; by default what the umask says. */
  readonly readers?: FileReaders;
  /** write(2), by default that of Node.js. */
  readonly write?: WriteFunction;
  /** Told, in words, what we wait for when that takes longer than a second. */
  readonly onWaiting?: (what: string) => void;
  /** Path of a recording that is written beside the output proper. */
  readonly record?: string;
}

const STANDARD_ERROR = 2;

/** @throws UserError when a file cannot be opened */
export function makeSinks(options: OutputOptions): readonly TraceSink[] {
  const { destination, format, notices } = options;
  const onStandardError =
    destination.kind === 'descriptor' && destination.descriptor === STANDARD_ERROR;
  const areAmongLines = onStandardError && format.remarks === 'lines-of-it';
  const sink = makeSink(options, areAmongLines ? notices : 'hide');
  const areElsewhere = !onStandardError || format.remarks === 'between';
  const sinks = [...recordingBeside(options), sink];
  return notices === 'show' && areElsewhere ? [...sinks, makeNoticeSink(options)] : sinks;
}

/**
 * For text that is made as a whole: the file is there, and empty, from now on.
 *
 * @throws UserError when it cannot be opened
 */
export function openTextStream(options: OutputOptions): OutputStream {
  const { destination, readers = 'by-umask', write, onWaiting } = options;
  if (destination.kind === 'descriptor') {
    const { descriptor, name, ownership } = destination;
    return new OutputStream(new DescriptorTarget(descriptor, name, ownership, write), 'buffered');
  }
  return openStream(destination.path, { how: 'truncate', readers, onWaiting, write });
}

function makeSink(options: OutputOptions, notices: Visibility): TraceSink {
  const { destination, format, readers = 'by-umask', write, onWaiting } = options;
  switch (destination.kind) {
    case 'descriptor': {
      const { descriptor, name, mode, ownership } = destination;
      const target = new DescriptorTarget(descriptor, name, ownership, write);
      return format.open(new OutputStream(target, mode), notices);
    }
    case 'file': {
      const stream = openStream(destination.path, { how: 'truncate', readers, onWaiting, write });
      return format.open(stream, notices);
    }
    case 'file-per-process':
      return new PerProcessSink((pid, occurrence) => {
        const how = occurrence === 0 ? 'truncate' : 'append';
        const path = pathForProcess(destination.path, pid);
        return format.open(openWhileTracing(path, { how, readers, write }), notices);
      });
  }
}

function openStream(path: string, opening: FileOpening): OutputStream {
  const file: ByteTarget = openFileTarget(path, opening);
  const compression = compressionOf(path);
  const target = compression === 'none' ? file : new CompressedTarget(file, compression);
  return new OutputStream(target, 'buffered');
}

/** While the trace runs, a file that cannot be opened is one that takes no more output. */
function openWhileTracing(path: string, opening: FileOpening): OutputStream {
  try {
    return openStream(path, opening);
  } catch (error) {
    if (error instanceof UserError) throw new OutputClosed(path, error.message);
    throw error;
  }
}

function pathForProcess(path: string, pid: number): string {
  return path.includes('%p') ? path.replaceAll('%p', `${pid}`) : `${path}.${pid}`;
}

/** `--record`: first, so that it holds what the output was made of. */
function recordingBeside(options: OutputOptions): readonly TraceSink[] {
  const { record, readers = 'by-umask', write, onWaiting } = options;
  if (record === undefined) return [];
  return [new JsonSink(openStream(record, { how: 'truncate', readers, onWaiting, write }))];
}

function makeNoticeSink({ write }: OutputOptions): TraceSink {
  const target = new DescriptorTarget(STANDARD_ERROR, 'standard error', 'borrowed', write);
  return new NoticeSink(new OutputStream(target, 'immediate'));
}
