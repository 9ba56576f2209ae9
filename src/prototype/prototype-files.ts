/** Prototype files on disk. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { PrototypeFiles } from './prototype-library.js';

/** Our own prototypes, beside the compiled code of this file. */
export const BUNDLED_PROTOTYPES = path.join(__dirname, 'bundled');

export const prototypeFiles: PrototypeFiles = {
  read: (file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  },
  isDirectory: (file) => statSync(file, { throwIfNoEntry: false })?.isDirectory() === true,
};
