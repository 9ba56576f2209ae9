/** Where the dynamic linker changes the code of an image that was linked with text relocations. */
import type { ElfImage } from './elf-image.js';
import type { RelocationKind } from './relocation-kinds.js';

const ALL_KINDS: readonly RelocationKind[] = [
  'jump-slot',
  'glob-dat',
  'absolute',
  'pc-relative',
  'relative',
  'irelative',
  'tls',
  'other',
];

/** The widest field that a relocation of code fills, in bytes. */
const WIDEST = 8;

const known = new WeakMap<ElfImage, Float64Array>();

/** Does a relocation fill any of the `bytes` from this image address on? */
export function relocatesCode(image: ElfImage, start: number, bytes: number): boolean {
  if (!image.hasTextRelocations) return false;
  let places = known.get(image);
  if (places === undefined) known.set(image, (places = placesInCode(image)));
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] ?? 0) + WIDEST <= start) low = middle + 1;
    else high = middle;
  }
  return (places[low] ?? Infinity) < start + bytes;
}

/** Ascending. */
function placesInCode(image: ElfImage): Float64Array {
  const ranges = image.executableRanges();
  const places: number[] = [];
  for (const { slot } of image.relocations(ALL_KINDS)) {
    if (ranges.some(({ start, end }) => slot >= start && slot < end)) places.push(slot);
  }
  return Float64Array.from(places).sort();
}
