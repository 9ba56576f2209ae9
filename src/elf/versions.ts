/** Symbol versions: DT_VERSYM, DT_VERDEF and DT_VERNEED, LSB "Symbol Versioning". */
import { ByteReader } from '../base/byte-reader.js';
import { partial } from './partial.js';
import type { StringTable } from './string-table.js';

export interface SymbolVersion {
  readonly name: string;
  /** For needed versions: the SONAME that must provide it. */
  readonly library?: string;
}

/** The bytes of each table from its start on; absent ones are undefined. */
export interface VersionTables {
  readonly symbolVersions: Uint8Array | undefined;
  readonly definitions: Uint8Array | undefined;
  readonly needs: Uint8Array | undefined;
  readonly strings: StringTable;
  readonly littleEndian: boolean;
}

/** Bit 15 of a versym entry: not the default version (`@` instead of `@@`). */
const HIDDEN = 0x8000;

/** Version indices have 15 bits, so no honest file has more. */
const MOST_VERSIONS = 0x8000;

/** Indices 0 and 1 mean "local" and "global, no version". */
const FIRST_NAMED = 2;

/** VER_FLG_BASE: the entry names the file, not a version. */
const VER_FLG_BASE = 1;

export class VersionTable {
  private readonly symbolVersions: ByteReader | undefined;
  private byIndex: Map<number, SymbolVersion> | undefined;

  constructor(private readonly tables: VersionTables) {
    if (tables.symbolVersions !== undefined) {
      this.symbolVersions = new ByteReader(tables.symbolVersions, tables.littleEndian);
    }
  }

  versionOf(symbolIndex: number): SymbolVersion | undefined {
    const entry = this.entryOf(symbolIndex) & ~HIDDEN;
    if (entry < FIRST_NAMED) return undefined;
    this.byIndex ??= readVersions(this.tables);
    return this.byIndex.get(entry);
  }

  /** Is the symbol marked `@`, reachable by its full name only? */
  isHidden(symbolIndex: number): boolean {
    return (this.entryOf(symbolIndex) & HIDDEN) !== 0;
  }

  private entryOf(symbolIndex: number): number {
    const at = symbolIndex * 2;
    const table = this.symbolVersions;
    return table !== undefined && at + 2 <= table.length ? table.u16(at) : 0;
  }
}

function readVersions(tables: VersionTables): Map<number, SymbolVersion> {
  const versions = new Map<number, SymbolVersion>();
  partial(undefined, () => {
    readDefinitions(tables, versions);
  });
  partial(undefined, () => {
    readNeeds(tables, versions);
  });
  return versions;
}

/** Elf_Verdef: version, flags, ndx, cnt (16 bits each), hash, aux, next (32); Elf_Verdaux: name, next. */
function readDefinitions(tables: VersionTables, versions: Map<number, SymbolVersion>): void {
  if (tables.definitions === undefined) return;
  const reader = new ByteReader(tables.definitions, tables.littleEndian);
  let at = 0;
  for (let count = 0; count < MOST_VERSIONS; count++) {
    if ((reader.u16(at + 2) & VER_FLG_BASE) === 0) {
      const name = tables.strings.at(reader.u32(at + reader.u32(at + 12)));
      versions.set(reader.u16(at + 4), { name });
    }
    const next = reader.u32(at + 16);
    if (next === 0) return;
    at += next;
  }
}

/**
 * Elf_Verneed: version, cnt (16 bits each), file, aux, next (32);
 * Elf_Vernaux: hash (32), flags, other (16 each), name, next (32).
 */
function readNeeds(tables: VersionTables, versions: Map<number, SymbolVersion>): void {
  if (tables.needs === undefined) return;
  const reader = new ByteReader(tables.needs, tables.littleEndian);
  let budget = MOST_VERSIONS;
  let at = 0;
  for (;;) {
    const library = tables.strings.at(reader.u32(at + 4));
    let aux = at + reader.u32(at + 8);
    for (let left = reader.u16(at + 2); left > 0 && budget > 0; left--, budget--) {
      const name = tables.strings.at(reader.u32(aux + 8));
      versions.set(reader.u16(aux + 6) & ~HIDDEN, { name, library });
      aux += reader.u32(aux + 12);
    }
    const next = reader.u32(at + 12);
    if (next === 0 || budget-- <= 0) return;
    at += next;
  }
}
