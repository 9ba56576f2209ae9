/** Reads files that somebody else names: no more than a bound, and without waiting where nobody is there to wait. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { errnoNumber, errnoText } from '../base/errno-names.js';
import { pause } from '../base/pause.js';

/** A hundred times what describes the largest library that we know. */
export const MOST_FILE_BYTES = 16 << 20;

/** The file is there, and is not read; the message says why. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
}

/**
 * A regular file; undefined when there is none where we may look.
 * @throws FileRefused
 */
export function readRegularFile(path: string): string | undefined {
  const found = lookAt(path);
  if (typeof found === 'string') return undefined;
  if (found.isFIFO()) throw new FileRefused('is a pipe, not a file');
  return readOpened(path, found, () => undefined);
}

/**
 * A regular file, or a pipe up to its end: `<(COMMAND)` of shells is one.
 *
 * @param onWaiting called once when nobody has written to the pipe for a second
 * @throws FileRefused also when there is none
 */
export function readGivenFile(path: string, onWaiting: () => void): string {
  const found = lookAt(path);
  if (typeof found === 'string') throw new FileRefused(found);
  return readOpened(path, found, onWaiting);
}

/** What it is, or why nobody can tell. Before it is opened: to open a device may do anything. */
function lookAt(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    return reasonOf(error);
  }
}

function readOpened(path: string, found: Stats, onWaiting: () => void): string {
  const obstacle = obstacleIn(found);
  if (obstacle !== undefined) throw new FileRefused(obstacle);
  if (isNull(found)) return '';
  const file = unlessRefused(() =>
    openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY),
  );
  try {
    // Looked at again: the path may lead elsewhere by now.
    const opened = fstatSync(file);
    const later = obstacleIn(opened);
    if (later !== undefined) throw new FileRefused(later);
    const pieces = opened.isFIFO() ? pipePieces(file, path, onWaiting) : filePieces(file);
    return join(pieces);
  } finally {
    closeSync(file);
  }
}

function obstacleIn(found: Stats): string | undefined {
  if (found.isDirectory()) return 'is a directory';
  if (found.isFile() && found.size > MOST_FILE_BYTES) return TOO_LARGE;
  if (found.isFile() || found.isFIFO() || isNull(found)) return undefined;
  return 'is a device or a socket, not a file';
}

const TOO_LARGE = `is larger than ${MOST_FILE_BYTES >> 20} MiB, which no description of functions is`;

/** /dev/null, device 1:3 (admin-guide/devices.txt of Linux): an empty file to everybody. */
function isNull(found: Stats): boolean {
  return found.isCharacterDevice() && found.rdev === 0x103;
}

function join(pieces: Iterable<Buffer>): string {
  const all: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    bytes += piece.length;
    // Files of /proc have no size, and pipes may never end.
    if (bytes > MOST_FILE_BYTES) throw new FileRefused(TOO_LARGE);
    all.push(piece);
  }
  return Buffer.concat(all).toString('utf8');
}

const PIECE_BYTES = 1 << 16;

function* filePieces(file: number): Generator<Buffer> {
  for (;;) {
    const piece = unlessRefused(() => readPiece(file));
    if (piece === undefined) throw new FileRefused('has no end');
    if (piece.length === 0) return;
    yield piece;
  }
}

const PATIENCE_MS = 1000;
const PAUSE_MS = 20;

/** Nothing is traced yet, so that signals end us as they end any program that waits. */
function* pipePieces(file: number, path: string, onWaiting: () => void): Generator<Buffer> {
  let hasWriter = !hasName(path);
  for (let waited = 0; ;) {
    const piece = unlessRefused(() => readPiece(file));
    if (piece === undefined || (piece.length === 0 && !hasWriter)) {
      hasWriter ||= piece === undefined;
      pause(PAUSE_MS);
      waited += PAUSE_MS;
      if (waited === PATIENCE_MS) onWaiting();
      continue;
    }
    if (piece.length === 0) return;
    hasWriter = true;
    waited = PATIENCE_MS;
    yield piece;
  }
}

/** The pipe of a shell has none: then a read that gives nothing is the end, not a writer who is still to come. */
function hasName(path: string): boolean {
  try {
    realpathSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Empty at the end, undefined when there is nothing yet. */
function readPiece(file: number): Buffer | undefined {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  try {
    return piece.subarray(0, readSync(file, piece, 0, PIECE_BYTES, null));
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}

function unlessRefused<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new FileRefused(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const number = errnoNumber(code);
  return number === undefined ? code : errnoText(number);
}

/** Every error of `node:fs` carries the name of its errno as `code`. */
function codeOf(error: unknown): string {
  const coded = typeof error === 'object' && error !== null && 'code' in error;
  return coded ? String(error.code) : String(error);
}
