/** The table of section headers. */
import * as elfy from 'elfy';
import { toImageAddress } from '../base/address.js';
import { ByteReader } from '../base/byte-reader.js';
import { readWord, type ElfHeader } from './header.js';
import type { Section } from './sections.js';

/** elfy compares names byte by byte up to the end of the table: names times table size is its worst case. */
const MOST_NAME_STEPS = 2 ** 26;

/**
 * elfy reads the section table and its names. It throws for files without section headers, and its flags
 * and types are names that lack some values: those two we read from the same headers.
 */
export function readSections(bytes: Uint8Array, header: ElfHeader): readonly Section[] {
  const { offset, entrySize, count } = header.sectionHeaders;
  const is64 = header.elfClass === 64;
  if (offset === 0 || entrySize < (is64 ? 64 : 40)) return [];
  const reader = new ByteReader(bytes, header.littleEndian);
  const at = (index: number) => offset + index * entrySize;
  try {
    const namesSize = readWord(reader, at(header.sectionNames) + (is64 ? 32 : 20), header.elfClass);
    if (count * Math.min(namesSize, bytes.length) > MOST_NAME_STEPS) return [];
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return elfy.parse(whole).body.sections.map((section, index) => ({
      name: section.name,
      type: reader.u32(at(index) + 4),
      flags: readWord(reader, at(index) + 8, header.elfClass),
      // elfy's 64-bit words are products: numbers on the heap, and so were all addresses computed from this one.
      address: toImageAddress(readWord(reader, at(index) + (is64 ? 16 : 12), header.elfClass)),
      offset: section.off,
      size: section.size,
      link: section.link,
      info: section.info,
    }));
  } catch {
    // elfy throws errors of every kind; a file runs without sections, so do we.
    return [];
  }
}
