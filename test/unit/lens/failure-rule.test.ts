import { isFailure, NEVER_FAILS, type FailureRule } from '../../../src/lens/failure-rule.js';

const rule = (width: 4 | 8, ...ranges: [bigint, bigint][]): FailureRule => ({
  width,
  ranges: ranges.map(([low, span]) => ({ low, span })),
  needsErrno: false,
});

describe('isFailure', () => {
  it('looks at as much of the register as the result has', () => {
    const minusOne = rule(4, [-1n, 0n]);
    expect(isFailure(minusOne, 0x00000000ffffffffn)).toBe(true);
    expect(isFailure(minusOne, 0x12345678ffffffffn)).toBe(true);
    expect(isFailure(rule(8, [-1n, 0n]), 0x00000000ffffffffn)).toBe(false);
    expect(isFailure(rule(8, [-1n, 0n]), 0xffffffffffffffffn)).toBe(true);
  });

  it('takes either of two ranges', () => {
    const pointer = rule(8, [-1n, 0n], [0n, 0n]);
    expect([0n, 1n, 0xffffffffffffffffn].map((word) => isFailure(pointer, word))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('takes ranges from end to end', () => {
    const errnum = rule(4, [1n, 4094n]);
    const results = [0n, 1n, 4095n, 4096n, 0xffffffffn];
    expect(results.map((word) => isFailure(errnum, word))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
    const negated = rule(8, [-4095n, 4094n]);
    const words = [-1n, -4095n, -4096n, 0n, 1n].map((word) => BigInt.asUintN(64, word));
    expect(words.map((word) => isFailure(negated, word))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('is never so for results that do not tell', () => {
    expect(isFailure(NEVER_FAILS, 0xffffffffffffffffn)).toBe(false);
  });
});
