/** Unpacks what is compressed, by its first bytes; a file that is cut off gives what it has. */
import { pipeline, Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { UserError } from '../../base/errors.js';
import { ZstdFrame } from './zstd-frame.js';

// RFC 1952 section 2.3.1 and RFC 8878 section 3.1.1.
const GZIP_MAGIC = [0x1f, 0x8b];
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

type Pieces = AsyncGenerator<Uint8Array, void>;

/** @throws UserError for zstd where this Node.js has none */
export async function* decompressed(pieces: Pieces): Pieces {
  const start = await firstBytes(pieces);
  const all = prepend(start, pieces);
  const begins = (magic: readonly number[]) => magic.every((byte, index) => start[index] === byte);
  if (begins(GZIP_MAGIC)) {
    // With this flush a file that is cut off gives what it has instead of an error.
    yield* through(zlib.createGunzip({ finishFlush: zlib.constants.Z_SYNC_FLUSH }), all);
  } else if (begins(ZSTD_MAGIC)) yield* unzstd(all);
  else yield* all;
}

async function* unzstd(pieces: Pieces): Pieces {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  if (typeof create !== 'function') {
    throw new UserError('this Node.js cannot read zstd files', 'unpack it first with zstd -d');
  }
  const frames = new Frames(pieces);
  while (await frames.begin()) yield* through((create as () => Transform)(), frames.rest());
}

/** Cuts pieces where frames end. */
class Frames {
  private piece: Uint8Array = Buffer.of();

  constructor(private readonly pieces: Pieces) {}

  /** False at the end of the file. */
  async begin(): Promise<boolean> {
    while (this.piece.length === 0) {
      const next = await this.pieces.next();
      if (next.done === true) return false;
      this.piece = next.value;
    }
    return true;
  }

  /** What is left of the frame that has begun. */
  async *rest(): Pieces {
    const frame = new ZstdFrame();
    while (await this.begin()) {
      const { bytes, ends } = frame.take(this.piece);
      const taken = this.piece.subarray(0, bytes);
      this.piece = this.piece.subarray(bytes);
      yield taken;
      if (ends) return;
    }
  }
}

function through(decompressor: Transform, pieces: Pieces): AsyncIterable<Uint8Array> {
  // The callback is empty because a failure also ends the iteration, with the same error.
  pipeline(Readable.from(pieces), decompressor, () => undefined);
  return decompressor as AsyncIterable<Uint8Array>;
}

/** Enough to tell what it is, unless there is no more. */
async function firstBytes(pieces: Pieces): Promise<Uint8Array> {
  let start: Uint8Array = Buffer.of();
  while (start.length < ZSTD_MAGIC.length) {
    const next = await pieces.next();
    if (next.done === true) break;
    start = Buffer.concat([start, next.value]);
  }
  return start;
}

async function* prepend(first: Uint8Array, rest: AsyncIterable<Uint8Array>): Pieces {
  yield first;
  yield* rest;
}
