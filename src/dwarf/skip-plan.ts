/** How long attribute values are, and how to skip them without reading (DWARF 5, 7.5.6). */
import { FORM } from './constants.js';
import type { Cursor } from './cursor.js';
import { DwarfError } from './sections.js';
import type { UnitFormat } from './unit-format.js';

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
export function sizeOf(form: number, format: UnitFormat): number {
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

export function indirectForm(cursor: Cursor): number {
  const form = cursor.uleb();
  // An indirection to itself says nothing; a constant that is nowhere neither.
  if (form === FORM.indirect || form === FORM.implicitConst)
    throw new DwarfError('bad indirect form');
  return form;
}
