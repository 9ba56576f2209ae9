/** How much of arguments is read. */
import type { CaptureLimits } from '../lens/stopped-call.js';

/** Those of ltrace, as far as it has them. */
const DEFAULT_STRING_BYTES = 32;
const DEFAULT_ARRAY_ELEMENTS = 4;

export function captureLimits(wanted: {
  readonly stringBytes: number | undefined;
  readonly arrayElements: number | undefined;
  readonly showSecrets: boolean;
  readonly descriptorPaths: boolean;
}): CaptureLimits {
  return {
    stringBytes: wanted.stringBytes ?? DEFAULT_STRING_BYTES,
    arrayElements: wanted.arrayElements ?? DEFAULT_ARRAY_ELEMENTS,
    showSecrets: wanted.showSecrets,
    descriptorPaths: wanted.descriptorPaths,
  };
}
