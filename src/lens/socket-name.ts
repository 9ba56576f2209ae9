/** Names of UNIX domain sockets, sun_path of unix(7). */
import type { LensedArray } from '../prototype/prototype.js';
import type { Lens } from './lens.js';
import type { LensSurroundings } from './surroundings.js';

/**
 * A path ends at its NUL. A name that begins with one is abstract: all of its bytes up to the end that the program
 * gave are the name, and it is shown as bytes so that nobody takes it for a path.
 */
export function socketNameLens({ length }: LensedArray, { limits }: LensSurroundings): Lens {
  const declared = length.kind === 'number' ? Math.max(0, length.value) : 0;
  return (view, offset, context) => {
    const end = Math.min(view.byteLength, context.blockEnd, context.givenEnd, offset + declared);
    const count = Math.max(0, end - offset);
    const all = new Uint8Array(view.buffer, view.byteOffset + offset, count);
    const zero = all.indexOf(0);
    if (zero === 0 && count > 1 && context.givenEnd !== Infinity) {
      const bytes = all.slice(0, limits.stringBytes);
      return { kind: 'buffer', bytes, length: count, style: 'text' };
    }
    const path = zero === -1 ? all : all.subarray(0, zero);
    const bytes = path.slice(0, limits.stringBytes);
    return { kind: 'string', bytes, encoding: 'bytes', truncated: bytes.length < path.length };
  };
}
