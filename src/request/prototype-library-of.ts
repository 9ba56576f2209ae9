/** The prototypes that a request and its surroundings name. */
import { diagnosticText } from '../prototype/diagnostic-text.js';
import { BUNDLED_PROTOTYPES } from '../prototype/prototype-files.js';
import type { CaptureLimits } from '../lens/stopped-call.js';
import {
  defaultPlaces,
  PrototypeLibrary,
  type PrototypeFiles,
} from '../prototype/prototype-library.js';

/** How arguments are read. */
export interface PrototypeRequest {
  readonly limits: CaptureLimits;
  /** Files and directories of the user, first ones first. */
  readonly prototypePaths: readonly string[];
  readonly prototypeFiles: PrototypeFiles;
}

interface Equipment {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of mistakes in files, a line each. */
  readonly report: (line: string) => void;
}

/** @throws UserError when a file of the user cannot be read */
export function prototypeLibraryOf(
  { prototypePaths, prototypeFiles }: Omit<PrototypeRequest, 'limits'>,
  { environment, report }: Equipment,
): PrototypeLibrary {
  const places = defaultPlaces(environment, prototypePaths, BUNDLED_PROTOTYPES);
  return new PrototypeLibrary(prototypeFiles, places, (found) => report(diagnosticText(found)));
}
