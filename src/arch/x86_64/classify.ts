/** The classes of the x86-64 psABI, section 3.2.3: which kind of register each eightbyte of a value takes. */
import { assertNever } from '../../base/assert-never.js';
import type { CType, StructType } from '../../ctype/ctype.js';
import type { Layout } from '../../ctype/layout.js';

export type EightbyteClass = 'none' | 'integer' | 'sse' | 'x87';

/** 'memory', or one class for each eightbyte. `long double` is 'x87' in both of its eightbytes. */
export type Classification = 'memory' | readonly EightbyteClass[];

const EIGHTBYTE = 8;

export function classify(type: CType, layout: Layout): Classification {
  const size = layout.sizeOf(type);
  if (size === 0) return [];
  // Without vector types nothing larger than two eightbytes goes in registers.
  if (size > 2 * EIGHTBYTE) return 'memory';
  const classes: EightbyteClass[] = size > EIGHTBYTE ? ['none', 'none'] : ['none'];
  if (!addClasses(type, 0, { classes, layout })) return 'memory';
  // Step 5: X87UP that is not preceded by X87 (a union with an integer).
  return classes[1] === 'x87' && classes[0] !== 'x87' ? 'memory' : classes;
}

interface Classifying {
  readonly classes: EightbyteClass[];
  readonly layout: Layout;
}

/** Merges the classes of `type` at `offset`; false when a field that is not aligned sends all to memory. */
function addClasses(type: CType, offset: number, into: Classifying): boolean {
  switch (type.kind) {
    case 'void':
    case 'function':
      return true;
    case 'struct':
    case 'union':
      return addFields(type, offset, into);
    case 'array':
      return addElements(type.element, offset, type.length === 'dynamic' ? 0 : type.length, into);
    case 'integer':
    case 'pointer':
      return addScalar(type, offset, 'integer', into);
    case 'float':
      return addScalar(type, offset, type.bytes === 10 ? 'x87' : 'sse', into);
    default:
      return assertNever(type);
  }
}

function addFields(type: StructType, offset: number, into: Classifying): boolean {
  const { offsets } = into.layout.structLayout(type);
  return type.fields.every((field, index) =>
    addClasses(field.type, offset + (offsets[index] ?? 0), into),
  );
}

function addElements(element: CType, offset: number, count: number, into: Classifying): boolean {
  const size = into.layout.sizeOf(element);
  // An element without size cannot change a class, however many there are.
  for (let index = 0; size > 0 && index < count; index++) {
    if (!addClasses(element, offset + index * size, into)) return false;
  }
  return true;
}

function addScalar(type: CType, offset: number, found: EightbyteClass, into: Classifying): boolean {
  if (offset % into.layout.alignOf(type) !== 0) return false;
  const last = offset + into.layout.sizeOf(type) - 1;
  for (let index = Math.floor(offset / EIGHTBYTE); index <= Math.floor(last / EIGHTBYTE); index++) {
    const present = into.classes[index];
    // A recorded size smaller than its members: hostile debug information.
    if (present === undefined) return false;
    const merged = mergeClasses(present, found);
    if (merged === 'memory') return false;
    into.classes[index] = merged;
  }
  return true;
}

/** psABI 3.2.3, "Classification", step 4. */
function mergeClasses(one: EightbyteClass, other: EightbyteClass): EightbyteClass | 'memory' {
  if (one === other || other === 'none') return one;
  if (one === 'none') return other;
  if (one === 'integer' || other === 'integer') return 'integer';
  return 'memory';
}
