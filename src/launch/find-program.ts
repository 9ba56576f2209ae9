/** Finds the file that a command name means, as execvp(3) does. */
import { accessSync, constants, statSync } from 'node:fs';
import { errnoNumber, errnoText } from '../base/errno-names.js';
import { UserError } from '../base/errors.js';
import { onOneLine } from '../filter/pattern-error.js';

/** What execvp(3) of glibc searches when PATH is not set. */
const DEFAULT_PATH = '/bin:/usr/bin';

/**
 * The path for execve: the name itself when it has a slash, else the first executable file in PATH.
 * Throws UserError: 'not-found' when there is none, 'cannot-execute' when it may not be run.
 *
 * @param folder what relative paths are relative to: where the program will be executed
 */
export function findProgram(name: string, searchPath = DEFAULT_PATH, folder = '.'): string {
  if (name === '') throw new UserError("'': no such file or directory", undefined, 'not-found');
  if (name.includes('\0')) {
    throw new UserError(`${onOneLine(name)}: no such file or directory`, undefined, 'not-found');
  }
  if (name.includes('/')) {
    const obstacle = whyNot(pathFrom(folder, name));
    if (obstacle !== undefined) throw refusal(name, obstacle);
    return name;
  }
  let found: { path: string; obstacle: Obstacle } | undefined;
  for (const place of searchPath.split(':')) {
    // An empty element means the current directory.
    const path = place === '' ? `./${name}` : `${place}/${name}`;
    const obstacle = whyNot(pathFrom(folder, path));
    if (obstacle === undefined) return path;
    // A file that may not be run is remembered while the search goes on.
    if (obstacle.kind === 'cannot-execute') found ??= { path, obstacle };
  }
  if (found !== undefined) throw refusal(found.path, found.obstacle);
  throw new UserError(`${onOneLine(name)}: command not found`, undefined, 'not-found');
}

/** As the kernel reads it in that folder: nothing of it is resolved, since `link/..` need not be here. */
export function pathFrom(folder: string, path: string): string {
  return path.startsWith('/') ? path : `${folder}/${path}`;
}

interface Obstacle {
  readonly kind: 'not-found' | 'cannot-execute';
  readonly reason: string;
}

function whyNot(path: string): Obstacle | undefined {
  try {
    const status = statSync(path);
    if (status.isDirectory()) return { kind: 'cannot-execute', reason: 'is a directory' };
    if (!status.isFile()) return { kind: 'cannot-execute', reason: 'is not a regular file' };
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return obstacleOf(error);
  }
}

function obstacleOf(error: unknown): Obstacle {
  const coded = typeof error === 'object' && error !== null && 'code' in error;
  const code = coded ? String(error.code) : '';
  if (code === 'ENOENT') return { kind: 'not-found', reason: 'no such file or directory' };
  if (code === 'EACCES') {
    return { kind: 'cannot-execute', reason: 'not executable: permission denied' };
  }
  const errno = errnoNumber(code);
  return { kind: 'cannot-execute', reason: errno === undefined ? code : errnoText(errno) };
}

/** Long enough for every path that exists, short enough for one line. */
const LONGEST_SHOWN = 200;

function refusal(path: string, obstacle: Obstacle): UserError {
  const shown = path.length > LONGEST_SHOWN ? `${path.slice(0, LONGEST_SHOWN)}...` : path;
  return new UserError(`${onOneLine(shown)}: ${obstacle.reason}`, undefined, obstacle.kind);
}
