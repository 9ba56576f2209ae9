/** The prototypes that a request and its surroundings name. */
import { diagnosticText } from '../prototype/diagnostic-text.js';
import { BUNDLED_PROTOTYPES } from '../prototype/prototype-files.js';
import { defaultPlaces, PrototypeLibrary } from '../prototype/prototype-library.js';
import type { PrototypeRequest } from '../cli/run-request.js';

interface Equipment {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of mistakes in files, a line each. */
  readonly report: (line: string) => void;
}

/** @throws UserError when a file of -F cannot be read */
export function prototypeLibraryOf(
  { prototypePaths, prototypeFiles }: PrototypeRequest,
  { environment, report }: Equipment,
): PrototypeLibrary {
  const places = defaultPlaces(environment, prototypePaths, BUNDLED_PROTOTYPES);
  return new PrototypeLibrary(prototypeFiles, places, (found) => report(diagnosticText(found)));
}
