/** Arrays: behind a pointer, or inside a struct. */
import { assertNever } from '../base/assert-never.js';
import type { Expression, LensedArray } from '../prototype/prototype.js';
import type { Value } from '../trace/value.js';
import { ctypeOf } from './ctype-of.js';
import { compileExpression } from './expression.js';
import type { Evaluator, Lens, LensContext } from './lens.js';
import { LARGEST_BLOCK } from './lens.js';
import { inPlace, throughPointer } from './pointer.js';
import { wideToUtf8 } from './string.js';
import type { LensSurroundings } from './surroundings.js';

/** How many elements there are. */
export type Length =
  | { readonly kind: 'count'; readonly count: Evaluator }
  /** Up to the first element that is all zero, and `limit` at most. */
  | { readonly kind: 'zero'; readonly limit: Evaluator | undefined };

export function compileLength(expression: Expression, around: LensSurroundings): Length {
  if (expression.kind !== 'zero') {
    return { kind: 'count', count: compileExpression(expression, around) };
  }
  const { limit } = expression;
  return { kind: 'zero', limit: limit && compileExpression(limit, around) };
}

/** The most elements that may be there; undefined when that cannot be told, and Infinity for no limit. */
export function mostElements(length: Length, context: LensContext): number | undefined {
  switch (length.kind) {
    case 'count':
      return length.count(context);
    case 'zero':
      return length.limit === undefined ? Infinity : length.limit(context);
    default:
      return assertNever(length);
  }
}

/** `array(T, EXPR)*`, and `array(T, EXPR)` as a parameter. */
export function arrayPointerLens(
  element: Lens,
  elementBytes: number,
  length: Length,
  around: LensSurroundings,
): Lens {
  const { arrayElements } = around.limits;
  return throughPointer(around.layout.wordBytes, (address, context) => {
    const count = mostElements(length, context);
    if (count === undefined) return { kind: 'unknown' };
    // As an error's -1 does: nothing is there.
    if (!(count >= 0)) return { kind: 'pointer', address };
    const most = Math.min(count, arrayElements + 1);
    const shown: Shown = { element, elementBytes, most, untilZero: length.kind === 'zero' };
    const elements = readElements(address, shown, context);
    if (!Array.isArray(elements)) return elements;
    const more = elements.length > arrayElements;
    if (more) elements.length = arrayElements;
    return { kind: 'pointer', address, target: { kind: 'array', elements, more } };
  });
}

interface Shown {
  readonly element: Lens;
  readonly elementBytes: number;
  readonly most: number;
  readonly untilZero: boolean;
}

/** The elements, at most `most`; a single value in their place when none can be read. */
function readElements(address: number, shown: Shown, context: LensContext): Value[] | Value {
  const { elementBytes, most } = shown;
  const elements: Value[] = [];
  if (elementBytes === 0) return elements;
  const perBlock = Math.max(1, Math.floor(LARGEST_BLOCK / elementBytes));
  while (elements.length < most) {
    const wanted = Math.min(perBlock, most - elements.length);
    const before = elements.length;
    const at = address + before * elementBytes;
    const block = context.withBlock(at, wanted * elementBytes, (offset, got) => {
      const whole = Math.min(wanted, Math.floor(got / elementBytes));
      return takeElements({ elements, whole, offset }, shown, context);
    });
    if (block.kind !== 'void') {
      if (elements.length === 0) return block;
      // The array goes on where nothing can be read.
      if (block.kind === 'unreadable') elements.push(block);
      return elements;
    }
    if (elements.length - before < wanted) return elements;
  }
  return elements;
}

interface Taking {
  readonly elements: Value[];
  readonly whole: number;
  readonly offset: number;
}

const DONE: Value = { kind: 'void' };

function takeElements(
  { elements, whole, offset }: Taking,
  shown: Shown,
  context: LensContext,
): Value {
  const view = context.arenaView;
  for (let index = 0; index < whole; index++) {
    const at = offset + index * shown.elementBytes;
    if (shown.untilZero && isZero(view, at, shown.elementBytes)) return DONE;
    if (!context.takeValue()) return DONE;
    elements.push(shown.element(view, at, context));
  }
  return DONE;
}

function isZero(view: DataView, offset: number, bytes: number): boolean {
  for (let at = 0; at < bytes; at++) if (view.getUint8(offset + at) !== 0) return false;
  return true;
}

/** An array inside a struct, whose bytes were read with it. */
export function inlineArrayLens(type: LensedArray, element: Lens, around: LensSurroundings): Lens {
  const bytes = around.layout.sizeOf(ctypeOf(type.element));
  const { arrayElements } = around.limits;
  if (type.length.kind !== 'number') {
    // A flexible array member: its elements lie where the struct ends.
    return inPlace(
      arrayPointerLens(element, bytes, compileLength(type.length, around), around),
      around,
    );
  }
  const declared = Math.max(0, type.length.value);
  return (view, offset, context) => {
    const given = Math.floor((context.givenEnd - offset) / bytes);
    const count = bytes === 0 ? declared : Math.max(0, Math.min(declared, given));
    const elements: Value[] = [];
    for (let index = 0; index < Math.min(count, arrayElements); index++) {
      const at = offset + index * bytes;
      if (at + bytes > context.blockEnd || !context.takeValue()) break;
      elements.push(element(view, at, context));
    }
    return { kind: 'array', elements, more: count > elements.length };
  };
}

/** `string(array(char, 16))` in a struct: as C reads it, up to the first NUL. */
export function inlineStringLens(type: LensedArray, around: LensSurroundings): Lens {
  const unit = around.layout.sizeOf(ctypeOf(type.element)) as 1 | 2 | 4 | 8;
  const count = type.length.kind === 'number' ? Math.max(0, type.length.value) : 0;
  const { stringBytes } = around.limits;
  return (view, offset, context) => {
    const room = Math.floor((Math.min(view.byteLength, context.blockEnd) - offset) / unit);
    const most = Math.min(count, Math.max(0, room));
    let length = 0;
    while (length < most && !isZero(view, offset + length * unit, unit)) length++;
    const shown = Math.min(length, stringBytes);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, shown * unit);
    return {
      kind: 'string',
      bytes: unit === 1 ? bytes.slice() : wideToUtf8(bytes, shown, unit),
      encoding: unit === 1 ? 'bytes' : 'wide',
      truncated: shown < length,
    };
  };
}
