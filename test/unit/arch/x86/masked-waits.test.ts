import { maskedWaits32, maskedWaits64 } from '../../../../src/arch/x86/masked-waits.js';

const args = (...words: number[]): bigint[] => words.map(BigInt);

describe('the mask that a thread waits with', () => {
  it('is its own where the call gives none', () => {
    for (const [number, words] of [
      [281, args(3, 16, 1, 100, 0, 8)],
      [271, args(0, 0, 0, 0, 8)],
      [270, args(0, 0, 0, 0, 16, 0)],
      [426, args(3, 0, 1, 1, 0, 8)],
      [232, args(3, 16, 1, 100)],
    ] as const) {
      expect(maskedWaits64.maskOf({ number, args: words })).toEqual({ kind: 'own' });
    }
    expect(maskedWaits32.maskOf({ number: 319, args: args(3, 16, 1, 100, 0, 8) })).toEqual({
      kind: 'own',
    });
  });

  it('stands where the call says', () => {
    const at = (address: number) => ({ kind: 'at', address: BigInt(address) });
    expect(maskedWaits64.maskOf({ number: 281, args: args(3, 16, 1, 100, 64, 8) })).toEqual(at(64));
    expect(maskedWaits64.maskOf({ number: 130, args: args(64, 8) })).toEqual(at(64));
    expect(maskedWaits32.maskOf({ number: 414, args: args(0, 0, 0, 64, 8) })).toEqual(at(64));
    expect(maskedWaits64.maskOf({ number: 128, args: args(64, 0, 0, 8) })).toEqual({
      kind: 'awaited',
      address: 64n,
    });
  });

  it('stands behind a pointer for pselect6, with words of the convention', () => {
    const behind = (pointerBytes: number) => ({ kind: 'behind', address: 64n, pointerBytes });
    const words = args(0, 0, 0, 0, 0, 64);
    expect(maskedWaits64.maskOf({ number: 270, args: words })).toEqual(behind(8));
    expect(maskedWaits32.maskOf({ number: 413, args: words })).toEqual(behind(4));
  });

  it('is found in what io_uring_enter is told, or is not known', () => {
    const enter = (flags: number) => ({ number: 426, args: args(3, 0, 1, flags, 64, 24) });
    expect(maskedWaits32.maskOf(enter(1))).toEqual({ kind: 'at', address: 64n });
    expect(maskedWaits32.maskOf(enter(1 | 8))).toEqual({
      kind: 'behind',
      address: 64n,
      pointerBytes: 8,
    });
    expect(maskedWaits64.maskOf(enter(1 | 8 | 64))).toEqual({ kind: 'unknown' });
    expect(maskedWaits32.maskOf({ number: 72, args: args(0, 0, 0) })).toEqual({ kind: 'unknown' });
  });
});
