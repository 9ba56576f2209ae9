/** The dynamic section: what the dynamic linker is told about an image. */
import type { ByteReader } from '../base/byte-reader.js';
import type { ElfFormat } from './header.js';
import { readWord } from './header.js';

/** d_tag values of elf.h. */
export const DT = {
  NULL: 0,
  NEEDED: 1,
  PLTRELSZ: 2,
  PLTGOT: 3,
  HASH: 4,
  STRTAB: 5,
  SYMTAB: 6,
  RELA: 7,
  RELASZ: 8,
  STRSZ: 10,
  INIT: 12,
  SONAME: 14,
  SYMBOLIC: 16,
  REL: 17,
  RELSZ: 18,
  PLTREL: 20,
  DEBUG: 21,
  TEXTREL: 22,
  JMPREL: 23,
  INIT_ARRAY: 25,
  INIT_ARRAYSZ: 27,
  FLAGS: 30,
  RELRSZ: 35,
  RELR: 36,
  ANDROID_REL: 0x6000000f,
  ANDROID_RELSZ: 0x60000010,
  ANDROID_RELA: 0x60000011,
  ANDROID_RELASZ: 0x60000012,
  ANDROID_RELR: 0x6fffe000,
  ANDROID_RELRSZ: 0x6fffe001,
  GNU_HASH: 0x6ffffef5,
  VERSYM: 0x6ffffff0,
  FLAGS_1: 0x6ffffffb,
  RELACOUNT: 0x6ffffff9,
  RELCOUNT: 0x6ffffffa,
  VERDEF: 0x6ffffffc,
  VERDEFNUM: 0x6ffffffd,
  VERNEED: 0x6ffffffe,
  VERNEEDNUM: 0x6fffffff,
} as const;

/** Bits of DT_FLAGS and DT_FLAGS_1. */
export const DF = { SYMBOLIC: 2, TEXTREL: 4 } as const;
export const DF_1 = { PIE: 0x08000000 } as const;

export interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
}

export class DynamicSection {
  constructor(readonly entries: readonly DynamicEntry[]) {}

  /** Value of the first entry with this tag. */
  value(tag: number): number | undefined {
    return this.entries.find((entry) => entry.tag === tag)?.value;
  }

  values(tag: number): number[] {
    return this.entries.filter((entry) => entry.tag === tag).map((entry) => entry.value);
  }

  has(tag: number): boolean {
    return this.value(tag) !== undefined;
  }

  /** Is this bit set in the flag word with this tag? */
  hasFlag(tag: number, flag: number): boolean {
    return ((this.value(tag) ?? 0) & flag) !== 0;
  }
}

/** Reads up to DT_NULL or the end of the segment's bytes. */
export function readDynamic(reader: ByteReader, format: ElfFormat): DynamicSection {
  const word = format.elfClass / 8;
  const entries: DynamicEntry[] = [];
  for (let at = 0; at + 2 * word <= reader.length; at += 2 * word) {
    const tag = readWord(reader, at, format.elfClass);
    if (tag === DT.NULL) break;
    entries.push({ tag, value: readWord(reader, at + word, format.elfClass) });
  }
  return new DynamicSection(entries);
}
