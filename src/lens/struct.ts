/** Structs and unions, and the bit-fields that debug information knows of. */
import { toAddress } from '../base/address.js';
import type { BitField, CType, StructType } from '../ctype/ctype.js';
import type { LensedStruct, LensSpec } from '../prototype/prototype.js';
import type { Value } from '../trace/value.js';
import { ctypeOf } from './ctype-of.js';
import type { NamedPlace } from './expression.js';
import { integerReader } from './integer.js';
import type { Lens, LensContext } from './lens.js';
import { unreadable } from './lens.js';
import type { LensSurroundings } from './surroundings.js';

export function structLens(
  type: LensedStruct,
  inherited: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  let lenses = around.structs.get(type);
  if (lenses === undefined)
    around.structs.set(type, (lenses = new Map<LensSpec | undefined, Lens>()));
  let lens = lenses.get(inherited);
  if (lens === undefined) lenses.set(inherited, (lens = compileStruct(type, inherited, around)));
  return lens;
}

interface Field {
  readonly name?: string;
  readonly offset: number;
  readonly bytes: number;
  /** Part of an array is something, part of a number is not. */
  readonly ends: 'early' | 'whole';
  readonly lens: Lens;
}

function compileStruct(
  type: LensedStruct,
  inherited: LensSpec | undefined,
  around: LensSurroundings,
): Lens {
  const { layout } = around;
  const { offsets } = layout.structLayout(ctypeOf(type) as StructType);
  const members = type.fields.map((field, index): NamedPlace => ({
    type: field.type,
    offset: offsets[index] ?? 0,
  }));
  const inside: LensSurroundings = { ...around, members };
  const fields = type.fields.map((field, index): Field => {
    const ctype = ctypeOf(field.type);
    const lens =
      field.bitField !== undefined && ctype.kind === 'integer'
        ? bitFieldLens(field.bitField, ctype, around)
        : labelled(around.compile(field.type, inherited, inside), field.name);
    const ends = ctype.kind === 'array' ? 'early' : 'whole';
    const place: Field = { offset: offsets[index] ?? 0, bytes: layout.sizeOf(ctype), ends, lens };
    return field.name === undefined ? place : { ...place, name: field.name };
  });
  return (view, offset, context) => readFields(fields, view, offset, context);
}

function readFields(
  fields: readonly Field[],
  view: DataView,
  offset: number,
  context: LensContext,
): Value {
  const { structView, structOffset } = context;
  const shown = fields.map((field) => {
    context.structView = view;
    context.structOffset = offset;
    const value = readField(field, view, offset + field.offset, context);
    return field.name === undefined ? { value } : { name: field.name, value };
  });
  context.structView = structView;
  context.structOffset = structOffset;
  return { kind: 'struct', fields: shown };
}

function readField(field: Field, view: DataView, offset: number, context: LensContext): Value {
  // What lies behind the end that the program gave is not part of it.
  if (offset >= context.givenEnd) return { kind: 'hidden' };
  if (!context.takeValue()) return { kind: 'elided' };
  if (offset + field.bytes > context.givenEnd) {
    return field.ends === 'early' ? field.lens(view, offset, context) : { kind: 'unknown' };
  }
  if (offset + field.bytes > Math.min(context.blockEnd, view.byteLength)) {
    const address = context.base + offset;
    return Number.isNaN(address) ? { kind: 'unknown' } : unreadable(toAddress(address));
  }
  return field.lens(view, offset, context);
}

/** A secret says what it is. */
export function labelled(lens: Lens, name: string | undefined): Lens {
  if (name === undefined) return lens;
  return (view, offset, context) => {
    const value = lens(view, offset, context);
    return value.kind === 'redacted' ? { kind: 'redacted', what: name } : value;
  };
}

function bitFieldLens(
  { firstBit, bits }: BitField,
  type: Extract<CType, { kind: 'integer' }>,
  { layout: { wordBytes } }: LensSurroundings,
): Lens {
  const read = integerReader({ size: type.size, signed: false }, wordBytes);
  return (view, offset) => {
    const raw = BigInt(read(view, offset)) >> BigInt(firstBit);
    const value = type.signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw);
    return {
      kind: 'integer',
      value: Number.isSafeInteger(Number(value)) ? Number(value) : value,
      bits: 64,
      signed: type.signed,
      style: 'decimal',
    };
  };
}
