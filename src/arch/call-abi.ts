/** Where a calling convention puts arguments and results: pure functions from types to places. */
import type { CType } from '../ctype/ctype.js';
import type { Layout } from '../ctype/layout.js';

/**
 * A run of bytes of a value. `offset` counts from the start of the register block, of the FXSAVE area, or
 * from the stack pointer at entry (which points to the return address).
 */
export interface Piece {
  readonly source: 'register' | 'float-register' | 'stack';
  readonly offset: number;
  readonly bytes: number;
  /** Where the run goes in the value. */
  readonly at: number;
}

export type ResultLocation =
  | { readonly kind: 'none' }
  /** There is one, in a place that is not known. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] }
  /** st(0) of the x87 stack, at this offset of the FXSAVE area, 10 bytes whatever the C type is. */
  | { readonly kind: 'x87'; readonly offset: number }
  /** In memory at the address that this word of the register block holds. */
  | { readonly kind: 'memory'; readonly register: number };

/** Assigns places to arguments from left to right. */
export interface ArgumentAllocator {
  /** Pieces of the next argument; none for empty types. */
  next(type: CType): readonly Piece[];
  /** A second allocator that goes on from here: for the arguments of one format string. */
  fork(): ArgumentAllocator;
}

/** How Go passes values: in registers, or, before Go 1.17, on the stack only. */
export type GoConvention = 'go' | 'go-stack';

export interface CallAbi {
  readonly layout: Layout;
  /** C passes the address of an array's first element. */
  readonly arrays: 'as-pointers' | 'by-value';
  /** Offset of the word with an integer result in the register block. */
  readonly resultRegister: number;
  /** The result type matters: a struct in memory takes the place of the first argument. */
  argumentsOf(result: CType): ArgumentAllocator;
  /** @param after stands behind the last argument: some conventions put results there */
  resultOf(type: CType, after: ArgumentAllocator): ResultLocation;
}
