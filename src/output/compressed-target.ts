/** Compresses in pieces that each stand alone, so that a file that is cut off loses only its last one. */
import zlib from 'node:zlib';
import { UserError } from '../base/errors.js';
import type { ByteTarget } from './output-stream.js';

export type Compression = 'none' | 'gzip' | 'zstd';

/** By the end of the name: `.gz`, `.zst`. */
export function compressionOf(path: string): Compression {
  if (path.endsWith('.gz')) return 'gzip';
  return path.endsWith('.zst') ? 'zstd' : 'none';
}

/** Larger pieces compress better, smaller ones lose less when the tracer is killed. */
const PIECE_BYTES = 262144;
/** zlib: fast, and a trace shrinks to a tenth all the same. */
const GZIP_LEVEL = 1;

type Compress = (bytes: Uint8Array) => Uint8Array;

/** A gzip member or zstd frame a piece: both formats allow any number of them in a file. */
export class CompressedTarget implements ByteTarget {
  private readonly compress: Compress;
  private pieces: Uint8Array[] = [];
  private size = 0;

  /** @throws UserError for zstd where this Node.js has none */
  constructor(
    private readonly inner: ByteTarget,
    compression: Exclude<Compression, 'none'>,
  ) {
    this.compress = compression === 'gzip' ? gzip : zstd();
  }

  write(bytes: Uint8Array): void {
    this.pieces.push(new Uint8Array(bytes));
    this.size += bytes.length;
    if (this.size >= PIECE_BYTES) this.flush();
  }

  flush(): void {
    if (this.size === 0) return;
    const piece = Buffer.concat(this.pieces, this.size);
    this.pieces = [];
    this.size = 0;
    this.inner.write(this.compress(piece));
  }

  close(): void {
    this.inner.close();
  }
}

function gzip(bytes: Uint8Array): Uint8Array {
  return zlib.gzipSync(bytes, { level: GZIP_LEVEL });
}

/** Node.js 22.15 and later. */
function zstd(): Compress {
  const compress: unknown = Reflect.get(zlib, 'zstdCompressSync');
  if (typeof compress !== 'function') {
    throw new UserError(
      'this Node.js cannot write zstd files',
      'use .gz, or Node.js 22.15 or later',
    );
  }
  return compress as Compress;
}
