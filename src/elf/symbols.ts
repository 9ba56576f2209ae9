/** Entries of .dynsym and .symtab: gABI, "Symbol Table". */
import type { ImageAddress } from '../base/address.js';
import { toImageAddress } from '../base/address.js';
import { ByteReader } from '../base/byte-reader.js';
import type { ElfFormat } from './header.js';
import type { StringTable } from './string-table.js';
import type { SymbolVersion, VersionTable } from './versions.js';

export type SymbolType =
  'notype' | 'object' | 'func' | 'section' | 'file' | 'common' | 'tls' | 'ifunc' | 'other';
export type SymbolBinding = 'local' | 'global' | 'weak' | 'unique' | 'other';
export type SymbolVisibility = 'default' | 'internal' | 'hidden' | 'protected';

export interface ElfSymbol {
  /** In its table. */
  readonly index: number;
  /** Without version. */
  readonly name: string;
  readonly version?: string;
  /** The one that an unversioned reference gets: `@@`, or no version at all. */
  readonly isDefaultVersion: boolean;
  /** SONAME that must provide the version of an undefined symbol. */
  readonly library?: string;
  /** Value of the symbol; an offset in the TLS block for type 'tls'. */
  readonly address: ImageAddress;
  /** Bytes; 0 when unknown. */
  readonly size: number;
  readonly type: SymbolType;
  readonly binding: SymbolBinding;
  readonly visibility: SymbolVisibility;
  readonly defined: boolean;
  /** The value is a constant, not a place in the image (SHN_ABS). */
  readonly isAbsolute: boolean;
}

/** Characters that names of one pass over a table may have together; see {@link NameBudget}. */
const CHARACTERS_PER_BYTE = 16;
const CHARACTERS_ALWAYS = 1 << 20;

/** STT_* of elf.h by number; 10 is STT_GNU_IFUNC. */
const TYPES: readonly SymbolType[] = [
  ...(['notype', 'object', 'func', 'section', 'file', 'common', 'tls'] as const),
  ...(['other', 'other', 'other', 'ifunc'] as const),
];
const STT_NOTYPE = 0;
const STT_OBJECT = 1;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;

/** STB_GNU_UNIQUE. */
const UNIQUE = 10;
const BINDINGS: readonly SymbolBinding[] = ['local', 'global', 'weak'];
const VISIBILITIES: readonly SymbolVisibility[] = ['default', 'internal', 'hidden', 'protected'];

const SHN_UNDEF = 0;
const SHN_ABS = 0xfff1;

/** What differs between Elf32_Sym and Elf64_Sym: offsets in bytes. */
interface SymbolLayout {
  readonly entrySize: number;
  readonly value: number;
  readonly size: number;
  readonly info: number;
  readonly section: number;
}

const LAYOUT_32: SymbolLayout = { entrySize: 16, value: 4, size: 8, info: 12, section: 14 };
const LAYOUT_64: SymbolLayout = { entrySize: 24, value: 8, size: 16, info: 4, section: 6 };

export class SymbolTable {
  /** How many entries fit in the bytes given: no more exist, fewer may. */
  readonly capacity: number;
  private readonly reader: ByteReader;
  private readonly layout: SymbolLayout;
  private readonly is64: boolean;

  constructor(
    entries: Uint8Array,
    private readonly strings: StringTable,
    format: ElfFormat,
    private readonly versions?: VersionTable,
  ) {
    this.is64 = format.elfClass === 64;
    this.layout = this.is64 ? LAYOUT_64 : LAYOUT_32;
    this.reader = new ByteReader(entries, format.littleEndian);
    this.capacity = Math.floor(entries.length / this.layout.entrySize);
  }

  /** Size of the string table. */
  get nameBytes(): number {
    return this.strings.size;
  }

  at(index: number): ElfSymbol | undefined {
    if (!(index >= 0 && index < this.capacity)) return undefined;
    const at = index * this.layout.entrySize;
    const info = this.reader.u8(at + this.layout.info);
    const section = this.reader.u16(at + this.layout.section);
    const version = this.versions?.versionOf(index);
    const symbol: Mutable<ElfSymbol> = {
      index,
      name: this.strings.at(this.reader.u32(at)),
      isDefaultVersion: version === undefined || this.isDefault(index, version),
      address: toImageAddress(this.word(at + this.layout.value)),
      size: this.word(at + this.layout.size),
      type: TYPES[info & 15] ?? 'other',
      binding: info >> 4 === UNIQUE ? 'unique' : (BINDINGS[info >> 4] ?? 'other'),
      visibility: VISIBILITIES[this.reader.u8(at + this.layout.info + 1) & 3] ?? 'default',
      defined: section !== SHN_UNDEF,
      isAbsolute: section === SHN_ABS,
    };
    if (version !== undefined) {
      symbol.version = version.name;
      if (version.library !== undefined) symbol.library = version.library;
    } else if (this.versions === undefined) {
      splitVersion(symbol);
    }
    return symbol;
  }

  /** Can any name begin with these bytes? Much cheaper than asking for each. */
  mayStartWith(start: Buffer): boolean {
    return this.strings.contains(start);
  }

  /** Does the name, version included, begin with these bytes? Cheaper than `at(index)`. */
  startsWith(index: number, name: Buffer): boolean {
    if (!(index >= 0 && index < this.capacity)) return false;
    return this.strings.startsWith(this.reader.u32(index * this.layout.entrySize), name);
  }

  /** Cheaper than comparing `at(index).name`. */
  hasName(index: number, name: Buffer): boolean {
    if (!(index >= 0 && index < this.capacity)) return false;
    return this.strings.equals(this.reader.u32(index * this.layout.entrySize), name);
  }

  /** Defined function at this index, IFUNC included? Cheaper than `at(index)`. */
  isDefinedFunction(index: number): boolean {
    if (!(index >= 0 && index < this.capacity)) return false;
    const at = index * this.layout.entrySize;
    const type = this.reader.u8(at + this.layout.info) & 15;
    if (type !== STT_FUNC && type !== STT_GNU_IFUNC) return false;
    const section = this.reader.u16(at + this.layout.section);
    return section !== SHN_UNDEF && section !== SHN_ABS;
  }

  /** Defined here without a type, or as a variable? Cheaper than `at(index)`. */
  isDefinedLabel(index: number): boolean {
    if (!(index >= 0 && index < this.capacity)) return false;
    const at = index * this.layout.entrySize;
    const type = this.reader.u8(at + this.layout.info) & 15;
    if (type !== STT_NOTYPE && type !== STT_OBJECT) return false;
    const section = this.reader.u16(at + this.layout.section);
    return section !== SHN_UNDEF && section !== SHN_ABS;
  }

  /** IFUNC at this index, defined or not? Cheaper than `at(index)`. */
  isIfunc(index: number): boolean {
    if (!(index >= 0 && index < this.capacity)) return false;
    const at = index * this.layout.entrySize;
    return (this.reader.u8(at + this.layout.info) & 15) === STT_GNU_IFUNC;
  }

  /** Value of the symbol at this index. Cheaper than `at(index)`. */
  addressOf(index: number): ImageAddress {
    return toImageAddress(this.word(index * this.layout.entrySize + this.layout.value));
  }

  /** A needed version is none of this image's own, even where a copy of the variable is defined. */
  private isDefault(index: number, version: SymbolVersion): boolean {
    return version.library === undefined && this.versions?.isHidden(index) === false;
  }

  private word(at: number): number {
    return this.is64 ? this.reader.u64(at) : this.reader.u32(at);
  }
}

/** Static tables write the version into the name: foo@@VER, foo@VER. */
function splitVersion(symbol: Mutable<ElfSymbol>): void {
  const at = symbol.name.indexOf('@');
  if (at <= 0) return;
  symbol.isDefaultVersion = symbol.name.startsWith('@@', at);
  symbol.version = symbol.name.slice(at + (symbol.isDefaultVersion ? 2 : 1));
  symbol.name = symbol.name.slice(0, at);
}

/**
 * Names may share their endings, so that a damaged table of some megabytes could hold gigabytes of names.
 * No honest one comes near this limit.
 */
export class NameBudget {
  private left: number;

  constructor(table: SymbolTable) {
    this.left = table.nameBytes * CHARACTERS_PER_BYTE + CHARACTERS_ALWAYS;
  }

  /** False when no more names should be read. */
  spend(name: string): boolean {
    this.left -= name.length;
    return this.left >= 0;
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
