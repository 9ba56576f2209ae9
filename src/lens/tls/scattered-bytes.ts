// Hot path: runs at every read and write that an audit watches.
/** Bytes in the memory of a tracee, in the pieces that struct iovec lists. */
import { toAddress } from '../../base/address.js';
import type { MemoryReader } from '../stopped-call.js';
import { readPointer } from '../word.js';
import type { ByteSource } from './byte-source.js';

export interface Piece {
  readonly address: number;
  readonly length: number;
}

/** UIO_MAXIOV of <linux/uio.h>. */
const MOST_PIECES = 1024;

export class ScatteredBytes implements ByteSource {
  /** @param length at most this many bytes count: what was read or written, not what there is room for */
  constructor(
    private readonly memory: MemoryReader,
    private readonly pieces: readonly Piece[],
    readonly length: number,
  ) {}

  read(offset: number, into: Uint8Array): number {
    let skip = offset;
    let done = 0;
    for (const piece of this.pieces) {
      if (skip >= piece.length) {
        skip -= piece.length;
        continue;
      }
      const wanted = Math.min(piece.length - skip, into.length - done);
      const got = this.memory.read(
        toAddress(piece.address + skip),
        into.subarray(done, done + wanted),
      );
      done += Math.max(0, got);
      if (got < wanted || done === into.length) break;
      skip = 0;
    }
    return done;
  }
}

/**
 * Pieces of an array of struct iovec, as readv(2) has it: base and length, a word each.
 *
 * @returns none where the array cannot be read
 */
export function piecesOfVector(
  memory: MemoryReader,
  at: number | bigint,
  count: number,
  wordBytes: 4 | 8,
): readonly Piece[] {
  if (typeof at === 'bigint' || at === 0 || count < 1 || count > MOST_PIECES) return [];
  const bytes = new Uint8Array(count * 2 * wordBytes);
  if (memory.read(toAddress(at), bytes) < bytes.length) return [];
  const view = new DataView(bytes.buffer);
  const pieces: Piece[] = [];
  for (let offset = 0; offset < bytes.length; offset += 2 * wordBytes) {
    const address = readPointer(view, offset, wordBytes);
    const length = readPointer(view, offset + wordBytes, wordBytes);
    if (typeof address === 'bigint' || typeof length === 'bigint') return [];
    pieces.push({ address, length });
  }
  return pieces;
}

/** Pieces of struct msghdr, recvmsg(2): its third word is the array, its fourth the count. */
export function piecesOfMessage(
  memory: MemoryReader,
  at: number | bigint,
  wordBytes: 4 | 8,
): readonly Piece[] {
  if (typeof at === 'bigint' || at === 0) return [];
  const bytes = new Uint8Array(4 * wordBytes);
  if (memory.read(toAddress(at), bytes) < bytes.length) return [];
  const view = new DataView(bytes.buffer);
  const count = readPointer(view, 3 * wordBytes, wordBytes);
  if (typeof count === 'bigint') return [];
  return piecesOfVector(memory, readPointer(view, 2 * wordBytes, wordBytes), count, wordBytes);
}

/** One of several that a call handed over, with how much of it. */
export interface ScatteredMessage {
  readonly pieces: readonly Piece[];
  readonly length: number;
}

/** UIO_MAXIOV also bounds the messages of one call, sendmmsg(2). */
export function* messagesOfVector(
  memory: MemoryReader,
  at: number | bigint,
  count: number,
  wordBytes: 4 | 8,
): Generator<ScatteredMessage> {
  if (typeof at === 'bigint' || at === 0) return;
  // struct mmsghdr: a struct msghdr of seven words, and how much of it passed, padded to a word.
  const headerBytes = 7 * wordBytes;
  const passed = new Uint8Array(4);
  for (let index = 0; index < Math.min(count, MOST_PIECES); index++) {
    const header = at + index * (headerBytes + wordBytes);
    if (memory.read(toAddress(header + headerBytes), passed) < passed.length) return;
    const length = new DataView(passed.buffer).getUint32(0, true);
    yield { pieces: piecesOfMessage(memory, header, wordBytes), length };
  }
}
