/** The ELF header and the program headers: gABI chapters 4 and 5. */
import type { ImageAddress } from '../base/address.js';
import { toImageAddress } from '../base/address.js';
import { ByteReader } from '../base/byte-reader.js';
import type { FileBytes } from '../base/file-bytes.js';
import { ElfFormatError } from './format-error.js';

export type ElfClass = 32 | 64;
export type ElfType = 'exec' | 'dyn' | 'rel' | 'core' | 'other';

/** What decides the shape of every table in the file. */
export interface ElfFormat {
  readonly elfClass: ElfClass;
  readonly littleEndian: boolean;
  /** e_machine, see MACHINE. */
  readonly machine: number;
}

export interface ElfHeader extends ElfFormat {
  readonly type: ElfType;
  readonly entry: ImageAddress;
  readonly programHeaders: HeaderTable;
  readonly sectionHeaders: HeaderTable;
  /** e_shstrndx. */
  readonly sectionNames: number;
}

/** Where a table of headers lies in the file, in bytes. */
export interface HeaderTable {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
}

export interface ProgramHeader {
  /** p_type, see SEGMENT. */
  readonly type: number;
  /** p_flags: 1 execute, 2 write, 4 read. */
  readonly flags: number;
  /** In the file. */
  readonly offset: number;
  readonly address: ImageAddress;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

/** e_machine values that relocations are known for. */
export const MACHINE = { I386: 3, X86_64: 62, AARCH64: 183 } as const;

/** p_type values of elf.h. */
export const SEGMENT = { LOAD: 1, DYNAMIC: 2, INTERP: 3, NOTE: 4, TLS: 7 } as const;

/** p_flags. */
export const PF_X = 1;
export const PF_W = 2;

/** Linux refuses to run a program with more bytes of program headers: load_elf_phdrs() in fs/binfmt_elf.c. */
const MOST_PROGRAM_HEADER_BYTES = 65536;

const TYPES: readonly ElfType[] = ['other', 'rel', 'exec', 'dyn', 'core'];

/** An address- or offset-sized word of the file's class. */
export function readWord(reader: ByteReader, offset: number, elfClass: ElfClass): number {
  return elfClass === 64 ? reader.u64(offset) : reader.u32(offset);
}

/** Bytes of Elf64_Ehdr; Elf32_Ehdr has 52. */
export const LONGEST_HEADER = 64;

/**
 * @param bytes the first of the file
 * @throws ElfFormatError for anything that has no whole ELF header
 */
export function readHeader(bytes: Uint8Array, path: string): ElfHeader {
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (!magic.every((byte, index) => bytes[index] === byte)) {
    throw new ElfFormatError(path, 'not an ELF file');
  }
  const elfClass = bytes[4] === 1 ? 32 : bytes[4] === 2 ? 64 : undefined;
  if (elfClass === undefined) throw new ElfFormatError(path, 'unknown ELF class');
  if (bytes[5] !== 1 && bytes[5] !== 2) throw new ElfFormatError(path, 'unknown ELF byte order');
  if (bytes.length < (elfClass === 64 ? LONGEST_HEADER : 52)) {
    throw new ElfFormatError(path, 'truncated ELF header');
  }
  const littleEndian = bytes[5] === 1;
  const reader = new ByteReader(bytes, littleEndian);
  // Elf32_Ehdr and Elf64_Ehdr: three words follow e_version, then 16-bit fields from e_ehsize on.
  const word = elfClass / 8;
  const halves = 28 + 3 * word;
  return {
    elfClass,
    littleEndian,
    machine: reader.u16(18),
    type: TYPES[reader.u16(16)] ?? 'other',
    entry: toImageAddress(readWord(reader, 24, elfClass)),
    programHeaders: {
      offset: readWord(reader, 24 + word, elfClass),
      entrySize: reader.u16(halves + 2),
      count: reader.u16(halves + 4),
    },
    sectionHeaders: {
      offset: readWord(reader, 24 + 2 * word, elfClass),
      entrySize: reader.u16(halves + 6),
      count: reader.u16(halves + 8),
    },
    sectionNames: reader.u16(halves + 10),
  };
}

/** @throws ElfFormatError when the table does not lie in the file. */
export function readProgramHeaders(
  file: FileBytes,
  header: ElfHeader,
  path: string,
): ProgramHeader[] {
  const { offset, entrySize, count } = header.programHeaders;
  if (offset === 0 || count === 0) return [];
  const isSmall = entrySize < (header.elfClass === 64 ? 56 : 32);
  if (isSmall || count * entrySize > MOST_PROGRAM_HEADER_BYTES) {
    throw new ElfFormatError(path, 'malformed program headers');
  }
  const table = file.part(offset, count * entrySize);
  if (table.length < count * entrySize) {
    throw new ElfFormatError(path, 'truncated program headers');
  }
  const reader = new ByteReader(table, header.littleEndian);
  const read = header.elfClass === 64 ? programHeader64 : programHeader32;
  return Array.from({ length: count }, (_, index) => read(reader, index * entrySize));
}

function programHeader64(reader: ByteReader, at: number): ProgramHeader {
  return {
    type: reader.u32(at),
    flags: reader.u32(at + 4),
    offset: reader.u64(at + 8),
    address: toImageAddress(reader.u64(at + 16)),
    fileSize: reader.u64(at + 32),
    memorySize: reader.u64(at + 40),
    alignment: reader.u64(at + 48),
  };
}

function programHeader32(reader: ByteReader, at: number): ProgramHeader {
  return {
    type: reader.u32(at),
    flags: reader.u32(at + 24),
    offset: reader.u32(at + 4),
    address: toImageAddress(reader.u32(at + 8)),
    fileSize: reader.u32(at + 16),
    memorySize: reader.u32(at + 20),
    alignment: reader.u32(at + 28),
  };
}
