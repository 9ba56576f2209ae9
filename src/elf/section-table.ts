/** The table of section headers. */
import * as elfy from 'elfy';
import { toImageAddress } from '../base/address.js';
import { ByteReader } from '../base/byte-reader.js';
import type { FileBytes } from '../base/file-bytes.js';
import { readWord, type ElfClass, type ElfHeader } from './header.js';
import { partial } from './partial.js';
import type { Section } from './sections.js';
import { StringTable } from './string-table.js';

/** elfy compares names byte by byte up to the end of the table: names times table size is its worst case. */
const MOST_NAME_STEPS = 2 ** 22;
/** elfy wants the whole file in one piece. */
const MOST_BYTES_AT_ONCE = 2 ** 31;
/** Names may share their endings; no honest table of names is read more often than this. */
const MOST_READINGS_OF_NAMES = 16;

/** gABI, "ELF Header": the numbers are too large for it, and stand in the first section header. */
const SHN_XINDEX = 0xffff;

/** Empty when the file has no section headers or they cannot be read. */
export function readSections(file: FileBytes, header: ElfHeader): readonly Section[] {
  const table = partial(undefined, () => SectionHeaders.of(file, header));
  if (table === undefined) return [];
  const { count, isExtended } = table;
  const isSmall = file.size < MOST_BYTES_AT_ONCE && count * table.namesSize <= MOST_NAME_STEPS;
  return (isSmall && !isExtended ? readByElfy(file, table) : undefined) ?? readByTable(file, table);
}

/** Its flags and types are names that lack some values, its words products and so numbers on the heap: those we read. */
function readByElfy(file: FileBytes, table: SectionHeaders): readonly Section[] | undefined {
  try {
    const { buffer, byteOffset, byteLength } = file.part(0, file.size);
    const whole = Buffer.from(buffer, byteOffset, byteLength);
    const { sections } = elfy.parse(whole).body;
    return sections.map(({ name, off, size, link, info }, index) => ({
      ...table.read(index, name),
      offset: off,
      size,
      link,
      info,
    }));
  } catch {
    // elfy throws errors of every kind.
    return undefined;
  }
}

/** For files that elfy does not read: with very many sections, very large ones, damaged ones. */
function readByTable(file: FileBytes, table: SectionHeaders): readonly Section[] {
  const strings = new StringTable(file.part(table.namesOffset, table.namesSize));
  let left = MOST_READINGS_OF_NAMES * (strings.size + table.count);
  const sections: Section[] = [];
  for (let index = 0; index < table.count; index++) {
    const name = strings.at(table.nameAt(index));
    if ((left -= name.length) < 0) return [];
    sections.push(table.read(index, name));
  }
  return sections;
}

class SectionHeaders {
  /** undefined where there are none, or not so many. Throws OutOfBounds. */
  static of(file: FileBytes, header: ElfHeader): SectionHeaders | undefined {
    const { offset, entrySize } = header.sectionHeaders;
    const is64 = header.elfClass === 64;
    if (offset === 0 || entrySize < (is64 ? 64 : 40)) return undefined;
    const first = new ByteReader(file.part(offset, entrySize), header.littleEndian);
    const word = (at64: number, at32: number): number =>
      readWord(first, is64 ? at64 : at32, header.elfClass);
    const { count: short } = header.sectionHeaders;
    // sh_size and sh_link of the first.
    const count = short === 0 ? word(32, 20) : short;
    const names =
      header.sectionNames === SHN_XINDEX ? first.u32(is64 ? 40 : 24) : header.sectionNames;
    if (!(count > 0 && names < count)) return undefined;
    const bytes = file.part(offset, count * entrySize);
    if (bytes.length !== count * entrySize) return undefined;
    const isExtended = short === 0 || header.sectionNames === SHN_XINDEX;
    return new SectionHeaders(bytes, header, { count, names, isExtended });
  }

  readonly count: number;
  /** Are there more than the ELF header can say? */
  readonly isExtended: boolean;
  readonly namesOffset: number;
  readonly namesSize: number;
  private readonly reader: ByteReader;
  private readonly elfClass: ElfClass;
  private readonly entrySize: number;

  private constructor(
    bytes: Uint8Array,
    { elfClass, littleEndian, sectionHeaders }: ElfHeader,
    table: { readonly count: number; readonly names: number; readonly isExtended: boolean },
  ) {
    this.reader = new ByteReader(bytes, littleEndian);
    this.elfClass = elfClass;
    this.entrySize = sectionHeaders.entrySize;
    this.count = table.count;
    this.isExtended = table.isExtended;
    const names = this.read(table.names, '');
    this.namesOffset = names.offset;
    this.namesSize = names.size;
  }

  /** Offset of its name in the table of names. */
  nameAt(index: number): number {
    return this.reader.u32(index * this.entrySize);
  }

  /** Elf64_Shdr and Elf32_Shdr: name, type (32 bits each), flags, addr, offset, size (words), link, info (32). */
  read(index: number, name: string): Section {
    const at = index * this.entrySize;
    const word = this.elfClass / 8;
    const wordAt = (which: number): number =>
      readWord(this.reader, at + 8 + which * word, this.elfClass);
    const behind = at + 8 + 4 * word;
    return {
      name,
      type: this.reader.u32(at + 4),
      flags: wordAt(0),
      address: toImageAddress(wordAt(1)),
      offset: wordAt(2),
      size: wordAt(3),
      link: this.reader.u32(behind),
      info: this.reader.u32(behind + 4),
    };
  }
}
