// Hot path: runs at every read and write that an audit watches.
/**
 * Follows the TLS records of one direction of a byte stream, and keeps what is needed to understand handshakes: whole
 * handshake, change-cipher-spec and plain alert records, and of all others the five bytes of their header. Payload of
 * the application is stepped over without being read.
 */

import type { ByteSource } from './byte-source.js';
import { takeDatagramHello } from './datagram-hello.js';

// RFC 8446, section 5.1: ContentType.
export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
/** RFC 8446, section 5.1: type, version of two bytes, length of two. */
export const RECORD_HEADER_BYTES = 5;
/** RFC 5246, section 6.2.3: 2^14 and at most 2048 more for what protects it. */
const LONGEST_RECORD = 16384 + 2048;
/** RFC 8446, section 6: a level and a description; longer ones are encrypted. */
const PLAIN_ALERT_BYTES = 2;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const MAJOR_VERSION = 3;
/** SSL 3.0 to TLS 1.3. */
const LAST_MINOR_VERSION = 4;
/** Up to the version inside the hello: enough to tell one from anything else. */
const HELLO_START_BYTES = 11;
/** Of one read or write; more handshake than this is no handshake. */
const MOST_KEPT_BYTES = 256 * 1024;

export const NO_RECORDS = new Uint8Array(0);

/** Does the header stand alone in what a tap keeps, without the payload? */
export function isElided(type: number, length: number): boolean {
  if (type === ALERT) return length !== PLAIN_ALERT_BYTES;
  return type !== HANDSHAKE && type !== CHANGE_CIPHER_SPEC;
}

export class RecordTap {
  /** Outside, nothing is known of the stream: other protocols, before STARTTLS. */
  private isInside = false;
  private readonly header = new Uint8Array(RECORD_HEADER_BYTES);
  private headerBytes = 0;
  /** Bytes of the record's payload that have not passed yet. */
  private remaining = 0;
  private isKept = false;
  private readonly start = new Uint8Array(HELLO_START_BYTES);

  /** Is there anything to remember until the next bytes come? */
  get isIdle(): boolean {
    return !this.isInside;
  }

  /**
   * The next bytes of the stream pass by.
   *
   * @returns the records that are kept, or parts of them, in the order of the stream
   */
  take(source: ByteSource): Uint8Array {
    const got = source.read(0, this.start.subarray(0, Math.min(source.length, HELLO_START_BYTES)));
    const start = this.start.subarray(0, Math.max(0, got));
    if (this.isBetween) {
      const datagram = takeDatagramHello(start, source);
      if (datagram !== undefined) return datagram;
    }
    // A descriptor that was closed in the middle of a record and opened anew begins with a whole hello.
    if (!this.isInside || (this.isBetween ? false : beginsHello(start))) {
      if (!mayBeginHello(start) && !isRefusal(start)) {
        if (!this.isInside) return NO_RECORDS;
      } else this.begin();
    }
    return this.follow(source);
  }

  private get isBetween(): boolean {
    return this.remaining === 0 && this.headerBytes === 0;
  }

  private begin(): void {
    this.isInside = true;
    this.headerBytes = 0;
    this.remaining = 0;
  }

  private follow(source: ByteSource): Uint8Array {
    const kept: Uint8Array[] = [];
    let keptBytes = 0;
    const keep = (bytes: Uint8Array): void => {
      kept.push(bytes);
      keptBytes += bytes.length;
    };
    let at = 0;
    while (at < source.length && this.isInside && keptBytes <= MOST_KEPT_BYTES) {
      if (this.remaining > 0) {
        const count = Math.min(this.remaining, source.length - at);
        if (this.isKept) {
          const bytes = new Uint8Array(count);
          if (source.read(at, bytes) < count) this.isInside = false;
          else keep(bytes);
        }
        this.remaining -= count;
        at += count;
        continue;
      }
      const wanted = Math.min(RECORD_HEADER_BYTES - this.headerBytes, source.length - at);
      const into = this.header.subarray(this.headerBytes, this.headerBytes + wanted);
      if (source.read(at, into) < wanted) {
        this.isInside = false;
        break;
      }
      at += wanted;
      this.headerBytes += wanted;
      if (this.headerBytes === RECORD_HEADER_BYTES && this.beginRecord()) keep(this.header.slice());
    }
    return kept.length === 1 ? (kept[0] ?? NO_RECORDS) : joined(kept, keptBytes);
  }

  /** The header is complete. False when it is none: the stream is something else, or we lost our place in it. */
  private beginRecord(): boolean {
    this.headerBytes = 0;
    const [type = 0, major = 0, minor = 0, high = 0, low = 0] = this.header;
    const length = high * 256 + low;
    if (
      type < CHANGE_CIPHER_SPEC ||
      type > APPLICATION_DATA ||
      major !== MAJOR_VERSION ||
      minor > LAST_MINOR_VERSION ||
      length > LONGEST_RECORD
    ) {
      this.isInside = false;
      return false;
    }
    this.remaining = length;
    this.isKept = !isElided(type, length);
    return true;
  }
}

/** Could these bytes, of which there may be few, be the first of a stream of TLS? */
function mayBeginHello(start: Uint8Array): boolean {
  if (start.length === 0) return false;
  const [type, major = MAJOR_VERSION, minor = 0, high = 0, , message = CLIENT_HELLO] = start;
  return (
    type === HANDSHAKE &&
    major === MAJOR_VERSION &&
    minor <= LAST_MINOR_VERSION &&
    high * 256 <= LONGEST_RECORD &&
    (message === CLIENT_HELLO || message === SERVER_HELLO)
  );
}

/** Who refuses a hello says so in an alert, which is then the first of its stream. */
function isRefusal([type, major, minor = 0, high, low]: Uint8Array): boolean {
  return (
    type === ALERT &&
    major === MAJOR_VERSION &&
    minor <= LAST_MINOR_VERSION &&
    high === 0 &&
    low === PLAIN_ALERT_BYTES
  );
}

/** A hello without doubt. */
function beginsHello(start: Uint8Array): boolean {
  return start.length === HELLO_START_BYTES && mayBeginHello(start) && start[9] === MAJOR_VERSION;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (length === 0) return NO_RECORDS;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
