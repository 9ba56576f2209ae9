/** The files with sets of functions, `%tls`: our own, the user's, those that were given. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../base/errors.js';
import { FileRefused } from './bounded-file.js';
import type { PrototypeFiles } from './prototype-library.js';

/** Beside the compiled code of this file. */
const BUNDLED_SETS = path.join(__dirname, 'function-sets');

export interface SetFileText {
  readonly path: string;
  readonly text: string;
}

/**
 * Ours first: later ones may build on earlier ones.
 *
 * @param given files of `--sets`
 * @throws UserError when one cannot be read; the user's own need not be there
 */
export function readSetFiles(
  files: Pick<PrototypeFiles, 'read' | 'readGiven'>,
  environment: Readonly<Record<string, string | undefined>>,
  given: readonly string[],
): readonly SetFileText[] {
  const bundled = readdirSync(BUNDLED_SETS)
    .sort()
    .map((name) => path.join(BUNDLED_SETS, name));
  const own = ownSetFile(environment);
  return [
    ...[...bundled, ...(own === undefined ? [] : [own])].flatMap((file) => {
      const text = unlessRefused(file, () => files.read(file));
      return text === undefined ? [] : [{ path: file, text }];
    }),
    ...given.map((file) => ({
      path: file,
      text: unlessRefused(file, () => files.readGiven(file)),
    })),
  ];
}

/** By the XDG base directory specification; undefined without a home. */
function ownSetFile(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const home = environment['HOME'] ?? '';
  const config = environment['XDG_CONFIG_HOME'] ?? (home === '' ? '' : `${home}/.config`);
  return config === '' ? undefined : `${config}/tsltrace/functions.sets`;
}

function unlessRefused<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    throw new UserError(`${file}: ${error.message}; it was to say what the sets of functions are`);
  }
}
