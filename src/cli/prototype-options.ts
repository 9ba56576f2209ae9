/** How arguments are read: -F, -s, -A and their like. */
import type { CaptureLimits } from '../lens/stopped-call.js';
import { BUNDLED_PROTOTYPES } from '../prototype/prototype-files.js';
import { defaultPlaces, type PrototypePlaces } from '../prototype/prototype-library.js';
import { captureLimits } from '../request/capture-limits.js';
import type { PrototypeRequest } from '../request/prototype-library-of.js';
import type { ParsedOptions } from './parsed-options.js';
import { foldersOf, type Surroundings } from './surroundings.js';

export function prototypePlacesOf(options: ParsedOptions, around: Surroundings): PrototypePlaces {
  return defaultPlaces(foldersOf(around), prototypePathsOf(options), BUNDLED_PROTOTYPES);
}

export function prototypesOf(options: ParsedOptions, around: Surroundings): PrototypeRequest {
  return {
    limits: limitsOf(options),
    prototypePaths: prototypePathsOf(options),
    prototypeFiles: around.prototypeFiles,
  };
}

function prototypePathsOf(options: ParsedOptions): readonly string[] {
  return options.all('config').flatMap((paths) => paths.split(':').filter(Boolean));
}

function limitsOf(options: ParsedOptions): CaptureLimits {
  return captureLimits({
    stringBytes: options.integer('string-limit'),
    arrayElements: options.integer('array-limit'),
    showSecrets: options.has('show-secrets'),
    descriptorPaths: options.has('descriptor-paths'),
  });
}
