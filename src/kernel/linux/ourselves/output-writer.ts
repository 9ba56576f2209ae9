/**
 * Writes our output so that whoever does not read it holds neither us nor, for longer than we are wanted, what we trace:
 * a write(2) that blocks hears of no signal, for Node.js begins it again whenever one came.
 */
import { fstatSync } from 'node:fs';
import { describeErrno, errnoName } from '../../../base/errno-names.js';
import { EAGAIN, EINTR, POLLOUT } from '../constants.js';
import { errno, poll, write } from '../libc.js';
import { NativeBlock } from '../native-memory.js';
import { Stopwatch } from './stopwatch.js';

/** Every POLLOUT of a pipe means room for that many bytes (pipe(7), PIPE_BUF). */
const SURE_ROOM_BYTES = 4096;
/** A signal that came just before poll(2) is noticed that late. */
const LONGEST_POLL_MS = 100;
/** Whoever reads slowly gets this long after a signal that asks us to leave. */
const GRACE_NS = 1e9;
// struct pollfd: int fd, short events, short revents; poll(2).
const EVENTS_AT = 4;

/** What node:fs throws, as far as outputs look at it. */
class WriteError extends Error {
  override readonly name = 'WriteError';

  /** @param code `ENOSPC` and the like, or a reason in words */
  constructor(readonly code: string) {
    super(`write failed: ${code}`);
  }
}

export class OutputWriter {
  private readonly memory = new NativeBlock(4096);

  /** @param isAskedToLeave a signal came that asks us to leave, and nobody has heard of it yet */
  constructor(private readonly isAskedToLeave: () => boolean) {}

  /**
   * As write(2), some bytes at least.
   * @throws an error with the `code` of an errno, or one in words when nobody reads and we are asked to leave
   */
  write(descriptor: number, bytes: Uint8Array, offset: number, length: number): number {
    const most = length > SURE_ROOM_BYTES && !isFile(descriptor) ? SURE_ROOM_BYTES : length;
    for (;;) {
      this.waitForRoom(descriptor);
      const written = write(descriptor, bytes.subarray(offset, offset + most), most);
      if (written >= 0) return written;
      const error = errno();
      if (error !== EINTR && error !== EAGAIN) {
        throw new WriteError(errnoName(error) ?? describeErrno(error));
      }
    }
  }

  private waitForRoom(descriptor: number): void {
    let sinceAsked: Stopwatch | undefined;
    while (!this.hasRoom(descriptor)) {
      if (!this.isAskedToLeave()) continue;
      sinceAsked ??= new Stopwatch();
      if (sinceAsked.elapsedNs() > GRACE_NS) {
        throw new WriteError('nobody reads it, and a signal asked tsltrace to end');
      }
    }
  }

  /** Also for what fails: write(2) then says how. */
  private hasRoom(descriptor: number): boolean {
    const { view, address } = this.memory;
    view.setInt32(0, descriptor, true);
    view.setInt16(EVENTS_AT, POLLOUT, true);
    const ready = poll(address, 1, LONGEST_POLL_MS);
    return ready > 0 || (ready < 0 && errno() !== EINTR);
  }

  close(): void {
    this.memory.free();
  }
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}
