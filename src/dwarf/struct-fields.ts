/** Members of structs, unions and classes, with the offsets that the compiler chose (DWARF 5, 5.7.6). */
import type { BitField } from '../ctype/ctype.js';
import type { LensedField, LensedType } from '../prototype/prototype.js';
import { AT, TAG } from './constants.js';
import { Cursor } from './cursor.js';
import type { Entry } from './entry.js';
import { childrenOf } from './entry.js';
import { ifLegible } from './sections.js';

/** Structs with more members are shown up to there. */
const MOST_FIELDS = 256;

const isField = (tag: number): boolean => tag === TAG.member || tag === TAG.inheritance;

/** @param typeOf the type of a member, given the entry that DW_AT_type names */
export function fieldsOf(
  struct: Entry,
  typeOf: (type: Entry | undefined) => LensedType,
): LensedField[] {
  const fields: LensedField[] = [];
  for (const member of childrenOf(struct, isField)) {
    const place = placeOf(member);
    // Static members have no place, virtual bases one that only the object knows.
    if (place === undefined || member.flag(AT.declaration) || member.flag(AT.external)) continue;
    const type = typeOf(member.reference(AT.type));
    const name = member.text(AT.name);
    if (member.tag === TAG.inheritance) fields.push(...inherited(type, place.offset));
    else fields.push({ ...(name === undefined ? {} : { name }), type, ...place });
    if (fields.length >= MOST_FIELDS) break;
  }
  return fields;
}

/** The fields of a base class stand among those of the class, as in the source. */
function inherited(base: LensedType, at: number): LensedField[] {
  if (base.kind !== 'struct') return [];
  return base.fields.map((field) => ({ ...field, offset: at + (field.offset ?? 0) }));
}

interface Place {
  readonly offset: number;
  readonly bitField?: BitField;
}

function placeOf(member: Entry): Place | undefined {
  const bits = member.number(AT.bitSize);
  const offset = memberOffset(member);
  if (bits === undefined || bits <= 0 || bits > 64)
    return offset === undefined ? undefined : { offset };
  const storage = member.number(AT.byteSize) ?? member.reference(AT.type)?.number(AT.byteSize) ?? 4;
  const first = member.number(AT.dataBitOffset);
  if (first !== undefined) return bitsAt(first, bits, storage);
  const fromTop = member.number(AT.bitOffset);
  // DWARF 2 and 3 count from the highest bit of the storage unit.
  if (fromTop === undefined || offset === undefined) return undefined;
  return bitsAt(offset * 8 + storage * 8 - fromTop - bits, bits, storage);
}

/** In the storage unit that contains all of the bits, else from the byte of the first bit on. */
function bitsAt(first: number, bits: number, storageBytes: number): Place | undefined {
  if (first < 0) return undefined;
  const unitBits = storageBytes * 8;
  const aligned = Math.floor(first / unitBits) * unitBits;
  const start = first + bits <= aligned + unitBits ? aligned : Math.floor(first / 8) * 8;
  return { offset: start / 8, bitField: { firstBit: first - start, bits } };
}

const DW_OP_plus_uconst = 0x23;

/** 0 for members of unions, which state none; undefined for static members and virtual bases. */
export function memberOffset(member: Entry): number | undefined {
  const value = member.attributes.get(AT.dataMemberLocation);
  if (value === undefined) return 0;
  if (value.kind === 'constant') return Number(value.value);
  if (value.kind !== 'block') return undefined;
  // DWARF 2 writes an expression: DW_OP_plus_uconst offset.
  return ifLegible(() => {
    const cursor = new Cursor(value.bytes);
    if (cursor.u8() !== DW_OP_plus_uconst) return undefined;
    const offset = cursor.uleb();
    return cursor.atEnd ? offset : undefined;
  });
}
