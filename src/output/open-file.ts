/** Opens the files that outputs go to. */
import { closeSync, constants, fchmodSync, fstatSync, openSync, statSync } from 'node:fs';
import { errnoNumber, errnoText } from '../base/errno-names.js';
import { UserError } from '../base/errors.js';
import { pause } from '../base/pause.js';
import { DescriptorTarget, errnoNameOf, type WriteFunction } from './output-stream.js';

/** 'by-umask': as files that a program creates. 'owner': nobody else, for what holds secrets. */
export type FileReaders = 'by-umask' | 'owner';

export interface FileOpening {
  /** 'append' keeps what is there. */
  readonly how: 'truncate' | 'append';
  readonly readers: FileReaders;
  /**
   * Told once, in words, when nobody has opened a pipe for reading for a second; we wait on. Without it a pipe that
   * nobody reads is refused.
   */
  readonly onWaiting?: ((what: string) => void) | undefined;
  readonly write?: WriteFunction | undefined;
}

/**
 * Creates or empties a file. Node opens it close-on-exec.
 * @throws UserError when that is refused.
 */
export function openFileTarget(path: string, opening: FileOpening): DescriptorTarget {
  const descriptor = openToWrite(path, opening);
  if (opening.readers === 'owner') keepFromOthers(descriptor, path);
  return new DescriptorTarget(descriptor, path, 'owned', opening.write);
}

/** Those who could read what a file held before. */
const OTHERS = 0o077;

function keepFromOthers(descriptor: number, path: string): void {
  const found = fstatSync(descriptor);
  if (!found.isFile() || (found.mode & OTHERS) === 0) return;
  try {
    fchmodSync(descriptor, found.mode & 0o700);
  } catch {
    closeSync(descriptor);
    throw new UserError(
      `can't write secrets to ${path}: others may read it, and it is not ours to change`,
      'name another file',
    );
  }
}

const { O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
/** What the umask leaves of it, as for every file that a program creates. */
const FILE_MODE: Readonly<Record<FileReaders, number>> = { 'by-umask': 0o666, owner: 0o600 };
const PATIENCE_MS = 1000;
const PAUSE_MS = 20;

/** A descriptor. A pipe is not opened by waiting in open(2), which no word of ours could come out of. */
function openToWrite(path: string, { how, readers, onWaiting }: FileOpening): number {
  const flags = O_WRONLY | O_CREAT | O_NOCTTY | O_NONBLOCK;
  for (let waited = 0; ; waited += PAUSE_MS) {
    try {
      return openSync(path, flags | (how === 'truncate' ? O_TRUNC : O_APPEND), FILE_MODE[readers]);
    } catch (error) {
      const lacksReader = errnoNameOf(error) === 'ENXIO' && isPipe(path);
      if (!lacksReader || onWaiting === undefined) {
        throw new UserError(`can't open ${path} for writing: ${reasonOf(errnoNameOf(error))}`);
      }
      if (waited === PATIENCE_MS) onWaiting(`waiting for somebody to read ${path}`);
      pause(PAUSE_MS);
    }
  }
}

function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO();
  } catch {
    return false;
  }
}

function reasonOf(errnoName: string): string {
  const number = errnoNumber(errnoName);
  return number === undefined ? errnoName : errnoText(number);
}
