/** Files, folders and links of /proc; what cannot be read is not there. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Latin-1 is one character per byte; Node.js reads UTF-8 faster. */
export function tryRead(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string | undefined {
  try {
    return readFileSync(path, encoding);
  } catch {
    return undefined;
  }
}

export function readdirOr(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** '' when it cannot be read. */
export function readLinkOr(path: string, otherwise = ''): string {
  try {
    return readlinkSync(path);
  } catch {
    return otherwise;
  }
}
