/**
 * How Go passes values: the register-based convention of its compiler since 1.17, and the one before, which uses the
 * stack only (src/cmd/compile/abi-internal.md). Each scalar of a value takes a register of its own.
 */
import type { CType, StructType } from '../../ctype/ctype.js';
import { roundUp, type Layout } from '../../ctype/layout.js';
import type { ArgumentAllocator, CallAbi, Piece, ResultLocation } from '../call-abi.js';

export interface GoRegisters {
  /** Offsets in the register block. */
  readonly integers: readonly number[];
  /** Offsets in the FXSAVE area. */
  readonly vectors: readonly number[];
  /** Where a single integer result is. */
  readonly result: number;
}

class GoAllocator implements ArgumentAllocator {
  private integers = 0;
  private vectors = 0;

  constructor(
    private readonly layout: Layout,
    private readonly registers: GoRegisters,
    private stackBytes = 0,
  ) {}

  next(type: CType): readonly Piece[] {
    const size = this.layout.sizeOf(type);
    if (size === 0) return [];
    const { integers, vectors } = this;
    const taken: Piece[] = [];
    if (this.takeRegisters(type, 0, taken)) return taken;
    // All of a value is in registers, or nothing of it.
    this.integers = integers;
    this.vectors = vectors;
    const start = roundUp(this.stackBytes, this.layout.alignOf(type));
    this.stackBytes = start + size;
    // The return address lies below the first.
    return [{ source: 'stack', offset: this.layout.wordBytes + start, bytes: size, at: 0 }];
  }

  fork(): GoAllocator {
    const copy = this.forResults(this.stackBytes);
    copy.integers = this.integers;
    copy.vectors = this.vectors;
    return copy;
  }

  /** Results have the same registers once more; on the stack they come behind the arguments. */
  forResults(after = roundUp(this.stackBytes, this.layout.wordBytes)): GoAllocator {
    return new GoAllocator(this.layout, this.registers, after);
  }

  /** False when there are too few left. */
  private takeRegisters(type: CType, at: number, into: Piece[]): boolean {
    switch (type.kind) {
      case 'void':
      case 'function':
        return true;
      case 'integer':
      case 'pointer':
        return this.takeWords(type, at, into);
      case 'float':
        return this.take(this.registers.vectors[this.vectors++], 'float-register', {
          at,
          bytes: type.bytes,
          into,
        });
      case 'struct':
        return this.takeFields(type, at, into);
      case 'union':
        return false;
      case 'array':
        if (type.length === 0) return true;
        return type.length === 1 && this.takeRegisters(type.element, at, into);
    }
  }

  private takeFields(type: StructType, at: number, into: Piece[]): boolean {
    const { offsets, size } = this.layout.structLayout(type);
    // One of which only the size is known may be anywhere.
    if (type.fields.length === 0) return size === 0;
    return type.fields.every((field, index) =>
      this.takeRegisters(field.type, at + (offsets[index] ?? 0), into),
    );
  }

  /** A 64-bit integer takes two registers where words have 32 bits. */
  private takeWords(type: CType, start: number, into: Piece[]): boolean {
    const { wordBytes } = this.layout;
    const end = start + this.layout.sizeOf(type);
    for (let at = start; at < end; at += wordBytes) {
      const bytes = Math.min(wordBytes, end - at);
      const register = this.registers.integers[this.integers++];
      if (!this.take(register, 'register', { at, bytes, into })) return false;
    }
    return true;
  }

  private take(
    offset: number | undefined,
    source: 'register' | 'float-register',
    { at, bytes, into }: { readonly at: number; readonly bytes: number; readonly into: Piece[] },
  ): boolean {
    if (offset === undefined) return false;
    into.push({ source, offset, bytes, at });
    return true;
  }
}

/** @param registers none for the convention of the stack */
export function goCallAbi(layout: Layout, registers: GoRegisters): CallAbi {
  return {
    layout,
    arrays: 'by-value',
    resultRegister: registers.result,
    argumentsOf: () => new GoAllocator(layout, registers),
    resultOf: (type, after) =>
      after instanceof GoAllocator
        ? resultsOf(type, after.forResults(), layout)
        : { kind: 'unknown' },
  };
}

/** Several results are a struct without a name here, but none to Go: each of them finds its own place. */
function resultsOf(type: CType, allocator: GoAllocator, layout: Layout): ResultLocation {
  if (layout.sizeOf(type) === 0) return { kind: 'none' };
  if (type.kind !== 'struct' || type.name !== undefined) {
    return { kind: 'pieces', pieces: allocator.next(type) };
  }
  const { offsets } = layout.structLayout(type);
  const pieces = type.fields.flatMap((field, index) =>
    allocator.next(field.type).map((piece) => ({ ...piece, at: piece.at + (offsets[index] ?? 0) })),
  );
  const onStack = pieces.filter(({ source }) => source === 'stack').length;
  if (onStack === 0) return { kind: 'pieces', pieces };
  const [first] = pieces;
  // On the stack they lie as in the struct. Some here and some there cannot be read together.
  return onStack === pieces.length && first !== undefined
    ? { kind: 'pieces', pieces: [{ ...first, bytes: layout.sizeOf(type) }] }
    : { kind: 'unknown' };
}
