import type { CType, StructType } from '../../../src/ctype/ctype.js';
import { createLayout } from '../../../src/ctype/layout.js';

const integer = (size: 'char' | 'short' | 'int' | 'long' | 'int64' | 'int128'): CType => {
  return { kind: 'integer', size, signed: true, character: false };
};
const double: CType = { kind: 'float', bytes: 8 };
const extended: CType = { kind: 'float', bytes: 10 };

const struct = (...types: CType[]): StructType => ({
  kind: 'struct',
  fields: types.map((type) => ({ type })),
});

describe.each([
  ['LP64' as const, { long: 8, extended: 16, mixed: 24, offsets: [0, 8, 16], doubleAlign: 8 }],
  ['ILP32' as const, { long: 4, extended: 12, mixed: 16, offsets: [0, 4, 12], doubleAlign: 4 }],
])('createLayout of %s', (model, expected) => {
  const layout = createLayout(model);

  it('knows sizes and alignments', () => {
    expect(layout.sizeOf(integer('long'))).toBe(expected.long);
    expect(layout.sizeOf({ kind: 'pointer', target: { kind: 'void' } })).toBe(expected.long);
    expect(layout.sizeOf(extended)).toBe(expected.extended);
    expect(layout.sizeOf(integer('int64'))).toBe(8);
    expect(layout.alignOf(struct(double))).toBe(expected.doubleAlign);
    expect(layout.sizeOf({ kind: 'function' })).toBe(0);
  });

  it('places members', () => {
    const mixed = struct(integer('char'), double, integer('short'));
    expect(layout.structLayout(mixed).offsets).toEqual(expected.offsets);
    expect(layout.sizeOf(mixed)).toBe(expected.mixed);
  });

  it('overlays the members of unions', () => {
    const union: StructType = { ...struct(integer('char'), integer('int')), kind: 'union' };
    expect(layout.structLayout(union)).toEqual({ size: 4, align: 4, offsets: [0, 0] });
  });

  it('bounds hostile sizes and cycles', () => {
    const huge: CType = { kind: 'array', element: integer('int'), length: Number.MAX_SAFE_INTEGER };
    expect(layout.sizeOf(struct(huge, huge))).toBeLessThan(2 ** 42);
    const fields: { type: CType }[] = [];
    const endless: StructType = { kind: 'struct', fields };
    fields.push({ type: endless });
    expect(layout.sizeOf(endless)).toBe(0);
    expect(layout.sizeOf({ kind: 'array', element: integer('int'), length: 'dynamic' })).toBe(0);
  });
});
