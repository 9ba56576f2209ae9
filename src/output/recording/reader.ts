/** Reads a recording back as events, in pieces, so that its size does not matter. */
import { createReadStream } from 'node:fs';
import { errnoNumber, errnoText } from '../../base/errno-names.js';
import { UserError } from '../../base/errors.js';
import type { NoticeEvent, TraceEvent } from '../../trace/event.js';
import { EventDecoder } from './decode-event.js';
import { BadEvent } from './json-fields.js';
import { decompressed } from './decompress.js';
import { LineSplitter } from './line-splitter.js';
import { parseLine, parseLines, type ParsedLine } from './parse-lines.js';

/** A path, the bytes themselves, or pieces of them. Compressed or not: the first bytes tell. */
export type RecordingSource = string | Uint8Array | AsyncIterable<Uint8Array>;

/**
 * The events of a recording in order. One that was cut off is read up to its last whole event; a notice
 * at the end says so.
 * @throws UserError when it cannot be opened or is no recording
 */
export async function* readTrace(source: RecordingSource): AsyncGenerator<TraceEvent, void> {
  for await (const events of readTraceBatches(source)) yield* events;
}

/** Each is told in words, without a newline. */
export interface ReadingListener {
  /** What we wait for, when nothing has come for a second. */
  waiting?(what: string): void;
  /** What of the recording is missing; the notices at its end say it too. */
  incomplete?(remark: string): void;
}

/** Like {@link readTrace}, some thousand events at a time: several times faster. */
export async function* readTraceBatches(
  source: RecordingSource,
  listener: ReadingListener = {},
): AsyncGenerator<readonly TraceEvent[], void> {
  const reader = new RecordingReader(typeof source === 'string' ? source : 'the recording');
  try {
    for await (const piece of decompressed(piecesOf(source, listener))) {
      const events = reader.push(piece);
      if (events.length > 0) yield events;
      if (reader.hasGivenUp) break;
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    reader.damage(error);
  }
  yield reader.finish(listener);
}

/** From bytes to events, and what is to be said about those that made none. */
class RecordingReader {
  private readonly lines = new LineSplitter();
  private readonly decoder = new EventDecoder();
  private last: TraceEvent | undefined;
  private hasBegun = false;
  private lineNumber = 0;
  private badLines = 0;
  /** Since the last event. */
  private badLinesInARow = 0;
  private firstBadLine = '';
  private damageReason: string | undefined;

  constructor(private readonly name: string) {}

  push(piece: Uint8Array): readonly TraceEvent[] {
    const events: TraceEvent[] = [];
    this.begin(piece);
    const lines = this.lines.push(piece);
    if (lines === undefined) return events;
    for (const line of parseLines(lines)) {
      const event = this.read(line);
      if (event !== undefined) events.push(event);
      if (this.hasGivenUp) break;
    }
    return events;
  }

  /** What follows is not worth reading. */
  get hasGivenUp(): boolean {
    return this.badLinesInARow >= MOST_BAD_LINES_IN_A_ROW;
  }

  /** A device that gives zeros for ever is known by the first of them. */
  private begin(piece: Uint8Array): void {
    if (this.hasBegun || piece.length === 0) return;
    this.hasBegun = true;
    if (piece[0] !== OPENING_BRACE) throw this.noRecording();
  }

  /** Reading failed half-way; what was read before stays. */
  damage(error: unknown): void {
    if (this.last === undefined)
      throw new UserError(`cannot read ${this.name}: ${reasonOf(error)}`);
    this.damageReason = reasonOf(error);
  }

  finish(listener: ReadingListener): readonly TraceEvent[] {
    // The last line of a recording ends with a newline; without one it is a whole event or a torn one.
    const rest = this.hasGivenUp ? '' : this.lines.rest();
    const line = parseLine(rest);
    const torn = rest !== '' && 'error' in line;
    const event = 'error' in line ? undefined : this.read(line);
    const events = event === undefined ? [] : [event];
    const last = this.last;
    if (last === undefined) throw this.noRecording();
    const remarks = this.remarks(last, torn);
    for (const remark of remarks) listener.incomplete?.(remark);
    return [...events, ...remarks.map((text) => warning(last, text))];
  }

  private read(line: ParsedLine): TraceEvent | undefined {
    this.lineNumber++;
    if (this.last === undefined && !isFirstLine(line)) throw this.noRecording();
    if ('error' in line) {
      this.skip(line.error);
      return undefined;
    }
    try {
      this.last = this.decoder.decode(line.json);
      this.badLinesInARow = 0;
      return this.last;
    } catch (error) {
      if (!(error instanceof BadEvent)) throw error;
      if (this.last === undefined) throw this.noRecording();
      this.skip(error.message);
      return undefined;
    }
  }

  private skip(reason: string): void {
    this.badLinesInARow++;
    if (this.badLines++ === 0) this.firstBadLine = `${this.lineNumber}: ${reason}`;
  }

  private noRecording(): UserError {
    return new UserError(
      `${this.name} is not a recording of tsltrace`,
      'a recording is what --format json writes',
    );
  }

  private remarks(last: TraceEvent, torn: boolean): readonly string[] {
    const remarks: string[] = [];
    if (this.badLines > 0) {
      const lines = this.badLines === 1 ? '1 line' : `${this.badLines} lines`;
      remarks.push(`${this.name}: skipped ${lines} that make no event; line ${this.firstBadLine}`);
    }
    if (this.hasGivenUp) {
      const reached = `${MOST_BAD_LINES_IN_A_ROW} lines in a row make no event`;
      remarks.push(`${this.name}: reading ended at line ${this.lineNumber}: ${reached}`);
    } else if (this.damageReason !== undefined) {
      remarks.push(`${this.name} is damaged: ${this.damageReason}; what follows is missing`);
    } else if (torn || !ENDINGS.has(last.kind)) {
      const where = torn ? ' in the middle of an event' : '';
      remarks.push(`${this.name} was cut off${where}; what followed is missing`);
    }
    return remarks;
  }
}

/** `{` in ASCII, with which the first line of every recording begins. */
const OPENING_BRACE = 0x7b;
/** No damage is as large as this; a second goes by before they are looked at. */
const MOST_BAD_LINES_IN_A_ROW = 100_000;

/** The file of a single process (`-ff`) ends with it, any other with the coverage. */
const ENDINGS: ReadonlySet<TraceEvent['kind']> = new Set([
  'coverage',
  'exited',
  'killed',
  'detached',
]);

function isFirstLine(line: ParsedLine): boolean {
  if ('error' in line || typeof line.json !== 'object' || line.json === null) return false;
  return 'format' in line.json && line.json.format === 'tsltrace';
}

function warning(last: TraceEvent, text: string): NoticeEvent {
  return {
    kind: 'notice',
    pid: last.pid,
    tid: last.tid,
    at: last.at,
    severity: 'warning',
    text,
  };
}

/** Errors of Node.js itself may come from another realm: their class is not asked. */
function reasonOf(error: unknown): string {
  const coded = typeof error === 'object' && error !== null && 'code' in error;
  const number = coded ? errnoNumber(String(error.code)) : undefined;
  if (number !== undefined) return errnoText(number);
  const known = typeof error === 'object' && error !== null && 'message' in error;
  return known ? String(error.message) : 'unknown reason';
}

/** Small enough that what is parsed dies young. */
const READ_BYTES = 1 << 18;

/** Who writes JavaScript can give anything. */
function checkSource(source: unknown): void {
  if (typeof source === 'string') return;
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) return;
  throw new UserError(
    'source: must be a path, a Uint8Array or an async iterable of such',
    undefined,
    'usage',
  );
}

async function* piecesOf(
  source: RecordingSource,
  listener: ReadingListener,
): AsyncGenerator<Uint8Array, void> {
  if (source instanceof Uint8Array) {
    yield source;
    return;
  }
  checkSource(source);
  const name = typeof source === 'string' ? source : 'standard input';
  const patience = setTimeout(
    () => listener.waiting?.(`waiting for somebody to write to ${name}`),
    PATIENCE_MS,
  );
  try {
    for await (const piece of typeof source === 'string' ? fileStream(source) : source) {
      clearTimeout(patience);
      yield piece;
    }
  } finally {
    clearTimeout(patience);
  }
}

const PATIENCE_MS = 1000;

function fileStream(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Uint8Array>;
}

const STANDARD_INPUT = 0;

/** What somebody pipes into us. */
export function standardInput(): AsyncIterable<Uint8Array> {
  const options = { fd: STANDARD_INPUT, autoClose: false, highWaterMark: READ_BYTES };
  return createReadStream('', options) as AsyncIterable<Uint8Array>;
}
