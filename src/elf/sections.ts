/** Sections of a file, and their bytes where those are stored compressed. */
import zlib from 'node:zlib';
import type { ImageAddress } from '../base/address.js';
import { ByteReader } from '../base/byte-reader.js';
import type { FileBytes } from '../base/file-bytes.js';
import type { ElfFormat } from './header.js';
import { readWord } from './header.js';

export interface Section {
  readonly name: string;
  /** sh_type, see SECTION. */
  readonly type: number;
  /** sh_flags, see SHF. */
  readonly flags: number;
  /** 0 for sections that are not loaded. */
  readonly address: ImageAddress;
  /** In the file. */
  readonly offset: number;
  /** In the file, except for type NOBITS. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

/** sh_type values of elf.h. */
export const SECTION = {
  SYMTAB: 2,
  STRTAB: 3,
  RELA: 4,
  NOTE: 7,
  NOBITS: 8,
  REL: 9,
  DYNSYM: 11,
} as const;

/** sh_flags of elf.h. */
export const SHF = { ALLOC: 2, EXECINSTR: 4, COMPRESSED: 0x800 } as const;

/** ch_type values, gABI "Section Compression". */
const ELFCOMPRESS_ZLIB = 1;
const ELFCOMPRESS_ZSTD = 2;

/** Deflate cannot expand further than this (zlib technical notes), so a larger claim is a lie. */
const MOST_EXPANSION = 1032;

/** More would not fit in one buffer together with the rest. */
const MOST_BYTES = 2 ** 31;

/** What the section holds after decompression; undefined when it cannot be had. */
export function sectionContents(
  file: FileBytes,
  section: Section,
  format: ElfFormat,
): Uint8Array | undefined {
  if (section.type === SECTION.NOBITS) return undefined;
  const stored = file.part(section.offset, section.size);
  if (stored.length !== section.size) return undefined;
  if ((section.flags & SHF.COMPRESSED) !== 0) return decompressChdr(stored, format);
  return section.name.startsWith('.zdebug') ? decompressZdebug(stored) : stored;
}

/** Elf32_Chdr: type, size, addralign (32 bits each); Elf64_Chdr: type, reserved (32), size, addralign (64). */
function decompressChdr(stored: Uint8Array, format: ElfFormat): Uint8Array | undefined {
  const is64 = format.elfClass === 64;
  const headerSize = is64 ? 24 : 12;
  if (stored.length < headerSize) return undefined;
  const reader = new ByteReader(stored, format.littleEndian);
  const size = readWord(reader, is64 ? 8 : 4, format.elfClass);
  const body = stored.subarray(headerSize);
  const type = reader.u32(0);
  if (type === ELFCOMPRESS_ZLIB) return inflate(body, size);
  return type === ELFCOMPRESS_ZSTD ? unpackZstandard(body, size) : undefined;
}

/** The older GNU form: "ZLIB", the size as a big-endian 64-bit word, the zlib stream. */
function decompressZdebug(stored: Uint8Array): Uint8Array | undefined {
  if (stored.length < 12) return undefined;
  const reader = new ByteReader(stored, false);
  return reader.u32(0) === 0x5a4c4942 ? inflate(stored.subarray(12), reader.u64(4)) : undefined;
}

function inflate(body: Uint8Array, size: number): Uint8Array | undefined {
  if (size > body.length * MOST_EXPANSION) return undefined;
  return unpack(size, (options) => zlib.inflateSync(body, options));
}

/** Node has zstd from 22.15 on. */
function unpackZstandard(body: Uint8Array, size: number): Uint8Array | undefined {
  if (!('zstdDecompressSync' in zlib)) return undefined;
  const decompress = zlib.zstdDecompressSync as (
    body: Uint8Array,
    options: { maxOutputLength: number },
  ) => Buffer;
  return unpack(size, (options) => decompress(body, options));
}

function unpack(
  size: number,
  decompress: (options: { maxOutputLength: number }) => Buffer,
): Uint8Array | undefined {
  if (!(size > 0 && size < MOST_BYTES)) return undefined;
  try {
    const contents = decompress({ maxOutputLength: size });
    return contents.length === size ? contents : undefined;
  } catch {
    // A damaged stream is the file's fault: the section counts as absent.
    return undefined;
  }
}
