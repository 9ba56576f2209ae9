/** C types as data, independent of any CPU or prototype language. Graphs may have cycles through pointers. */

export type CType =
  | VoidType
  | IntegerType
  | FloatType
  | { readonly kind: 'pointer'; readonly target: CType }
  | ArrayType
  | StructType
  | { readonly kind: 'function' };

export interface VoidType {
  readonly kind: 'void';
}

/** Sizes that differ between data models stay symbolic until layout.ts knows the word size. */
export interface IntegerType {
  readonly kind: 'integer';
  readonly size: 'char' | 'short' | 'int' | 'long' | 'int64' | 'int128';
  readonly signed: boolean;
  /** True for `char` and wide characters: shown as characters unless a lens says otherwise. */
  readonly character: boolean;
}

export interface FloatType {
  readonly kind: 'float';
  /** 10 is the x87 `long double`, which occupies 12 bytes on i386 and 16 on x86-64. */
  readonly bytes: 4 | 8 | 10;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly element: CType;
  /** A constant, or unknown until the call is seen (an expression in the prototype). */
  readonly length: number | 'dynamic';
}

export interface StructType {
  readonly kind: 'struct' | 'union';
  readonly name?: string;
  readonly fields: readonly StructField[];
  /** Size as a compiler recorded it, where natural alignment does not tell (packed, C++ bases). */
  readonly bytes?: number;
}

export interface StructField {
  readonly name?: string;
  readonly type: CType;
  /** Byte offset as a compiler recorded it; absent: natural alignment. */
  readonly offset?: number;
  readonly bitField?: BitField;
}

/** Bits of the integer that starts at the field's offset, counted from its lowest bit. */
export interface BitField {
  readonly firstBit: number;
  readonly bits: number;
}
