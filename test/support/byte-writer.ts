/** Builds sections byte by byte, for tests of parsers. Little-endian. */

export class ByteWriter {
  private readonly bytes: number[] = [];

  get length(): number {
    return this.bytes.length;
  }

  u8(...values: number[]): this {
    this.bytes.push(...values.map((value) => value & 0xff));
    return this;
  }

  u16(value: number): this {
    return this.u8(value, value >> 8);
  }

  u32(value: number): this {
    return this.u8(value, value >> 8, value >> 16, value >> 24);
  }

  u64(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
  }

  uleb(value: number): this {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.u8((rest % 128) | 0x80);
    return this.u8(rest);
  }

  sleb(value: number): this {
    let rest = BigInt(value);
    for (; rest > 63n || rest < -64n; rest >>= 7n) this.u8(Number(rest & 0x7fn) | 0x80);
    return this.u8(Number(rest & 0x7fn));
  }

  text(value: string): this {
    return this.u8(...Buffer.from(value), 0);
  }

  append(other: ByteWriter | Uint8Array): this {
    for (const byte of other instanceof ByteWriter ? other.bytes : other) this.bytes.push(byte);
    return this;
  }

  pad(multiple: number, filler = 0): this {
    while (this.length % multiple !== 0) this.u8(filler);
    return this;
  }

  /** What `fill` writes, behind its length in 32 bits. */
  sized(fill: (part: ByteWriter) => unknown): this {
    const part = new ByteWriter();
    fill(part);
    return this.u32(part.length).append(part);
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}
