/**
 * Finds where each frame of a zstd file ends, RFC 8878: the decompressor of Node.js takes a single one, and
 * recordings are written as many.
 */

/** RFC 8878 section 3.1.2: the low half byte is free. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
/** Bytes of the dictionary id and of the content size, by their two-bit codes. */
const DICTIONARY_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
/** A block of this type holds one byte, which is repeated. */
const RLE_BLOCK = 1;

/** Follows one frame through the pieces that it comes in. */
export class ZstdFrame {
  private field = 0;
  private fieldBytes = 0;
  private skip = 0;
  private wanted = MAGIC_BYTES;
  private read: (field: number) => void = (field) => this.afterMagic(field);
  private hasChecksum = false;
  private ended = false;

  /** @returns how many of these bytes belong to the frame, and whether it ends with them */
  take(piece: Uint8Array): { readonly bytes: number; readonly ends: boolean } {
    let at = 0;
    while (!this.ended && at < piece.length) {
      const skipped = Math.min(this.skip, piece.length - at);
      this.skip -= skipped;
      at += skipped;
      if (this.skip === 0) at = this.takeField(piece, at);
    }
    return { bytes: at, ends: this.ended };
  }

  /** Little-endian numbers of at most four bytes, one after the other, up to the next bytes to skip. */
  private takeField(piece: Uint8Array, start: number): number {
    let at = start;
    while (this.skip === 0 && !this.ended) {
      if (this.fieldBytes === this.wanted) {
        const { field } = this;
        this.field = 0;
        this.fieldBytes = 0;
        this.read(field);
      } else if (at === piece.length) return at;
      else {
        this.field += (piece[at] ?? 0) * 2 ** (8 * this.fieldBytes);
        this.fieldBytes++;
        at++;
      }
    }
    return at;
  }

  private expect(bytes: number, read: (field: number) => void): void {
    this.wanted = bytes;
    this.read = read;
  }

  private afterMagic(magic: number): void {
    if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
      this.expect(4, (size) => this.skipThenEnd(size));
    } else this.expect(1, (descriptor) => this.afterDescriptor(descriptor));
  }

  private afterDescriptor(descriptor: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const sizeCode = descriptor >> 6;
    const sizeBytes = sizeCode === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeCode] ?? 0);
    const window = isSingleSegment ? 0 : 1;
    this.hasChecksum = (descriptor & 4) !== 0;
    this.skip = window + (DICTIONARY_BYTES[descriptor & 3] ?? 0) + sizeBytes;
    this.expect(BLOCK_HEADER_BYTES, (header) => this.afterBlockHeader(header));
  }

  private afterBlockHeader(header: number): void {
    const isLast = (header & 1) !== 0;
    const bytes = ((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3;
    if (isLast) this.skipThenEnd(bytes + (this.hasChecksum ? CHECKSUM_BYTES : 0));
    else this.skip = bytes;
  }

  private skipThenEnd(bytes: number): void {
    this.skip = bytes;
    this.expect(0, () => (this.ended = true));
  }
}
