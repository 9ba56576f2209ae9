/** Pointers as .eh_frame and .eh_frame_hdr encode them (LSB Core 5, 10.5.1 "DWARF Exception Header Encoding"). */
import type { Cursor } from './cursor.js';
import { DwarfError } from './sections.js';

export const DW_EH_PE_omit = 0xff;

/** Where encoded pointers count from. */
export interface PointerBases {
  readonly wordBytes: 4 | 8;
  /** Image address of the first byte of the cursor's bytes. */
  readonly section: number;
  /** Image address of .eh_frame_hdr, which `datarel` pointers count from. */
  readonly data?: number;
}

/** The value in its format, without the base that its encoding adds. */
export function readEncodedValue(cursor: Cursor, encoding: number, wordBytes: 4 | 8): number {
  switch (encoding & 0x0f) {
    case 0x00: // DW_EH_PE_absptr
      return wordBytes === 4 ? cursor.u32() : cursor.u64();
    case 0x01: // DW_EH_PE_uleb128
      return cursor.uleb();
    case 0x02: // DW_EH_PE_udata2
      return cursor.u16();
    case 0x03: // DW_EH_PE_udata4
      return cursor.u32();
    case 0x04: // DW_EH_PE_udata8
      return cursor.u64();
    case 0x09: // DW_EH_PE_sleb128
      return cursor.sleb();
    case 0x0a: // DW_EH_PE_sdata2
      return cursor.i16();
    case 0x0b: // DW_EH_PE_sdata4
      return cursor.i32();
    case 0x0c: // DW_EH_PE_sdata8
      return cursor.i64();
    default:
      throw new DwarfError(`pointer encoding 0x${encoding.toString(16)}`);
  }
}

/** An image address. Throws for encodings that no linker on Linux writes (textrel, funcrel, indirect). */
export function readEncodedPointer(cursor: Cursor, encoding: number, bases: PointerBases): number {
  const place = bases.section + cursor.position;
  const value = readEncodedValue(cursor, encoding, bases.wordBytes);
  return wrap(value + baseOf(encoding, place, bases), bases.wordBytes);
}

function baseOf(encoding: number, place: number, bases: PointerBases): number {
  switch (encoding & 0xf0) {
    case 0x00: // absolute
      return 0;
    case 0x10: // DW_EH_PE_pcrel
      return place;
    case 0x30: // DW_EH_PE_datarel
      if (bases.data !== undefined) return bases.data;
      break;
  }
  throw new DwarfError(`pointer encoding 0x${encoding.toString(16)}`);
}

/** Offsets of 32-bit images wrap around at 4 GiB. */
function wrap(value: number, wordBytes: 4 | 8): number {
  return wordBytes === 4 ? value >>> 0 : value;
}
