/** Names in a string table section: gABI, "String Table". */

export class StringTable {
  private readonly bytes: Buffer;
  /** The same, for a search that is several times faster than a Buffer's. */
  private readonly plain: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes. */
  get size(): number {
    return this.bytes.length;
  }

  /** The text at `offset`, at most 64 KiB of it; '' when the offset lies outside. */
  at(offset: number): string {
    const end = this.endOf(offset);
    return end <= offset ? '' : this.bytes.toString('utf8', offset, end);
  }

  /** Is the text at `offset` these bytes, a NUL behind them? */
  equals(offset: number, name: Buffer): boolean {
    return this.bytes[offset + name.length] === 0 && this.startsWith(offset, name);
  }

  /** Are these bytes anywhere in the table? */
  contains(part: Buffer): boolean {
    return this.bytes.includes(part);
  }

  startsWith(offset: number, name: Buffer): boolean {
    // Names that are asked for are short: Buffer.compare checks its numbers longer than this takes.
    for (let i = 0; i < name.length; i++) {
      if (this.plain[offset + i] !== name[i]) return false;
    }
    return true;
  }

  private endOf(offset: number): number {
    if (!(offset >= 0 && offset < this.bytes.length)) return offset;
    const limit = Math.min(this.bytes.length, offset + LONGEST_NAME);
    const nul = this.plain.indexOf(0, offset);
    return nul === -1 || nul > limit ? limit : nul;
  }
}

/** C++ names of some kilobytes exist; a file may claim anything. */
const LONGEST_NAME = 65536;
