import fc from 'fast-check';
import { evaluate } from '../../../src/dwarf/expression.js';
import { DwarfError } from '../../../src/dwarf/sections.js';

const context = {
  wordBytes: 8 as const,
  register: (number: number) => BigInt(number) * 100n,
  load: (address: number, bytes: number) => BigInt(address + bytes),
};
const run = (...code: number[]) => evaluate(Uint8Array.from(code), [], context);

describe('evaluate', () => {
  it('computes with 64 bits', () => {
    expect(run(0x31, 0x1f)).toBe(2n ** 64n - 1n); // lit1 neg
    expect(run(0x31, 0x1f, 0x32, 0x1b)).toBe(0n); // -1 / 2
    expect(run(0x31, 0x1f, 0x31, 0x26)).toBe(2n ** 64n - 1n); // -1 >> 1, arithmetic
    expect(run(0x31, 0x1f, 0x31, 0x25)).toBe(2n ** 63n - 1n); // -1 >> 1, logical
    expect(run(0x31, 0x1f, 0x30, 0x2d)).toBe(1n); // -1 < 0
  });

  it('reads registers and memory', () => {
    expect(run(0x77, 8)).toBe(708n); // breg7 8
    expect(run(0x77, 0x78)).toBe(692n); // breg7 -8
    expect(run(0x32, 0x06)).toBe(10n); // lit2 deref: 2 + 8
    expect(run(0x32, 0x94, 4)).toBe(6n);
  });

  it('arranges the stack', () => {
    expect(run(0x31, 0x32, 0x16, 0x1c)).toBe(1n); // 1 2 swap minus: 2 - 1
    expect(run(0x31, 0x32, 0x33, 0x17, 0x13, 0x1c)).toBe(2n); // 1 2 3 rot drop minus: 3 - 1
    expect(run(0x31, 0x32, 0x14, 0x22, 0x22)).toBe(4n); // 1 2 over plus plus
  });

  it('branches', () => {
    expect(run(0x31, 0x28, 1, 0, 0x35, 0x37)).toBe(7n); // lit1 bra +1 (lit5) lit7
  });

  it('refuses what has no end, no operands or no meaning', () => {
    expect(() => run(0x2f, 0xfd, 0xff)).toThrow(DwarfError); // skip to itself
    expect(() => run(0x22)).toThrow(DwarfError);
    expect(() => run(0x31, 0x30, 0x1b)).toThrow(DwarfError); // 1 / 0
    expect(() => run(0xff)).toThrow(DwarfError);
  });

  it('gives a value or a DwarfError for any code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (code) => {
        try {
          expect(evaluate(code, [5n], context)).toBeGreaterThanOrEqual(0n);
        } catch (error) {
          expect(error).toBeInstanceOf(DwarfError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
