/**
 * What an argument or result was when it was captured: plain data, complete in itself.
 * The lens decides what was read and how it reads; a sink decides how it is written.
 */
import type { Address } from '../base/address.js';

export type Value =
  | IntegerValue
  | FloatValue
  | CharacterValue
  | StringValue
  | BufferValue
  | PointerValue
  | { readonly kind: 'enumerator'; readonly name: string; readonly value: number | bigint }
  | FlagsValue
  | BitVectorValue
  | ArrayValue
  | StructValue
  | DescriptorValue
  | ChangedValue
  /** Memory that could not be read. */
  | { readonly kind: 'unreadable'; readonly address: Address; readonly errno: number }
  /** A pointer to something that is being expanded already; 0 is the innermost: `recurse`, 1 `recurse^`. */
  | { readonly kind: 'recursion'; readonly levels: number }
  /** Something below the nesting limit, or arguments that nothing describes: `...`. */
  | { readonly kind: 'elided' }
  /** An expression of the prototype that has no value here, `?` in ltrace. */
  | { readonly kind: 'unknown' }
  /** A secret that was not asked for: a key, a password, payload. */
  | { readonly kind: 'redacted'; readonly what: string }
  /** Printed nowhere, not even a comma; still recorded. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'void' };

export interface CharacterValue {
  readonly kind: 'character';
  /** A byte from 0 to 255, or a code point when `wide`; -1 is EOF. */
  readonly code: number;
  readonly wide?: true;
}

export interface IntegerValue {
  readonly kind: 'integer';
  /** Exact: a bigint outside ±2^53. 'hex' and 'octal' show its two's complement of `bits` bits. */
  readonly value: number | bigint;
  readonly bits: 8 | 16 | 32 | 64 | 128;
  readonly signed: boolean;
  /** 'guess': decimal when small, else hexadecimal, for words of unknown type. */
  readonly style: 'decimal' | 'hex' | 'octal' | 'boolean' | 'guess';
}

export interface FloatValue {
  readonly kind: 'float';
  readonly value: number;
  readonly bits: 32 | 64 | 80;
  readonly style: 'decimal' | 'hex';
}

export interface StringValue {
  readonly kind: 'string';
  /** Narrow text as read, or wide text (`encoding: 'wide'`) already as UTF-8. */
  readonly bytes: Uint8Array;
  readonly encoding: 'bytes' | 'wide';
  /** More followed in the tracee. */
  readonly truncated: boolean;
  readonly address?: Address;
}

/** Bytes whose count is known: payload, digests, keys. */
export interface BufferValue {
  readonly kind: 'buffer';
  /** The first bytes, `-s` of them at most. */
  readonly bytes: Uint8Array;
  /** How many there are in the tracee. */
  readonly length: number;
  /** Whether `bytes` are mostly printable. */
  readonly style: 'text' | 'hex';
  readonly address?: Address;
}

/** An argument that the callee reads and writes (`inout`). */
export interface ChangedValue {
  readonly kind: 'changed';
  readonly before: Value;
  readonly after: Value;
}

export interface PointerValue {
  readonly kind: 'pointer';
  /** 0 is the null pointer. A bigint when it cannot be a user address. */
  readonly address: number | bigint;
  /** What it points to: shown in its place. */
  readonly target?: Value;
  /** For code and data pointers that lie in a known module. */
  readonly symbol?: SymbolReference;
  /** What the pointer refers to, by our own reading: the path of a FILE, say. */
  readonly note?: string;
}

export interface SymbolReference {
  /** SONAME or base name. */
  readonly module: string;
  readonly name: string;
  /** The readable form of a C++ or Rust name. */
  readonly demangled?: string;
  readonly offset: number;
}

export interface FlagsValue {
  readonly kind: 'flags';
  readonly names: readonly string[];
  /** Bits that no name covers. */
  readonly rest: number | bigint;
}

export interface BitVectorValue {
  readonly kind: 'bits';
  /** Ascending bit numbers that are set. */
  readonly set: readonly number[];
  readonly width: number;
}

export interface ArrayValue {
  readonly kind: 'array';
  readonly elements: readonly Value[];
  /** There were more than the limit. */
  readonly more: boolean;
}

export interface StructValue {
  readonly kind: 'struct';
  readonly fields: readonly { readonly name?: string; readonly value: Value }[];
}

/** A file descriptor with the path behind it (`-y`). */
export interface DescriptorValue {
  readonly kind: 'descriptor';
  readonly value: number;
  readonly path: string;
}

export interface Argument {
  /** Parameter name, where the prototype gives one. */
  readonly name?: string;
  readonly value: Value;
  /** The machine word that carried it, where one word did. */
  readonly raw?: number | bigint;
}
