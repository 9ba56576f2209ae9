/** Dynamic relocations: REL, RELA, RELR and the tables for PLT stubs, read one by one. */
import type { ImageAddress } from '../base/address.js';
import { toImageAddress } from '../base/address.js';
import { ByteReader } from '../base/byte-reader.js';
import { packedRelocations } from './android-relocations.js';
import type { ElfFormat } from './header.js';
import { readWord } from './header.js';
import { untilOutOfBounds } from './partial.js';
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
  /** So many relative ones stand first. Dynamic linkers take this for granted, too. */
  readonly relativeFirst: number;
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
export function relocationsIn(
  table: RelocationTable,
  query: RelocationQuery,
): Iterable<Relocation> {
  if (table.encoding === 'relr') {
    return query.kinds.has('relative') ? relativeRelocations(table.bytes, query) : [];
  }
  const kindOf = wantedKinds(query);
  if (table.encoding === 'android') return unpacked(table.bytes, query, kindOf);
  return query.format.elfClass === 64
    ? entries64(table, query, kindOf)
    : entries32(table, query, kindOf);
}

/** The kind of relocations with this number, if it is wanted. */
type WantedKindOf = (type: number) => RelocationKind | undefined;

function wantedKinds({ format, kinds }: RelocationQuery): WantedKindOf {
  const known = relocationKinds(format.machine);
  return (type) => {
    const kind = known.get(type) ?? 'other';
    return kinds.has(kind) ? kind : undefined;
  };
}

/** Elf64_Rel(a): offset, info = symbol << 32 | type, addend. */
function* entries64(
  table: RelocationTable,
  query: RelocationQuery,
  kindOf: WantedKindOf,
): Generator<Relocation, void, undefined> {
  const { littleEndian } = query.format;
  const reader = new ByteReader(table.bytes, littleEndian);
  const { bytes } = table;
  // Not by the reader: a large program has a hundred thousand entries, and the loop keeps within the bounds.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasAddend = table.encoding === 'rela';
  const entrySize = hasAddend ? 24 : 16;
  const typeAt = littleEndian ? 8 : 12;
  const symbolAt = littleEndian ? 12 : 8;
  const start = firstOf(table, query) * entrySize;
  for (let at = start; at + entrySize <= bytes.length; at += entrySize) {
    const kind = kindOf(view.getUint32(at + typeAt, littleEndian));
    if (kind === undefined) continue;
    const slot = toImageAddress(reader.u64(at));
    const addend = hasAddend ? reader.i64(at + 16) : query.wordAt(slot);
    yield { kind, slot, symbolIndex: view.getUint32(at + symbolAt, littleEndian), addend };
  }
}

/** Elf32_Rel(a): offset, info = symbol << 8 | type, addend. */
function* entries32(
  table: RelocationTable,
  query: RelocationQuery,
  kindOf: WantedKindOf,
): Generator<Relocation, void, undefined> {
  const reader = new ByteReader(table.bytes, query.format.littleEndian);
  const hasAddend = table.encoding === 'rela';
  const entrySize = hasAddend ? 12 : 8;
  const start = firstOf(table, query) * entrySize;
  for (let at = start; at + entrySize <= table.bytes.length; at += entrySize) {
    const info = reader.u32(at + 4);
    const kind = kindOf(info & 0xff);
    if (kind === undefined) continue;
    const slot = toImageAddress(reader.u32(at));
    const addend = hasAddend ? reader.i32(at + 8) : query.wordAt(slot);
    yield { kind, slot, symbolIndex: info >>> 8, addend };
  }
}

/** Index of the first entry that is to be looked at: a library has tens of thousands of relative ones. */
function firstOf(table: RelocationTable, query: RelocationQuery): number {
  return query.kinds.has('relative') ? 0 : table.relativeFirst;
}

function* unpacked(
  bytes: Uint8Array,
  query: RelocationQuery,
  kindOf: WantedKindOf,
): Generator<Relocation, void, undefined> {
  for (const raw of untilOutOfBounds(packedRelocations(bytes, query.format))) {
    const kind = kindOf(raw.type);
    if (kind === undefined) continue;
    const slot = toImageAddress(raw.offset);
    const addend = raw.addend ?? query.wordAt(slot);
    yield { kind, slot, symbolIndex: raw.symbolIndex, addend };
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
