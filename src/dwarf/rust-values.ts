/**
 * How rustc passes values: not as C does. Two scalars travel as two words, larger aggregates by address
 * (rustc_ty_utils::abi; not a stable ABI, so what is known of one version is a guess for the next).
 */
import { pointerTo } from '../prototype/lensed-type.js';
import type { LensedField, LensedStruct, LensedType } from '../prototype/prototype.js';
import { integerOf } from './scalar-types.js';

const WORD_BYTES = 8;

/** undefined for types without size, which are not passed at all. */
export function rustParameter(type: LensedType): LensedType | undefined {
  if (type.kind !== 'struct') return type;
  if (type.bytes === 0) return undefined;
  const passed = inRegisters(type);
  return passed ?? pointerTo(type);
}

export function rustResult(
  type: LensedType,
  producer: string,
): { readonly type: LensedType; readonly inMemory: boolean } {
  if (type.kind !== 'struct') return { type, inMemory: false };
  const passed = inRegisters(type);
  if (passed !== undefined) return { type: passed, inMemory: false };
  // From 1.80 on, results of up to two words come back in registers (pull request 76986).
  const inWords = (type.bytes ?? 0) <= 2 * WORD_BYTES && minorVersion(producer) >= 80;
  return inWords ? { type, inMemory: false } : { type: pointerTo(type), inMemory: true };
}

function minorVersion(producer: string): number {
  return Number(/rustc version 1\.(\d+)/.exec(producer)?.[1] ?? 0);
}

function inRegisters(type: LensedStruct): LensedType | undefined {
  const scalars = scalarsOf(type, 0);
  const [first, second, third] = scalars ?? [];
  if (first !== undefined && second === undefined && first.offset === 0) return first.type;
  if (first !== undefined && second !== undefined && third === undefined) {
    return pairOf(type, first, second);
  }
  return fitsOneWord(type.bytes ?? 0) ? asOneWord(type, scalars) : undefined;
}

/** Each in a register of its own, whatever its size. */
function pairOf(type: LensedStruct, first: Scalar, second: Scalar): LensedType {
  const fields = [
    { ...first, offset: 0 },
    { ...second, offset: WORD_BYTES },
  ];
  return { ...type, fields, bytes: 2 * WORD_BYTES };
}

function fitsOneWord(bytes: number): boolean {
  return bytes > 0 && bytes <= WORD_BYTES && Number.isInteger(Math.log2(bytes));
}

/** Several small members, or something of which only the size is known. */
function asOneWord(type: LensedStruct, scalars: Scalar[] | undefined): LensedType {
  return scalars === undefined ? integerOf(type.bytes ?? 0, 'unsigned') : type;
}

export interface Scalar extends LensedField {
  readonly offset: number;
}

const MOST_SCALARS = 3;

/** The scalars that a struct consists of, up to three; undefined when it has parts that are not known. */
export function scalarsOf(struct: LensedStruct, at: number): Scalar[] | undefined {
  if (struct.fields.length === 0) return (struct.bytes ?? 0) === 0 ? [] : undefined;
  const found: Scalar[] = [];
  for (const field of struct.fields) {
    const offset = at + (field.offset ?? 0);
    if (field.type.kind === 'struct') {
      const inner = scalarsOf(field.type, offset);
      if (inner === undefined) return undefined;
      found.push(...inner);
    } else if (field.type.kind === 'array' || field.type.kind === 'union') {
      return undefined;
    } else {
      found.push({ ...field, offset });
    }
    if (found.length >= MOST_SCALARS) break;
  }
  return found.sort((a, b) => a.offset - b.offset);
}
