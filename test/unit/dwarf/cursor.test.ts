import fc from 'fast-check';
import { Cursor } from '../../../src/dwarf/cursor.js';
import { DwarfError } from '../../../src/dwarf/sections.js';
import { ByteWriter } from '../../support/byte-writer.js';

describe('Cursor', () => {
  it('reads LEB128 of any size that a number holds', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeInteger(), (unsigned, signed) => {
        const cursor = new Cursor(new ByteWriter().uleb(unsigned).sleb(signed).toBytes());
        expect([cursor.uleb(), cursor.sleb(), cursor.atEnd]).toEqual([unsigned, signed, true]);
      }),
    );
  });

  it('reads LEB128 that is padded', () => {
    const padded = Uint8Array.from([...Array<number>(9).fill(0xff), 0x7f]);
    expect(new Cursor(padded).sleb()).toBe(-1);
    expect(new Cursor(Uint8Array.from([0x83, ...Array<number>(9).fill(0x80), 0])).uleb()).toBe(3);
  });

  it('throws a DwarfError at the end', () => {
    for (const read of ['u8', 'u16', 'u32', 'u64', 'uleb', 'sleb', 'string'] as const) {
      expect(() => new Cursor(new Uint8Array())[read]()).toThrow(DwarfError);
    }
    expect(() => new Cursor(Uint8Array.from([0x80, 0x80])).uleb()).toThrow(DwarfError);
    expect(() => new Cursor(new ByteWriter().u32(5).u8(0).toBytes()).initialLength()).toThrow(
      DwarfError,
    );
  });

  it('knows 64-bit DWARF by its length', () => {
    const bytes = new ByteWriter().u32(-1).u64(2).u16(7).toBytes();
    expect(new Cursor(bytes).initialLength()).toEqual({ end: 14, offsetBytes: 8 });
    expect(() => new Cursor(new ByteWriter().u32(-16).u32(0).toBytes()).initialLength()).toThrow(
      DwarfError,
    );
  });
});
