/** Attribute values: reads each DW_FORM (DWARF 5, 7.5.5 and 7.5.6). */
import { FORM } from './constants.js';
import type { Cursor } from './cursor.js';
import { DwarfError } from './sections.js';
import { indirectForm, sizeOf } from './skip-plan.js';
import type { UnitFormat } from './unit-format.js';

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
      return { kind: 'reference', where: 'unit', offset: cursor.unsigned(sizeOf(form, format)) };
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
