/** Notes of PT_NOTE segments and of sections: gABI, "Note Section". */
import { ByteReader } from '../base/byte-reader.js';
import type { FileBytes } from '../base/file-bytes.js';
import { partial } from './partial.js';
import { SECTION, type Section } from './sections.js';

/** n_type of the build id in notes of owner "GNU", elf.h. */
const NT_GNU_BUILD_ID = 3;

/** SHA-512 would have 64 bytes; nothing in use is longer. */
const LONGEST_BUILD_ID = 64;

/**
 * The build id as lower-case hexadecimal.
 *
 * @param alignment p_align of the segment: 8 pads names and descriptors to 8 bytes, all else to 4
 */
export function buildIdIn(
  bytes: Uint8Array,
  alignment: number,
  littleEndian: boolean,
): string | undefined {
  const reader = new ByteReader(bytes, littleEndian);
  const padding = alignment === 8 ? 8 : 4;
  const padded = (size: number) => Math.ceil(size / padding) * padding;
  let at = 0;
  while (at + 12 <= reader.length) {
    const nameSize = reader.u32(at);
    const size = reader.u32(at + 4);
    const descriptor = at + padded(12 + nameSize);
    if (descriptor + size > reader.length) return undefined;
    if (reader.u32(at + 8) === NT_GNU_BUILD_ID && reader.cString(at + 12, nameSize) === 'GNU') {
      return size > LONGEST_BUILD_ID ? undefined : hexadecimal(reader.slice(descriptor, size));
    }
    at = descriptor + padded(size);
  }
  return undefined;
}

/** More is no list of notes. */
const MOST_NOTE_BYTES = 65536;
/** What GNU tools pad notes in sections to. */
const SECTION_ALIGNMENT = 4;

/** The same of a file that has no segments. */
export function buildIdInSections(
  sections: readonly Section[],
  file: FileBytes,
  littleEndian: boolean,
): string | undefined {
  for (const { type, offset, size } of sections) {
    if (type !== SECTION.NOTE) continue;
    const bytes = file.part(offset, Math.min(size, MOST_NOTE_BYTES));
    const found = partial(undefined, () => buildIdIn(bytes, SECTION_ALIGNMENT, littleEndian));
    if (found !== undefined) return found;
  }
  return undefined;
}

function hexadecimal(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
