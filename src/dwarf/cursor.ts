/** A position in bytes of unknown honesty: reads go forward and never past the end. */
import { DwarfError } from './sections.js';

const TWO_TO_32 = 4294967296;
const LONGEST_STRING = 65536;
/** So many LEB128 bytes are exact in a number: 49 bits. */
const EXACT_LEB_BYTES = 7;
/** Padded numbers are legal; this is far beyond what any producer pads to. */
const LONGEST_LEB_BITS = 7 * 32;

/** Sizes of the fields that depend on 32- or 64-bit DWARF (DWARF 5, 7.4). */
export type OffsetBytes = 4 | 8;

export class Cursor {
  constructor(
    readonly bytes: Uint8Array,
    public position = 0,
    public end = bytes.byteLength,
    private readonly view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  ) {
    if (end > bytes.byteLength || position < 0 || position > end) {
      throw new DwarfError(`offset ${position} outside of ${bytes.byteLength} bytes`);
    }
  }

  get atEnd(): boolean {
    return this.position >= this.end;
  }

  /** The same bytes from another place on. */
  at(position: number, end = this.bytes.byteLength): Cursor {
    return new Cursor(this.bytes, position, end, this.view);
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  i8(): number {
    return this.view.getInt8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  i16(): number {
    return this.view.getInt16(this.take(2), true);
  }

  u24(): number {
    const at = this.take(3);
    return this.view.getUint16(at, true) + this.view.getUint8(at + 2) * 65536;
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  /** Rounded above 2^53. */
  u64(): number {
    const at = this.take(8);
    return this.view.getUint32(at + 4, true) * TWO_TO_32 + this.view.getUint32(at, true);
  }

  /** Rounded beyond ±2^53. */
  i64(): number {
    const at = this.take(8);
    return this.view.getInt32(at + 4, true) * TWO_TO_32 + this.view.getUint32(at, true);
  }

  bigU64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }

  /** A number where that is exact, else a bigint. */
  exactU64(): number | bigint {
    const value = this.u64();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    this.position -= 8;
    return this.bigU64();
  }

  /** A section offset, or a length, of 32- or 64-bit DWARF. */
  offset(bytes: OffsetBytes): number {
    return bytes === 4 ? this.u32() : this.u64();
  }

  /** An unsigned integer of 1, 2, 3, 4 or 8 bytes. */
  unsigned(bytes: number): number {
    switch (bytes) {
      case 1:
        return this.u8();
      case 2:
        return this.u16();
      case 3:
        return this.u24();
      case 4:
        return this.u32();
      case 8:
        return this.u64();
      default:
        throw new DwarfError(`integer of ${bytes} bytes`);
    }
  }

  /** ULEB128; rounded above 2^53. */
  uleb(): number {
    let result = 0;
    let scale = 1;
    for (let count = 0; count < EXACT_LEB_BYTES; count++) {
      const byte = this.u8();
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
      scale *= 128;
    }
    this.position -= EXACT_LEB_BYTES;
    return Number(this.bigUleb());
  }

  /** SLEB128; rounded beyond ±2^53. */
  sleb(): number {
    let result = 0;
    let scale = 1;
    for (let count = 0; count < EXACT_LEB_BYTES; count++) {
      const byte = this.u8();
      result += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return (byte & 0x40) === 0 ? result : result - scale;
    }
    this.position -= EXACT_LEB_BYTES;
    return Number(this.bigSleb());
  }

  /** ULEB128 modulo 2^64. */
  bigUleb(): bigint {
    return BigInt.asUintN(64, this.bigLeb().value);
  }

  /** SLEB128 modulo 2^64. */
  bigSleb(): bigint {
    const { value, bits } = this.bigLeb();
    return BigInt.asIntN(64, BigInt.asIntN(bits, value));
  }

  skipLeb(): void {
    while (this.u8() >= 0x80);
  }

  /** A length that introduces 32- or 64-bit DWARF; `end` is where the thing it measures ends. */
  initialLength(): { readonly end: number; readonly offsetBytes: OffsetBytes } {
    const first = this.u32();
    const offsetBytes = first === 0xffffffff ? 8 : 4;
    // DWARF 5, 7.2.2: 0xfffffff0 and above are reserved.
    if (offsetBytes === 4 && first >= 0xfffffff0) throw new DwarfError('reserved length');
    const length = offsetBytes === 8 ? this.u64() : first;
    const end = this.position + length;
    if (end > this.end) throw new DwarfError(`length ${length} goes past the end`);
    return { end, offsetBytes };
  }

  slice(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  skip(length: number): void {
    this.take(length);
  }

  skipString(): void {
    const nul = this.bytes.indexOf(0, this.position);
    if (nul === -1 || nul >= this.end) throw new DwarfError('string without end');
    this.position = nul + 1;
  }

  /** UTF-8 text up to its NUL; what is longer than 64 KiB is cut. */
  string(): string {
    const from = this.position;
    this.skipString();
    const length = Math.min(this.position - 1 - from, LONGEST_STRING);
    return decodeText(this.bytes, from, length);
  }

  private bigLeb(): { readonly value: bigint; readonly bits: number } {
    let value = 0n;
    for (let bits = 0; bits < LONGEST_LEB_BITS; bits += 7) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(bits);
      if (byte < 0x80) return { value, bits: bits + 7 };
    }
    throw new DwarfError('LEB128 without end');
  }

  private take(length: number): number {
    const at = this.position;
    const next = at + length;
    if (!(next <= this.end && length >= 0)) {
      throw new DwarfError(`${length} bytes at ${at} of ${this.end}`);
    }
    this.position = next;
    return at;
  }
}

/** The NUL-terminated text at an offset of a string section. */
export function stringAt(section: Uint8Array | undefined, offset: number): string {
  if (section === undefined || !(offset >= 0 && offset < section.byteLength)) {
    throw new DwarfError(`string offset ${offset} outside of its section`);
  }
  const limit = Math.min(section.byteLength, offset + LONGEST_STRING);
  const nul = section.indexOf(0, offset);
  return decodeText(section, offset, (nul === -1 || nul > limit ? limit : nul) - offset);
}

function decodeText(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('utf8');
}
