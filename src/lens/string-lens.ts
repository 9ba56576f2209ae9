// Hot path: runs at every stop.
/** Strings behind pointers: `string`, `string[EXPR]`, `string(array(wchar_t, zero)*)`. */
import type { IntegerType } from '../ctype/ctype.js';
import { integerBytes } from '../ctype/layout.js';
import type { Value } from '../trace/value.js';
import { mostElements } from './array.js';
import type { Length } from './array.js';
import type { Lens } from './lens.js';
import { unreadable } from './lens.js';
import { throughPointer } from './pointer.js';
import { narrowString, readBytes, wideString, wideToUtf8 } from './string.js';
import type { LensSurroundings } from './surroundings.js';

export function stringPointerLens(
  element: IntegerType,
  length: Length,
  around: LensSurroundings,
): Lens {
  const { wordBytes } = around.layout;
  const bytes = integerBytes(element.size, wordBytes);
  // A 16-byte character is no character: its low half is shown.
  const unit = bytes === 16 ? 8 : bytes;
  const shown = around.limits.stringBytes;
  return throughPointer(wordBytes, (address, context): Value => {
    const most = mostElements(length, context);
    if (most === undefined) return { kind: 'unknown' };
    if (!(most >= 0)) return { kind: 'pointer', address };
    if (length.kind === 'count') return countedString(context, address, { most, shown, unit });
    return unit === 1
      ? narrowString(context, address, shown, most)
      : wideString(context, address, { shown, most, unit });
  });
}

interface CountedLimits {
  readonly most: number;
  readonly shown: number;
  readonly unit: 1 | 2 | 4 | 8;
}

/** Exactly `most` characters, NULs included. */
function countedString(
  context: Parameters<Lens>[2],
  address: number,
  { most, shown, unit }: CountedLimits,
): Value {
  const wanted = Math.min(most, shown);
  const bytes = readBytes(context, address, wanted * unit);
  const read = Math.floor(bytes.length / unit);
  if (read === 0 && wanted > 0) return unreadable(address);
  const truncated = read < most;
  return unit === 1
    ? { kind: 'string', bytes, encoding: 'bytes', truncated }
    : { kind: 'string', bytes: wideToUtf8(bytes, read, unit), encoding: 'wide', truncated };
}
