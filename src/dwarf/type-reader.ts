/** Types of debug information as lensed types, bounded in depth and size (DWARF 5, chapter 5). */
import {
  addressType,
  arrayOf,
  charType,
  codeType,
  integerType,
  pointerTo,
  stringType,
  voidType,
  wideCharType,
  withLens,
} from '../prototype/lensed-type.js';
import type { LensedField, LensedType } from '../prototype/prototype.js';
import { AT, TAG } from './constants.js';
import type { Entry } from './entry.js';
import { childrenOf } from './entry.js';
import { languageOf } from './language.js';
import { DwarfError, ifLegible } from './sections.js';
import { baseType, enumerationType, opaque } from './scalar-types.js';
import { fieldsOf } from './struct-fields.js';
import { textClass } from './text-classes.js';
import { variantFields } from './variant-part.js';

/** Where a type stands: it decides what may be followed. */
export interface TypeUse {
  /** Pointers that were followed to get here. */
  readonly pointers: number;
  /** Structs and arrays around it. */
  readonly nesting: number;
}

/** As it stands in a parameter list. */
export const IN_PARAMETER: TypeUse = { pointers: 0, nesting: 0 };

/** Pointees of pointees are shown as addresses. */
const DEEPEST_POINTERS = 2;
const DEEPEST_NESTING = 6;
/** Fields and elements of one prototype. */
const MOST_PARTS = 2048;
/** Typedefs and qualifiers in a row. */
const LONGEST_CHAIN = 32;

/** A type without the names and qualifiers around it. */
export interface BareType {
  /** undefined for void. */
  readonly entry: Entry | undefined;
  readonly isConst: boolean;
  /** Names of the typedefs that were passed, outermost first. */
  readonly names: readonly string[];
}

/** @throws DwarfError when the entries cannot be read */
export function bareType(type: Entry | undefined): BareType {
  const names: string[] = [];
  let isConst = false;
  let entry = type;
  for (let step = 0; entry !== undefined && QUALIFIERS.has(entry.tag); step++) {
    if (step === LONGEST_CHAIN) throw new DwarfError('too many names of one type');
    if (entry.tag === TAG.constType || entry.tag === TAG.immutableType) isConst = true;
    const name = entry.tag === TAG.typedef ? entry.text(AT.name) : undefined;
    if (name !== undefined) names.push(name);
    entry = entry.reference(AT.type);
  }
  return { entry, isConst, names };
}

const QUALIFIERS: ReadonlySet<number> = new Set([
  TAG.typedef,
  TAG.constType,
  TAG.volatileType,
  TAG.restrictType,
  TAG.atomicType,
  TAG.sharedType,
  TAG.immutableType,
]);

const POINTERS: ReadonlySet<number> = new Set([
  TAG.pointerType,
  TAG.referenceType,
  TAG.rvalueReferenceType,
]);

/** Reads the types of one prototype. */
export class TypeReader {
  private parts = 0;

  /** What cannot be read is an address where it is a pointer, and opaque else. */
  typeOf(type: Entry | undefined, use: TypeUse): LensedType {
    return ifLegible(() => this.read(bareType(type), use)) ?? opaque(undefined, 8);
  }

  private read(bare: BareType, use: TypeUse): LensedType {
    const { entry, names } = bare;
    if (entry === undefined) return voidType;
    if (POINTERS.has(entry.tag)) return this.pointer(pointeeOf(entry), use);
    switch (entry.tag) {
      case TAG.baseType:
        return named(baseType(entry), names);
      case TAG.enumerationType:
        return enumerationType(entry, bareType(entry.reference(AT.type)).entry);
      case TAG.structureType:
      case TAG.classType:
      case TAG.interfaceType:
      case TAG.unionType:
        return this.struct(entry, use);
      case TAG.arrayType:
        return this.array(entry, use);
      case TAG.subroutineType:
        return { kind: 'function' };
      case TAG.pointerToMember:
        return memberPointer(bareType(entry.reference(AT.type)).entry);
      case TAG.unspecifiedType: // std::nullptr_t
        return addressType;
      default:
        return opaque(entry.text(AT.name), entry.number(AT.byteSize) ?? 8);
    }
  }

  /** Only what the callee promises not to change is read: the rest may be meant for output. */
  private pointer(target: BareType, use: TypeUse): LensedType {
    const { entry } = target;
    if (entry === undefined) return addressType;
    if (entry.tag === TAG.subroutineType) return codeType;
    const text = entry.tag === TAG.baseType ? named(baseType(entry), target.names) : undefined;
    if (text === charType || text === wideCharType) return stringType(text);
    if (!target.isConst || !isWorthReading(entry, text) || use.pointers >= DEEPEST_POINTERS) {
      return addressType;
    }
    return pointerTo(this.read(target, { ...use, pointers: use.pointers + 1 }));
  }

  private struct(declared: Entry, use: TypeUse): LensedType {
    const entry = definitionOf(declared);
    const name = entry.text(AT.name);
    const bytes = entry.number(AT.byteSize) ?? 0;
    const text = textClass(name, entry.unit.header.addressBytes, languageOf(entry));
    if (text !== undefined) return text;
    const fields: LensedField[] = [];
    if (use.nesting < DEEPEST_NESTING) {
      const inside = { ...use, nesting: use.nesting + 1 };
      const typeOf = (type: Entry | undefined): LensedType =>
        this.parts++ < MOST_PARTS ? this.typeOf(type, inside) : opaque(undefined, 0);
      fields.push(...fieldsOf(entry, typeOf));
      if (fields.length === 0) fields.push(...variantFields(entry, typeOf));
    }
    const kind = entry.tag === TAG.unionType ? 'union' : 'struct';
    return { kind, ...(name === undefined ? {} : { name }), fields, bytes };
  }

  private array(entry: Entry, use: TypeUse): LensedType {
    if (use.nesting >= DEEPEST_NESTING) return opaque(undefined, entry.number(AT.byteSize) ?? 0);
    const element = this.typeOf(entry.reference(AT.type), { ...use, nesting: use.nesting + 1 });
    const dimensions = childrenOf(entry, (tag) => tag === TAG.subrangeType).map(lengthOf);
    let type = element;
    for (const length of dimensions.reverse().slice(0, DEEPEST_NESTING))
      type = arrayOf(type, length);
    const isText = dimensions.length === 1 && (element === charType || element === wideCharType);
    return isText ? withLens({ kind: 'string' }, type) : type;
  }
}

/** An offset; for methods an address or vtable offset, and an adjustment of `this` (Itanium C++ ABI, 2.3). */
function memberPointer(target: Entry | undefined): LensedType {
  const word = integerType('long', 'signed');
  if (target?.tag !== TAG.subroutineType) return word;
  return { kind: 'struct', fields: [{ type: codeType }, { type: word }] };
}

/** What a pointer or reference leads to. */
export function pointeeOf(pointer: Entry): BareType {
  const target = bareType(pointer.reference(AT.type));
  // Rust's shared references: always valid, and not written through.
  const isShared = /^&(?!mut )/.test(pointer.text(AT.name) ?? '');
  return isShared ? { ...target, isConst: true } : target;
}

/** 0 for a flexible array member. */
function lengthOf(subrange: Entry): number {
  const count = subrange.number(AT.count);
  if (count !== undefined) return count;
  const last = subrange.number(AT.upperBound);
  return last === undefined || last >= 0xffffffff ? 0 : last + 1;
}

/** Types that an enclosing name gives a meaning. */
function named(type: LensedType, names: readonly string[]): LensedType {
  if (names.includes('wchar_t')) return wideCharType;
  if (names.includes('mode_t')) return withLens({ kind: 'octal' }, type);
  return type;
}

/** Bytes, and types of which nothing is known, say more as an address. */
function isWorthReading(entry: Entry, scalar: LensedType | undefined): boolean {
  if (scalar !== undefined) return entry.number(AT.byteSize) !== 1;
  if (entry.tag === TAG.unspecifiedType) return false;
  if (!isIncomplete(entry)) return true;
  return (
    textClass(entry.text(AT.name), entry.unit.header.addressBytes, languageOf(entry)) !== undefined
  );
}

/** Declared here, and defined where this file does not say. */
export function isIncomplete(struct: Entry): boolean {
  return definitionOf(struct).flag(AT.declaration);
}

/** What stands in a type unit is declared in the others with its signature. */
export function definitionOf(entry: Entry): Entry {
  return entry.reference(AT.signature) ?? entry;
}
