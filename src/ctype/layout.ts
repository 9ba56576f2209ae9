/** Sizes, alignments and field offsets of C types on the two Linux data models. */
import { assertNever } from '../base/assert-never.js';
import type { CType, IntegerType, StructType } from './ctype.js';

/** LP64: x86-64. ILP32: i386, with its 4-byte alignment of 8-byte members. */
export type DataModel = 'LP64' | 'ILP32';

export interface StructLayout {
  readonly size: number;
  readonly align: number;
  /** Byte offset of each field. */
  readonly offsets: readonly number[];
}

export interface Layout {
  readonly wordBytes: 4 | 8;
  /** Bytes, padding included; 0 for void, functions and arrays of unknown length. */
  sizeOf(type: CType): number;
  alignOf(type: CType): number;
  structLayout(type: StructType): StructLayout;
}

/** No type is larger: keeps products of hostile array lengths exact. */
const LARGEST = 2 ** 40;

export function roundUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

export function integerBytes(size: IntegerType['size'], wordBytes: 4 | 8): 1 | 2 | 4 | 8 | 16 {
  switch (size) {
    case 'char':
      return 1;
    case 'short':
      return 2;
    case 'int':
      return 4;
    case 'long':
      return wordBytes;
    case 'int64':
      return 8;
    case 'int128':
      return 16;
    default:
      return assertNever(size);
  }
}

class NaturalLayout implements Layout {
  private readonly structs = new WeakMap<StructType, StructLayout>();
  private readonly inProgress = new Set<StructType>();

  constructor(
    readonly wordBytes: 4 | 8,
    /** What members of 8 bytes and more are aligned to at most: 4 in structs of the i386 psABI. */
    private readonly largestAlign: 4 | 16,
  ) {}

  sizeOf(type: CType): number {
    switch (type.kind) {
      case 'void':
      case 'function':
        return 0;
      case 'integer':
        return integerBytes(type.size, this.wordBytes);
      case 'float':
        return type.bytes === 10 ? (this.wordBytes === 8 ? 16 : 12) : type.bytes;
      case 'pointer':
        return this.wordBytes;
      case 'array':
        if (type.length === 'dynamic') return 0;
        return Math.min(LARGEST, this.sizeOf(type.element) * type.length);
      case 'struct':
      case 'union':
        return this.structLayout(type).size;
      default:
        return assertNever(type);
    }
  }

  alignOf(type: CType): number {
    switch (type.kind) {
      case 'void':
      case 'function':
        return 1;
      case 'array':
        return this.alignOf(type.element);
      case 'struct':
      case 'union':
        return this.structLayout(type).align;
      case 'integer':
      case 'float':
      case 'pointer':
        return Math.min(this.sizeOf(type), this.largestAlign);
      default:
        return assertNever(type);
    }
  }

  structLayout(type: StructType): StructLayout {
    const known = this.structs.get(type);
    if (known !== undefined) return known;
    // A struct that contains itself by value has no size; parsers refuse it, this only keeps us safe.
    if (this.inProgress.has(type)) return { size: 0, align: 1, offsets: type.fields.map(() => 0) };
    this.inProgress.add(type);
    const layout = this.place(type);
    this.inProgress.delete(type);
    this.structs.set(type, layout);
    return layout;
  }

  private place(type: StructType): StructLayout {
    let end = 0;
    let size = 0;
    let align = 1;
    const offsets = type.fields.map((field) => {
      const fieldAlign = this.alignOf(field.type);
      const natural = type.kind === 'union' ? 0 : roundUp(end, fieldAlign);
      const offset = field.offset ?? natural;
      align = Math.max(align, fieldAlign);
      end = Math.min(LARGEST, offset + this.sizeOf(field.type));
      size = Math.max(size, end);
      return offset;
    });
    return { size: type.bytes ?? roundUp(size, align), align, offsets };
  }
}

export function createLayout(model: DataModel): Layout {
  return model === 'LP64' ? new NaturalLayout(8, 16) : new NaturalLayout(4, 4);
}
