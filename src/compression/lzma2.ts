/**
 * LZMA2: chunks of LZMA data or of plain bytes. Written after the format's description in the LZMA
 * specification (lzma-specification.txt of the LZMA SDK, public domain) and "The .xz File Format".
 */
import { LzmaState } from './lzma-state.js';

/** The data is damaged. */
export class LzmaError extends Error {
  override readonly name = 'LzmaError';
}

export interface Unpacked {
  readonly bytes: Uint8Array;
  /** Offset in the input behind the last chunk. */
  readonly end: number;
}

/**
 * @param input holds the chunks from `start` on
 * @param mostBytes of output
 * @throws LzmaError when the data is damaged or the output would be larger
 */
export function decompressLzma2(input: Uint8Array, start: number, mostBytes: number): Unpacked {
  const chunks = new ChunkList(input, start);
  const size = chunks.unpackedSize;
  if (size > mostBytes) throw new LzmaError('too large');
  const output = new Uint8Array(size);
  let written = 0;
  let state: LzmaState | undefined;
  for (const chunk of chunks.list) {
    if (chunk.properties !== undefined) state = new LzmaState(output, chunk.properties);
    else if (chunk.resetsState) state?.reset();
    if (chunk.kind === 'plain') {
      output.set(input.subarray(chunk.start, chunk.start + chunk.size), written);
    } else {
      if (state === undefined) throw new LzmaError('no properties');
      const data = input.subarray(chunk.start, chunk.start + chunk.packedSize);
      if (!state.decode(data, written, chunk.size)) throw new LzmaError('damaged');
    }
    written += chunk.size;
  }
  return { bytes: output, end: chunks.end };
}

interface Chunk {
  readonly kind: 'plain' | 'lzma';
  readonly start: number;
  /** Unpacked. */
  readonly size: number;
  readonly packedSize: number;
  readonly resetsState: boolean;
  /** lc, lp and pb in one byte. */
  readonly properties: number | undefined;
}

/** The chunk headers, read first: they say how large the output will be. */
class ChunkList {
  readonly list: Chunk[] = [];
  readonly unpackedSize: number;
  readonly end: number;

  constructor(input: Uint8Array, start: number) {
    let at = start;
    let size = 0;
    for (;;) {
      const control = byteAt(input, at);
      if (control === 0) break;
      const chunk = control >= 0x80 ? lzmaChunk(input, at) : plainChunk(input, at);
      at = chunk.start + chunk.packedSize;
      if (at > input.length) throw new LzmaError('truncated');
      size += chunk.size;
      this.list.push(chunk);
    }
    this.unpackedSize = size;
    this.end = at + 1;
  }
}

/** Control 1 (with dictionary reset) or 2, then the size minus one, big-endian. */
function plainChunk(input: Uint8Array, at: number): Chunk {
  if (byteAt(input, at) > 2) throw new LzmaError('unknown chunk');
  const size = (byteAt(input, at + 1) << 8) + byteAt(input, at + 2) + 1;
  const start = at + 3;
  return {
    kind: 'plain',
    start,
    size,
    packedSize: size,
    resetsState: false,
    properties: undefined,
  };
}

/**
 * Control: bit 7 set, bits 5 and 6 what is reset (1 state, 2 and properties, 3 and dictionary), bits 0
 * to 4 the highest bits of the unpacked size minus one. Then its lower half, and the packed size minus one.
 */
function lzmaChunk(input: Uint8Array, at: number): Chunk {
  const control = byteAt(input, at);
  const reset = (control >> 5) & 3;
  const size = ((control & 0x1f) << 16) + (byteAt(input, at + 1) << 8) + byteAt(input, at + 2) + 1;
  return {
    kind: 'lzma',
    start: at + (reset >= 2 ? 6 : 5),
    size,
    packedSize: (byteAt(input, at + 3) << 8) + byteAt(input, at + 4) + 1,
    resetsState: reset >= 1,
    properties: reset >= 2 ? byteAt(input, at + 5) : undefined,
  };
}

function byteAt(input: Uint8Array, at: number): number {
  const byte = input[at];
  if (byte === undefined) throw new LzmaError('truncated');
  return byte;
}
