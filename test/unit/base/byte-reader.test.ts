import { ByteReader, OutOfBounds } from '../../../src/base/byte-reader.js';

describe('ByteReader', () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0xff));

  it('reads words in little-endian order by default', () => {
    expect(reader.u16(0)).toBe(0x0201);
    expect(reader.u32(0)).toBe(0x04030201);
    // Whole up to 2^53, which is more than addresses have.
    expect(reader.u64(0)).toBe(Number(0xff07060504030201n));
    expect(reader.i64(0)).toBe(Number(BigInt.asIntN(64, 0xff07060504030201n)));
  });

  it('reads words whose upper half is zero exactly', () => {
    const words = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
    expect([new ByteReader(words).u64(0), new ByteReader(words).i64(0)]).toEqual([
      0xffffffff, 0xffffffff,
    ]);
    expect(new ByteReader(words.reverse(), false).u64(0)).toBe(0xffffffff);
  });

  it('refuses to read past the end', () => {
    expect(() => reader.u32(5)).toThrow(OutOfBounds);
    expect(() => reader.u8(-1)).toThrow(OutOfBounds);
  });

  it('reads text without a NUL up to the end', () => {
    expect(new ByteReader(Buffer.from('abc')).cString(1)).toBe('bc');
  });
});
