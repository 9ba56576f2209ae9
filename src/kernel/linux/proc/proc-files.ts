/** Files, folders and links of /proc; what cannot be read is not there. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

import { UserError } from '../../../base/errors.js';
import { withDescriptor } from '../ourselves/descriptors.js';

/**
 * Latin-1 is one character per byte; Node.js reads UTF-8 faster.
 *
 * @throws UserError when there is no descriptor left
 */
export function tryRead(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string | undefined {
  return unlessMissing(() => readFileSync(path, encoding));
}

/** undefined when there is no such folder. */
export function tryReaddir(path: string): string[] | undefined {
  return unlessMissing(() => readdirSync(path));
}

/** '' when it cannot be read. */
export function readLinkOr(path: string, otherwise = ''): string {
  try {
    return readlinkSync(path);
  } catch {
    return otherwise;
  }
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return withDescriptor(read);
  } catch (error) {
    if (error instanceof UserError) throw error;
    return undefined;
  }
}
