import fc from 'fast-check';
import type { FrameEntry } from '../../../src/dwarf/frame-entry.js';
import { FrameTable } from '../../../src/dwarf/frame-table.js';
import { readTryBlocks } from '../../../src/dwarf/try-blocks.js';
import { ByteWriter } from '../../support/byte-writer.js';

const FUNCTION_AT = 0x1000;
const DATA_AT = 0x8000;
const SECTION_AT = 0x4000;

/** .eh_frame of one function with language-specific data, absolute addresses. */
function entryWith(languageData: number): FrameEntry {
  const section = new ByteWriter();
  section.sized((cie) => {
    cie.u32(0).u8(1).text('zLR').uleb(1).sleb(-8).u8(16).uleb(2).u8(0).u8(0).pad(4);
  });
  const at = section.length;
  section.sized((fde) => {
    fde
      .u32(at + 4)
      .u64(FUNCTION_AT)
      .u64(0x100)
      .uleb(8)
      .u64(languageData)
      .pad(4);
  });
  const bytes = section.u32(0).toBytes();
  const table = new FrameTable({ wordBytes: 8, ehFrame: { bytes, address: SECTION_AT } }, 17);
  const entry = table.entryAt(FUNCTION_AT);
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

const located = (bytes: Uint8Array) => ({ bytes, address: DATA_AT });

describe('the call sites of a function', () => {
  it('are found by the frame entry, which may have none', () => {
    expect(entryWith(DATA_AT).languageData).toBe(DATA_AT);
    expect(entryWith(0).languageData).toBeUndefined();
  });

  it('say which calls are tried and where their exceptions go', () => {
    const sites = new ByteWriter().uleb(0x10).uleb(5).uleb(0x80).uleb(1);
    sites.uleb(0x20).uleb(5).uleb(0).uleb(0);
    // No landing pad base, no types, numbers as ULEB128.
    const data = new ByteWriter().u8(0xff).u8(0xff).u8(0x01).uleb(sites.length);
    const bytes = Uint8Array.from([...data.toBytes(), ...sites.toBytes()]);
    expect(readTryBlocks(entryWith(DATA_AT), located(bytes))).toEqual([
      { from: FUNCTION_AT + 0x10, to: FUNCTION_AT + 0x15, pad: FUNCTION_AT + 0x80 },
    ]);
  });

  it('count from a base of their own where there is one', () => {
    const bytes = new ByteWriter()
      .u8(0)
      .u64(0x7000)
      .u8(0xff)
      .u8(0x01)
      .uleb(4)
      .u8(1)
      .u8(1)
      .u8(9)
      .u8(0);
    expect(readTryBlocks(entryWith(DATA_AT), located(bytes.toBytes()))).toMatchObject([
      { pad: 0x7009 },
    ]);
  });

  it('end where the bytes end, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(readTryBlocks(entryWith(DATA_AT), located(bytes)).length).toBeLessThan(60);
      }),
    );
  });
});
