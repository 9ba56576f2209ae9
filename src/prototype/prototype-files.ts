/** Prototype files on disk. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { PrototypeFiles } from './prototype-library.js';
import { INDEX_SUFFIX, openStoredIndex } from './conf/stored-index.js';

/** Our own prototypes, beside the compiled code of this file. */
export const BUNDLED_PROTOTYPES = path.join(__dirname, 'bundled');

export const prototypeFiles: PrototypeFiles = {
  read: (file) => bytesOf(file)?.toString('utf8'),
  readIndex: (file) => {
    const index = bytesOf(file + INDEX_SUFFIX);
    const bytes = index && bytesOf(file);
    return index && bytes && openStoredIndex(bytes, index);
  },
  isDirectory,
};

/** False also where we may not look: a home folder that is somebody else's. */
function isDirectory(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}

function bytesOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
