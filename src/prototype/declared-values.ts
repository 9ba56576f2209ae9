/** Names of constants, as enumerations and flags of prototypes have them. */
import { FileRefused } from './bounded-file.js';
import { splitGiven, type PrototypeFiles, type PrototypePlaces } from './prototype-library.js';

/** Of all files that could describe a function: for guesses at what was misspelt, not for decoding. */
export function declaredValues(
  files: PrototypeFiles,
  places: PrototypePlaces,
): ReadonlySet<string> {
  const given = places.given.flatMap((path) => splitGiven(files, path));
  const directories = [...given, ...places.directories, places.bundled].filter((path) =>
    files.isDirectory(path),
  );
  const inDirectories = directories.flatMap((directory) =>
    files.list(directory).map((name) => `${directory}/${name}`),
  );
  const texts = [
    ...given.filter((path) => !files.isDirectory(path)).map((path) => () => files.readGiven(path)),
    ...[...inDirectories, places.ownFile ?? '', places.systemFile].map(
      (path) => () => files.read(path),
    ),
  ];
  return new Set(texts.flatMap((read) => constantsIn(textOrNone(read))));
}

/** As C writes constants. */
const CONSTANT = /\b[A-Z][A-Z0-9_]{2,}\b/g;

function constantsIn(text: string): readonly string[] {
  return text.match(CONSTANT) ?? [];
}

function textOrNone(read: () => string | undefined): string {
  try {
    return read() ?? '';
  } catch (error) {
    if (error instanceof FileRefused) return '';
    throw error;
  }
}
