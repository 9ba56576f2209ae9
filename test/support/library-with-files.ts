/** A prototype library whose files are texts of the test. */
import { defaultPlaces, PrototypeLibrary } from '../../src/prototype/prototype-library.js';

interface World {
  readonly library: PrototypeLibrary;
  /** Paths, in order. */
  readonly reads: string[];
}

/** @param files text by path; our own are in `/bundled`, HOME is `/home/me` */
export function libraryWithFiles(
  files: Record<string, string>,
  given: readonly string[] = [],
): World {
  const reads: string[] = [];
  const library = new PrototypeLibrary(
    {
      read: (path) => {
        reads.push(path);
        return files[path];
      },
      readIndex: () => undefined,
      isDirectory: (path) => Object.keys(files).some((name) => name.startsWith(`${path}/`)),
    },
    defaultPlaces({ HOME: '/home/me' }, given, '/bundled'),
  );
  return { library, reads };
}
