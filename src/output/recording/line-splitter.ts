/** Cuts pieces of bytes at ends of lines, in time that grows with their size alone. */
import { UserError } from '../../base/errors.js';

const NEWLINE = 0x0a;
/** A line longer than this is no event; a JavaScript string could hold twice as much. */
const MOST_LINE_BYTES = 1 << 28;

export class LineSplitter {
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;

  /**
   * The lines that end in this piece, without the last newline; undefined when none does. The bytes
   * are the caller's to change.
   * @throws UserError when a line never ends
   */
  push(piece: Uint8Array): Buffer | undefined {
    const end = piece.lastIndexOf(NEWLINE);
    if (end === -1) {
      this.keep(piece);
      return undefined;
    }
    const whole = Buffer.concat([...this.pending, piece.subarray(0, end)]);
    this.pending = [];
    this.pendingBytes = 0;
    this.keep(piece.subarray(end + 1));
    return whole;
  }

  /** What follows the last newline. */
  rest(): string {
    return Buffer.concat(this.pending).toString('utf8');
  }

  private keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.pendingBytes += piece.length;
    if (this.pendingBytes > MOST_LINE_BYTES) {
      throw new UserError('this is not a recording of tsltrace: a line has no end');
    }
    this.pending.push(new Uint8Array(piece));
  }
}
