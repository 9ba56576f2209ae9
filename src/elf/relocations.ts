/** Dynamic relocations: REL, RELA, RELR and the tables for PLT stubs, read one by one. */
import type { ImageAddress } from '../base/address.js';
import { toImageAddress } from '../base/address.js';
import { ByteReader } from '../base/byte-reader.js';
import { packedRelocations } from './android-relocations.js';
import type { ElfFormat } from './header.js';
import { readWord } from './header.js';
import type { RawRelocation } from './raw-relocation.js';
import { relocationKinds } from './relocation-kinds.js';
import type { RelocationKind } from './relocation-kinds.js';

export interface Relocation {
  readonly kind: RelocationKind;
  /** The place that is filled. */
  readonly slot: ImageAddress;
  /** Index in the dynamic symbol table, 0 for none. */
  readonly symbolIndex: number;
  /** For REL entries the word that the file holds in the slot. */
  readonly addend: number;
}

export interface RelocationTable {
  readonly encoding: 'rel' | 'rela' | 'relr' | 'android';
  readonly bytes: Uint8Array;
}

/** Reads the word that the file holds at an image address, 0 where it holds none. */
export type WordAt = (address: ImageAddress) => number;

/** What is asked of the tables. */
export interface RelocationQuery {
  readonly kinds: ReadonlySet<RelocationKind>;
  readonly format: ElfFormat;
  readonly wordAt: WordAt;
}

/** The relocations of one table that are of the wanted kinds, in the order of the table. */
export function* relocationsIn(
  table: RelocationTable,
  query: RelocationQuery,
): Generator<Relocation, void, undefined> {
  if (table.encoding === 'relr') {
    if (query.kinds.has('relative')) yield* relativeRelocations(table.bytes, query);
    return;
  }
  const kindOf = relocationKinds(query.format.machine);
  for (const raw of rawRelocations(table, query.format, wantedTypes(kindOf, query.kinds))) {
    const kind = kindOf.get(raw.type) ?? 'other';
    if (!query.kinds.has(kind)) continue;
    const slot = toImageAddress(raw.offset);
    const addend = raw.addend ?? query.wordAt(slot);
    yield { kind, slot, symbolIndex: raw.symbolIndex, addend };
  }
}

/** Types that need not be looked at further; undefined when unknown types are wanted too. */
function wantedTypes(
  kindOf: ReadonlyMap<number, RelocationKind>,
  kinds: ReadonlySet<RelocationKind>,
): ReadonlySet<number> | undefined {
  if (kinds.has('other')) return undefined;
  return new Set([...kindOf].filter(([, kind]) => kinds.has(kind)).map(([type]) => type));
}

function rawRelocations(
  table: RelocationTable,
  format: ElfFormat,
  types: ReadonlySet<number> | undefined,
): Iterable<RawRelocation> {
  if (table.encoding === 'android') return packedRelocations(table.bytes, format);
  return format.elfClass === 64 ? entries64(table, format, types) : entries32(table, format, types);
}

/** Elf64_Rel(a): offset, info = symbol << 32 | type, addend. */
function* entries64(
  table: RelocationTable,
  format: ElfFormat,
  types: ReadonlySet<number> | undefined,
): Generator<RawRelocation, void, undefined> {
  const reader = new ByteReader(table.bytes, format.littleEndian);
  const hasAddend = table.encoding === 'rela';
  const entrySize = hasAddend ? 24 : 16;
  const typeAt = format.littleEndian ? 8 : 12;
  const symbolAt = format.littleEndian ? 12 : 8;
  for (let at = 0; at + entrySize <= reader.length; at += entrySize) {
    const type = reader.u32(at + typeAt);
    if (types?.has(type) === false) continue;
    yield {
      offset: reader.u64(at),
      type,
      symbolIndex: reader.u32(at + symbolAt),
      addend: hasAddend ? reader.i64(at + 16) : undefined,
    };
  }
}

/** Elf32_Rel(a): offset, info = symbol << 8 | type, addend. */
function* entries32(
  table: RelocationTable,
  format: ElfFormat,
  types: ReadonlySet<number> | undefined,
): Generator<RawRelocation, void, undefined> {
  const reader = new ByteReader(table.bytes, format.littleEndian);
  const hasAddend = table.encoding === 'rela';
  const entrySize = hasAddend ? 12 : 8;
  for (let at = 0; at + entrySize <= reader.length; at += entrySize) {
    const info = reader.u32(at + 4);
    if (types?.has(info & 0xff) === false) continue;
    yield {
      offset: reader.u32(at),
      type: info & 0xff,
      symbolIndex: info >>> 8,
      addend: hasAddend ? reader.i32(at + 8) : undefined,
    };
  }
}

/**
 * DT_RELR, gABI: an even word is an address to relocate; an odd one is a bitmap of the words that follow
 * the last address, lowest bit first, without bit 0.
 */
function* relativeRelocations(
  bytes: Uint8Array,
  query: RelocationQuery,
): Generator<Relocation, void, undefined> {
  const { elfClass, littleEndian } = query.format;
  const reader = new ByteReader(bytes, littleEndian);
  const word = elfClass / 8;
  const low = littleEndian ? 0 : word - 4;
  const high = littleEndian ? 4 : 0;
  let next = 0;
  const relative = (offset: number): Relocation => {
    const slot = toImageAddress(offset);
    return { kind: 'relative', slot, symbolIndex: 0, addend: query.wordAt(slot) };
  };
  for (let at = 0; at + word <= reader.length; at += word) {
    const lowBits = reader.u32(at + low);
    if ((lowBits & 1) === 0) {
      next = readWord(reader, at, elfClass);
      yield relative(next);
      next += word;
      continue;
    }
    for (let bit = 1; bit < 8 * word; bit++) {
      const bits = bit < 32 ? lowBits : reader.u32(at + high);
      if ((bits & (1 << (bit & 31))) !== 0) yield relative(next + (bit - 1) * word);
    }
    next += (8 * word - 1) * word;
  }
}
