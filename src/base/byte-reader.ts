/** Bounds-checked reads over bytes of unknown honesty, in either byte order. */

const TWO_TO_32 = 4294967296;

/** A product is kept as a floating-point number on the heap, and all that is computed from it, however small. */
function joined(high: number, low: number): number {
  return high === 0 ? low : high * TWO_TO_32 + low;
}

/** Thrown when a read goes past the end; parsers turn it into a partial result or an error. */
export class OutOfBounds extends Error {
  override readonly name = 'OutOfBounds';
}

export class ByteReader {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    private readonly littleEndian = true,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.byteLength;
  }

  u8(offset: number): number {
    this.check(offset, 1);
    return this.view.getUint8(offset);
  }

  u16(offset: number): number {
    this.check(offset, 2);
    return this.view.getUint16(offset, this.littleEndian);
  }

  u32(offset: number): number {
    this.check(offset, 4);
    return this.view.getUint32(offset, this.littleEndian);
  }

  i32(offset: number): number {
    this.check(offset, 4);
    return this.view.getInt32(offset, this.littleEndian);
  }

  /** Rounded above 2^53, which no file offset or user address reaches. */
  u64(offset: number): number {
    this.check(offset, 8);
    const low = this.view.getUint32(offset + (this.littleEndian ? 0 : 4), this.littleEndian);
    const high = this.view.getUint32(offset + (this.littleEndian ? 4 : 0), this.littleEndian);
    return joined(high, low);
  }

  /** Two's complement; rounded beyond ±2^53. */
  i64(offset: number): number {
    this.check(offset, 8);
    const low = this.view.getUint32(offset + (this.littleEndian ? 0 : 4), this.littleEndian);
    const high = this.view.getInt32(offset + (this.littleEndian ? 4 : 0), this.littleEndian);
    return joined(high, low);
  }

  slice(offset: number, length: number): Uint8Array {
    this.check(offset, length);
    return this.bytes.subarray(offset, offset + length);
  }

  /** Latin-1 text up to the NUL, or up to the end if there is none. */
  cString(offset: number, maxBytes = 65536): string {
    this.check(offset, 0);
    const limit = Math.min(this.bytes.length, offset + maxBytes);
    const nul = this.bytes.indexOf(0, offset);
    const end = nul === -1 || nul > limit ? limit : nul;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + offset, end - offset).toString(
      'latin1',
    );
  }

  private check(offset: number, size: number): void {
    if (!(offset >= 0 && offset + size <= this.bytes.byteLength)) {
      throw new OutOfBounds(`${size} bytes at ${offset} of ${this.bytes.byteLength}`);
    }
  }
}
