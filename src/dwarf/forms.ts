/** Attribute values: reads and skips each DW_FORM (DWARF 5, 7.5.5 and 7.5.6). */
import { FORM } from './constants.js';
import type { Cursor, OffsetBytes } from './cursor.js';
import { DwarfError } from './sections.js';

/** What the size of a value depends on. */
export interface UnitFormat {
  readonly version: number;
  readonly addressBytes: number;
  readonly offsetBytes: OffsetBytes;
}

/** As written. Indices and section offsets are resolved by the unit, and only when asked for. */
export type AttributeValue =
  | { readonly kind: 'address'; readonly value: number }
  | { readonly kind: 'address-index'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number | bigint }
  | { readonly kind: 'flag'; readonly value: boolean }
  /** In the section that the attribute implies. */
  | { readonly kind: 'offset'; readonly value: number }
  | { readonly kind: 'list-index'; readonly index: number }
  | { readonly kind: 'text'; readonly value: string }
  | {
      readonly kind: 'text-at';
      readonly where: 'str' | 'line-str' | 'alternate';
      readonly offset: number;
    }
  | { readonly kind: 'text-index'; readonly index: number }
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  /** `offset` counts from the start of the unit, of .debug_info, or of that of the alternate file. */
  | {
      readonly kind: 'reference';
      readonly where: 'unit' | 'file' | 'alternate';
      readonly offset: number;
    }
  | { readonly kind: 'signature'; readonly value: bigint };

const PRESENT: AttributeValue = { kind: 'flag', value: true };

/** How to skip a value: at least 0, that many bytes; else one of these. */
const SKIP = {
  leb: -1,
  string: -2,
  block: -3,
  block1: -4,
  block2: -5,
  block4: -6,
  indirect: -7,
  unknown: -8,
} as const;

/** The size of a value of a form where that does not depend on the value, else one of {@link SKIP}. */
function sizeOf(form: number, format: UnitFormat): number {
  switch (form) {
    case FORM.addr:
      return format.addressBytes;
    case FORM.refAddr:
      return format.version === 2 ? format.addressBytes : format.offsetBytes;
    case FORM.strp:
    case FORM.secOffset:
    case FORM.strpSup:
    case FORM.lineStrp:
    case FORM.gnuRefAlt:
    case FORM.gnuStrpAlt:
      return format.offsetBytes;
    default:
      return SIZES[form] ?? SKIP.unknown;
  }
}

const SIZES: Readonly<Record<number, number>> = {
  [FORM.data1]: 1,
  [FORM.ref1]: 1,
  [FORM.flag]: 1,
  [FORM.strx1]: 1,
  [FORM.addrx1]: 1,
  [FORM.data2]: 2,
  [FORM.ref2]: 2,
  [FORM.strx2]: 2,
  [FORM.addrx2]: 2,
  [FORM.strx3]: 3,
  [FORM.addrx3]: 3,
  [FORM.data4]: 4,
  [FORM.ref4]: 4,
  [FORM.refSup4]: 4,
  [FORM.strx4]: 4,
  [FORM.addrx4]: 4,
  [FORM.data8]: 8,
  [FORM.ref8]: 8,
  [FORM.refSup8]: 8,
  [FORM.refSig8]: 8,
  [FORM.data16]: 16,
  [FORM.flagPresent]: 0,
  [FORM.implicitConst]: 0,
  [FORM.string]: SKIP.string,
  [FORM.block]: SKIP.block,
  [FORM.exprloc]: SKIP.block,
  [FORM.block1]: SKIP.block1,
  [FORM.block2]: SKIP.block2,
  [FORM.block4]: SKIP.block4,
  [FORM.sdata]: SKIP.leb,
  [FORM.udata]: SKIP.leb,
  [FORM.refUdata]: SKIP.leb,
  [FORM.strx]: SKIP.leb,
  [FORM.addrx]: SKIP.leb,
  [FORM.loclistx]: SKIP.leb,
  [FORM.rnglistx]: SKIP.leb,
  [FORM.gnuAddrIndex]: SKIP.leb,
  [FORM.gnuStrIndex]: SKIP.leb,
  [FORM.indirect]: SKIP.indirect,
};

/** A value that takes no bytes in the entry. */
export function isEmpty(form: number): boolean {
  return SIZES[form] === 0;
}

/** Steps that skip values of these forms one after the other; neighbours of fixed size are one step. */
export type SkipPlan = readonly number[];

export function planSkip(forms: readonly number[], format: UnitFormat): SkipPlan {
  const plan: number[] = [];
  for (const form of forms) {
    const size = sizeOf(form, format);
    const last = plan.at(-1) ?? -1;
    if (size >= 0 && last >= 0) plan[plan.length - 1] = last + size;
    else plan.push(size);
  }
  return plan;
}

// Runs for every entry of a file that is indexed.
export function skipValues(cursor: Cursor, plan: SkipPlan, format: UnitFormat): void {
  for (const step of plan) {
    if (step >= 0) cursor.skip(step);
    else if (step === SKIP.leb) cursor.skipLeb();
    else if (step === SKIP.block) cursor.skip(cursor.uleb());
    else skipRare(cursor, step, format);
  }
}

function skipRare(cursor: Cursor, step: number, format: UnitFormat): void {
  switch (step) {
    case SKIP.string:
      cursor.skipString();
      break;
    case SKIP.block1:
      cursor.skip(cursor.u8());
      break;
    case SKIP.block2:
      cursor.skip(cursor.u16());
      break;
    case SKIP.block4:
      cursor.skip(cursor.u32());
      break;
    case SKIP.indirect:
      skipValues(cursor, planSkip([indirectForm(cursor)], format), format);
      break;
    default:
      throw new DwarfError('unknown form');
  }
}

function indirectForm(cursor: Cursor): number {
  const form = cursor.uleb();
  // An indirection to itself says nothing; a constant that is nowhere neither.
  if (form === FORM.indirect || form === FORM.implicitConst)
    throw new DwarfError('bad indirect form');
  return form;
}

/** @param implicit the value of DW_FORM_implicit_const, which stands in the abbreviation */
export function readForm(
  cursor: Cursor,
  form: number,
  format: UnitFormat,
  implicit: number | bigint,
): AttributeValue {
  if (form === FORM.indirect) return readForm(cursor, indirectForm(cursor), format, 0);
  return (
    readNumber(cursor, form, format, implicit) ??
    readText(cursor, form, format) ??
    readReference(cursor, form, format) ??
    readIndex(cursor, form) ??
    readBlock(cursor, form)
  );
}

function readNumber(
  cursor: Cursor,
  form: number,
  format: UnitFormat,
  implicit: number | bigint,
): AttributeValue | undefined {
  switch (form) {
    case FORM.addr:
      return { kind: 'address', value: cursor.unsigned(format.addressBytes) };
    case FORM.data1:
      return { kind: 'constant', value: cursor.u8() };
    case FORM.data2:
      return { kind: 'constant', value: cursor.u16() };
    case FORM.data4:
      return { kind: 'constant', value: cursor.u32() };
    case FORM.data8:
      return { kind: 'constant', value: cursor.exactU64() };
    case FORM.sdata:
      return { kind: 'constant', value: exact(cursor, 'signed') };
    case FORM.udata:
      return { kind: 'constant', value: exact(cursor, 'unsigned') };
    case FORM.implicitConst:
      return { kind: 'constant', value: implicit };
    case FORM.flag:
      return { kind: 'flag', value: cursor.u8() !== 0 };
    case FORM.flagPresent:
      return PRESENT;
    case FORM.secOffset:
      return { kind: 'offset', value: cursor.offset(format.offsetBytes) };
    default:
      return undefined;
  }
}

/** A LEB128, as a bigint where a number would be rounded. */
export function exact(cursor: Cursor, sign: 'signed' | 'unsigned'): number | bigint {
  const from = cursor.position;
  const value = sign === 'signed' ? cursor.sleb() : cursor.uleb();
  if (Number.isSafeInteger(value)) return value;
  cursor.position = from;
  return sign === 'signed' ? cursor.bigSleb() : cursor.bigUleb();
}

function readText(cursor: Cursor, form: number, format: UnitFormat): AttributeValue | undefined {
  switch (form) {
    case FORM.string:
      return { kind: 'text', value: cursor.string() };
    case FORM.strp:
      return { kind: 'text-at', where: 'str', offset: cursor.offset(format.offsetBytes) };
    case FORM.lineStrp:
      return { kind: 'text-at', where: 'line-str', offset: cursor.offset(format.offsetBytes) };
    case FORM.strpSup:
    case FORM.gnuStrpAlt:
      return { kind: 'text-at', where: 'alternate', offset: cursor.offset(format.offsetBytes) };
    case FORM.strx:
    case FORM.gnuStrIndex:
      return { kind: 'text-index', index: cursor.uleb() };
    case FORM.strx1:
    case FORM.strx2:
    case FORM.strx3:
    case FORM.strx4:
      return { kind: 'text-index', index: cursor.unsigned(form - FORM.strx1 + 1) };
    default:
      return undefined;
  }
}

function readReference(
  cursor: Cursor,
  form: number,
  format: UnitFormat,
): AttributeValue | undefined {
  switch (form) {
    case FORM.ref1:
    case FORM.ref2:
    case FORM.ref4:
    case FORM.ref8:
      return { kind: 'reference', where: 'unit', offset: cursor.unsigned(SIZES[form] ?? 0) };
    case FORM.refUdata:
      return { kind: 'reference', where: 'unit', offset: cursor.uleb() };
    case FORM.refAddr:
      return { kind: 'reference', where: 'file', offset: cursor.unsigned(sizeOf(form, format)) };
    case FORM.refSup4:
      return { kind: 'reference', where: 'alternate', offset: cursor.u32() };
    case FORM.refSup8:
      return { kind: 'reference', where: 'alternate', offset: cursor.u64() };
    case FORM.gnuRefAlt:
      return { kind: 'reference', where: 'alternate', offset: cursor.offset(format.offsetBytes) };
    case FORM.refSig8:
      return { kind: 'signature', value: cursor.bigU64() };
    default:
      return undefined;
  }
}

function readIndex(cursor: Cursor, form: number): AttributeValue | undefined {
  switch (form) {
    case FORM.addrx:
    case FORM.gnuAddrIndex:
      return { kind: 'address-index', index: cursor.uleb() };
    case FORM.addrx1:
    case FORM.addrx2:
    case FORM.addrx3:
    case FORM.addrx4:
      return { kind: 'address-index', index: cursor.unsigned(form - FORM.addrx1 + 1) };
    case FORM.loclistx:
    case FORM.rnglistx:
      return { kind: 'list-index', index: cursor.uleb() };
    default:
      return undefined;
  }
}

function readBlock(cursor: Cursor, form: number): AttributeValue {
  switch (form) {
    case FORM.block:
    case FORM.exprloc:
      return { kind: 'block', bytes: cursor.slice(cursor.uleb()) };
    case FORM.block1:
      return { kind: 'block', bytes: cursor.slice(cursor.u8()) };
    case FORM.block2:
      return { kind: 'block', bytes: cursor.slice(cursor.u16()) };
    case FORM.block4:
      return { kind: 'block', bytes: cursor.slice(cursor.u32()) };
    case FORM.data16:
      return { kind: 'block', bytes: cursor.slice(16) };
    default:
      throw new DwarfError(`unknown form 0x${form.toString(16)}`);
  }
}
