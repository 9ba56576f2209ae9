/** Prototype files on disk. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { readGivenFile, readRegularFile } from './bounded-file.js';
import type { PrototypeFiles } from './prototype-library.js';
import { INDEX_SUFFIX, openStoredIndex } from './conf/stored-index.js';

/** Our own prototypes, beside the compiled code of this file. */
export const BUNDLED_PROTOTYPES = path.join(__dirname, 'bundled');

/** @param onWaiting told, in words, what we wait for when that takes longer than a second */
export function prototypeFiles(onWaiting: (what: string) => void): PrototypeFiles {
  // What comes out of a pipe comes once.
  const given = new Map<string, string>();
  return {
    read: readRegularFile,
    readGiven: (file) => {
      const text =
        given.get(file) ??
        readGivenFile(file, () => onWaiting(`waiting for somebody to write to ${file}`));
      given.set(file, text);
      return text;
    },
    list,
    readIndex,
    exists: (file) => kindOf(file) !== 'nothing',
    isDirectory: (file) => kindOf(file) === 'directory',
  };
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.conf'));
  } catch {
    return [];
  }
}

/** Of files that are our own. */
export function readIndex(file: string): ReturnType<PrototypeFiles['readIndex']> {
  const index = bytesOf(file + INDEX_SUFFIX);
  const bytes = index && bytesOf(file);
  return index && bytes && openStoredIndex(bytes, index);
}

/** 'nothing' also where we may not look: a home folder that is somebody else's. */
function kindOf(file: string): 'nothing' | 'directory' | 'other' {
  try {
    return statSync(file).isDirectory() ? 'directory' : 'other';
  } catch {
    return 'nothing';
  }
}

function bytesOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
