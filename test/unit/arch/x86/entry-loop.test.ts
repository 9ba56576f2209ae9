import { loopsTo } from '../../../../src/arch/x86/entry-loop.js';

const loops = (
  hex: string,
  extent: 'whole' | 'unknown' = 'whole',
  bits: 32 | 64 = 64,
  head = 0,
): boolean => loopsTo(Buffer.from(hex.replaceAll(' ', ''), 'hex'), head, extent, bits);

describe('a function loops over its first instruction', () => {
  it.each([
    ['by a short conditional jump', '48 ff cf  75 fb  c3'],
    ['by a long conditional jump', '48 ff cf  0f 85 f7 ff ff ff  c3'],
    ['by a jump', '48 85 ff  74 05  48 8b 3f  eb f6  c3'],
    ['by a long jump', '48 85 ff  74 08  48 8b 3f  e9 f3 ff ff ff  c3'],
    ['by loop', 'aa  e2 fd  c3'],
    ['by jrcxz', 'aa  e3 fd  c3'],
    ['behind a return that something jumps over', '48 85 ff  75 01  c3  48 8b 3f  eb f5'],
  ])('%s', (_, code) => {
    expect(loops(code)).toBe(true);
    expect(loops(code, 'unknown')).toBe(true);
  });

  it('in 32 bits', () => {
    expect(loops('4f  75 fd  c3', 'whole', 32)).toBe(true);
  });

  it('as it is caught, not as it begins', () => {
    expect(loops('90  48 ff cf  75 fb  c3', 'whole', 64, 1)).toBe(true);
    expect(loops('90  48 ff cf  75 fb  c3', 'whole', 64, 4)).toBe(false);
    expect(loops('48 ff cf  75 fb  c3', 'whole', 64, 3)).toBe(false);
  });

  it('behind a return, as far as its size tells', () => {
    expect(loops('90  c3  eb fc')).toBe(true);
    expect(loops('90  c3  eb fc', 'unknown')).toBe(false);
  });
});

describe('a function does not', () => {
  it.each([
    ['when it calls itself', 'e8 fb ff ff ff  c3'],
    ['when it branches elsewhere', '90  48 ff cf  75 fb  c3'],
    ['when another one jumps to it', '90  eb 02  0f 0b  eb f8'],
    ['when one behind an indirect jump does', '90  ff e0  eb fb'],
  ])('%s', (_, code) => {
    expect(loops(code, 'unknown')).toBe(false);
  });

  it('as far as its code can be read', () => {
    expect(loops('')).toBe(false);
    expect(loops('48 ff cf 75')).toBe(false);
    expect(loops('06 06', 'whole')).toBe(false);
  });
});
