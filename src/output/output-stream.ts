/** Writes text to a file descriptor with blocking writes, in large pieces or at once. */
import { closeSync, writeSync } from 'node:fs';
import { pause } from '../base/pause.js';
import { OutputClosed } from '../trace/sink.js';

/** 'immediate': whoever watches sees each event as it happens. 'buffered': in pieces of 64 KB. */
export type WriteMode = 'immediate' | 'buffered';

/** Where finished pieces go: a descriptor, or a compressor in front of one. */
export interface ByteTarget {
  /** May keep what it is given until `flush`. The bytes are reused by the caller afterwards. */
  write(bytes: Uint8Array): void;
  flush(): void;
  /** Releases the file, if it was ours. */
  close(): void;
}

/** The part of `node:fs` that is used, so that tests can play a full disk or a slow reader. */
export type WriteFunction = (
  descriptor: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
) => number;

const PIECE_BYTES = 65536;
/** Room left after the piece is full: most lines fit, so that pieces end near their limit. */
const BUFFER_BYTES = PIECE_BYTES + 16384;
/** A UTF-16 code unit takes at most three bytes of UTF-8. */
const MAX_UTF8_BYTES_PER_UNIT = 3;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

export class OutputStream {
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private used = 0;
  private closed = false;

  constructor(
    private readonly target: ByteTarget,
    private readonly mode: WriteMode,
  ) {}

  /** Nobody sees at once what is written. */
  get mayLag(): boolean {
    return this.mode === 'buffered';
  }

  /**
   * Appends text as UTF-8.
   * @throws OutputClosed the first time that the target takes no more; later writes are dropped.
   */
  write(text: string): void {
    if (this.closed) return;
    const room = BUFFER_BYTES - this.used;
    if (text.length * MAX_UTF8_BYTES_PER_UNIT > room) {
      this.writeLarge(text);
      return;
    }
    this.used += this.buffer.write(text, this.used, room, 'utf8');
    if (this.used >= PIECE_BYTES) this.writePiece();
  }

  /** One event is complete: in immediate mode it is written out now. */
  commit(): void {
    if (this.mode === 'immediate' && this.used > 0) this.flush();
  }

  flush(): void {
    this.writePiece();
    if (!this.closed) this.guarded(() => this.target.flush());
  }

  /** Flushes and closes, also when the flush fails. */
  finish(): void {
    try {
      this.flush();
    } finally {
      this.closed = true;
      this.target.close();
    }
  }

  private writeLarge(text: string): void {
    this.writePiece();
    if (text.length * MAX_UTF8_BYTES_PER_UNIT <= BUFFER_BYTES) {
      this.used = this.buffer.write(text, 0, BUFFER_BYTES, 'utf8');
    } else {
      this.guarded(() => this.target.write(Buffer.from(text, 'utf8')));
    }
  }

  private writePiece(): void {
    const length = this.used;
    this.used = 0;
    if (length === 0 || this.closed) return;
    this.guarded(() => this.target.write(this.buffer.subarray(0, length)));
  }

  private guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.closed = true;
      throw error;
    }
  }
}

/** A descriptor that somebody else owns, or (with `owned`) one that is closed at the end. */
export class DescriptorTarget implements ByteTarget {
  constructor(
    private readonly descriptor: number,
    /** For messages: a path, or `standard error`. */
    private readonly name: string,
    private readonly ownership: 'owned' | 'borrowed',
    private readonly writeBytes: WriteFunction = writeSync,
  ) {}

  write(bytes: Uint8Array): void {
    let offset = 0;
    let pauseMs = FIRST_PAUSE_MS;
    while (offset < bytes.length) {
      const written = this.writeSome(bytes, offset);
      if (written > 0) {
        offset += written;
        pauseMs = FIRST_PAUSE_MS;
      } else {
        // A full pipe that somebody set to O_NONBLOCK: wait as a blocking write would.
        pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  flush(): void {
    // Nothing is kept back.
  }

  close(): void {
    if (this.ownership === 'owned') closeSync(this.descriptor);
  }

  /** 0 when the descriptor takes nothing at the moment. */
  private writeSome(bytes: Uint8Array, offset: number): number {
    for (;;) {
      try {
        return this.writeBytes(this.descriptor, bytes, offset, bytes.length - offset);
      } catch (error) {
        const name = errnoNameOf(error);
        if (name === 'EAGAIN') return 0;
        if (name !== 'EINTR') throw new OutputClosed(this.name, name);
      }
    }
  }
}

/** Every error of `node:fs` carries the name of its errno as `code`. */
export function errnoNameOf(error: unknown): string {
  const coded = typeof error === 'object' && error !== null && 'code' in error;
  return coded && typeof error.code === 'string' ? error.code : 'EIO';
}
