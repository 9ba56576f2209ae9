import { ZstdFrame } from '../../../../src/output/recording/zstd-frame.js';

/** Made by zstd 1.5: a line with its size and a checksum, 300,000 zeros, a line from a pipe without checksum. */
const FRAMES = [
  'KLUv/SQYbQAAOGhlbGxvIAoBAJlLEah8Lqg=',
  'KLUv/aTgkwQAVAAAEAAAAQD7/znAAgIAEAADnwQALSjeJg==',
  'KLUv/QBYbQAAOGhlbGxvIAoBAJlLEQ==',
].map((text) => Buffer.from(text, 'base64'));

/** A frame that decompressors skip: its magic number, its size, its contents. */
const SKIPPABLE = Buffer.of(0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
const EMPTY_SKIPPABLE = Buffer.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0);
/** One raw block of five bytes: single segment, so that one byte says the size. */
const RAW = Buffer.from('28b52ffd2005290000' + '68616c6c6f', 'hex');

/** Lengths of the frames in these bytes, given a few at a time. */
function lengths(bytes: Uint8Array, size: number): readonly number[] {
  const found: number[] = [];
  let frame = new ZstdFrame();
  let length = 0;
  for (let offset = 0; offset < bytes.length; offset += size) {
    for (let piece = bytes.subarray(offset, offset + size); piece.length > 0;) {
      const taken = frame.take(piece);
      length += taken.bytes;
      piece = piece.subarray(taken.bytes);
      if (!taken.ends) continue;
      found.push(length);
      frame = new ZstdFrame();
      length = 0;
    }
  }
  return found;
}

describe('ZstdFrame', () => {
  const all = [SKIPPABLE, ...FRAMES, RAW, EMPTY_SKIPPABLE, ...FRAMES];

  it.each([1, 2, 7, 1000])('finds the ends of frames that come %d bytes at a time', (size) => {
    expect(lengths(Buffer.concat(all), size)).toEqual(all.map((frame) => frame.length));
  });

  it('does not end before the last byte', () => {
    for (const frame of all) expect(lengths(frame.subarray(0, -1), 1000)).toEqual([]);
  });
});
