/** Floating values: IEEE single and double, and the 80-bit format of the x87. */
import type { FloatType } from '../ctype/ctype.js';
import type { LensSpec } from '../prototype/prototype.js';
import type { FloatValue } from '../trace/value.js';
import type { Lens } from './lens.js';

/**
 * Intel SDM volume 1, 4.2.2: 64-bit significand with an explicit integer bit, 15-bit exponent with bias 16383.
 * The nearest double; infinite when out of its range.
 */
export function readExtended(view: DataView, offset: number): number {
  const significand = view.getBigUint64(offset, true);
  const top = view.getUint16(offset + 8, true);
  const sign = (top & 0x8000) === 0 ? 1 : -1;
  const exponent = top & 0x7fff;
  if (exponent === 0x7fff) {
    return BigInt.asUintN(63, significand) === 0n ? sign * Infinity : Number.NaN;
  }
  // In two steps: 2^-16445 alone is no double, though the product may be.
  const power = exponent - 16383 - 63;
  const half = Math.trunc(power / 2);
  return sign * Number(significand) * 2 ** half * 2 ** (power - half);
}

export function floatLens(type: FloatType, lens: LensSpec | undefined): Lens {
  const style: FloatValue['style'] = lens?.kind === 'hex' ? 'hex' : 'decimal';
  switch (type.bytes) {
    case 4:
      return (view, offset) => ({
        kind: 'float',
        value: view.getFloat32(offset, true),
        bits: 32,
        style,
      });
    case 8:
      return (view, offset) => ({
        kind: 'float',
        value: view.getFloat64(offset, true),
        bits: 64,
        style,
      });
    case 10:
      return (view, offset) => ({
        kind: 'float',
        value: readExtended(view, offset),
        bits: 80,
        style,
      });
  }
}
