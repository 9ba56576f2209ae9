/** C types as data, independent of any CPU or prototype language. */

export type CType =
  | { readonly kind: 'void' }
  | IntegerType
  | { readonly kind: 'float'; readonly bytes: 4 | 8 | 10 }
  | { readonly kind: 'pointer'; readonly target: CType }
  | ArrayType
  | StructType
  | { readonly kind: 'function' };

/** Sizes that differ between data models stay symbolic until layout.ts knows the word size. */
export interface IntegerType {
  readonly kind: 'integer';
  readonly size: 'char' | 'short' | 'int' | 'long' | 'int64' | 'int128';
  readonly signed: boolean;
  /** True for `char` and wide characters: shown as characters unless a lens says otherwise. */
  readonly character: boolean;
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
}

export interface StructField {
  readonly name?: string;
  readonly type: CType;
}
