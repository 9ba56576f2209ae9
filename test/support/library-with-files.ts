/** A prototype library whose files are texts of the test. */
import { FileRefused } from '../../src/prototype/bounded-file.js';
import { diagnosticText } from '../../src/prototype/diagnostic-text.js';
import { defaultPlaces, PrototypeLibrary } from '../../src/prototype/prototype-library.js';

/** A file whose text begins so cannot be read, for the reason that follows. */
export const REFUSED = 'refused: ';

interface World {
  readonly library: PrototypeLibrary;
  /** Paths, in order. */
  readonly reads: string[];
  /** Mistakes told so far. */
  readonly told: string[];
}

/** @param files text by path; our own are in `/bundled`, HOME is `/home/me` */
export function libraryWithFiles(
  files: Record<string, string>,
  given: readonly string[] = [],
): World {
  const reads: string[] = [];
  const told: string[] = [];
  const read = (path: string): string | undefined => {
    reads.push(path);
    const text = files[path];
    if (text?.startsWith(REFUSED) === true) throw new FileRefused(text.slice(REFUSED.length));
    return text;
  };
  const isDirectory = (path: string): boolean =>
    Object.keys(files).some((name) => name.startsWith(`${path}/`));
  const library = new PrototypeLibrary(
    {
      read,
      readGiven: (path) => {
        const text = read(path);
        if (text === undefined) throw new FileRefused('No such file or directory');
        return text;
      },
      readIndex: () => undefined,
      exists: (path) => files[path] !== undefined || isDirectory(path),
      isDirectory,
      list: (directory) =>
        Object.keys(files).flatMap((path) =>
          path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : [],
        ),
    },
    defaultPlaces({ HOME: '/home/me' }, given, '/bundled'),
    (found) => told.push(diagnosticText(found)),
  );
  return { library, reads, told };
}
