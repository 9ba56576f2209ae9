/** Joins the records that one side sent into handshake messages. */
import { ByteQueue } from './byte-queue.js';
import { HandshakeError } from './wire-cursor.js';

export type WireItem =
  | { readonly kind: 'message'; readonly type: number; readonly body: Uint8Array }
  | { readonly kind: 'change-cipher-spec' }
  | { readonly kind: 'alert'; readonly level: number; readonly description: number }
  /** Of the application, or encrypted handshake in TLS 1.3: what is inside was not looked at. */
  | { readonly kind: 'protected'; readonly bytes: number };

// RFC 8446, section 5.1.
const HEADER_BYTES = 5;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const PLAIN_ALERT_BYTES = 2;
/** RFC 8446, section 4: a type, and a length of three bytes. */
const MESSAGE_HEADER_BYTES = 4;
/** Chains of certificates stay below; whoever announces more gets no memory for it. */
const LONGEST_MESSAGE = 256 * 1024;

export class MessageStream {
  /** Kept bytes that are no whole record yet. */
  private readonly records = new ByteQueue();
  private readonly messages = new ByteQueue();
  /** After it, what is in handshake records cannot be read. */
  isEncrypted = false;

  get isBetweenRecords(): boolean {
    return this.records.length === 0;
  }

  /**
   * @param bytes what passed of records, as a tap of the records keeps them: those of the application, and alerts that
   *   are encrypted, as headers alone
   * @throws HandshakeError where they are none
   */
  *take(bytes: Uint8Array): Generator<WireItem> {
    this.records.push(bytes);
    while (this.records.length >= HEADER_BYTES) {
      const [type = 0, , , high = 0, low = 0] = this.records.peek(HEADER_BYTES);
      const length = high * 256 + low;
      const end = HEADER_BYTES + (isKeptWhole(type, length) ? length : 0);
      if (this.records.length < end) return;
      yield* this.record(type, this.records.shift(end).subarray(HEADER_BYTES), length);
    }
  }

  private *record(type: number, payload: Uint8Array, length: number): Generator<WireItem> {
    if (type === CHANGE_CIPHER_SPEC) yield { kind: 'change-cipher-spec' };
    else if (type === ALERT && length === PLAIN_ALERT_BYTES && !this.isEncrypted) {
      yield { kind: 'alert', level: payload[0] ?? 0, description: payload[1] ?? 0 };
    } else if (type === APPLICATION_DATA) yield { kind: 'protected', bytes: length };
    else if (type === HANDSHAKE && !this.isEncrypted) {
      this.messages.push(payload);
      yield* this.wholeMessages();
    }
  }

  private *wholeMessages(): Generator<WireItem> {
    while (this.messages.length >= MESSAGE_HEADER_BYTES) {
      const [type = 0, high = 0, middle = 0, low = 0] = this.messages.peek(MESSAGE_HEADER_BYTES);
      const length = high * 65536 + middle * 256 + low;
      if (length > LONGEST_MESSAGE) throw new HandshakeError(`a message of ${length} bytes`);
      const end = MESSAGE_HEADER_BYTES + length;
      if (this.messages.length < end) return;
      const body = this.messages.shift(end).subarray(MESSAGE_HEADER_BYTES);
      yield { kind: 'message', type, body };
    }
  }
}

function isKeptWhole(type: number, length: number): boolean {
  if (type === ALERT) return length === PLAIN_ALERT_BYTES;
  if (type === HANDSHAKE || type === CHANGE_CIPHER_SPEC) return true;
  if (type === APPLICATION_DATA) return false;
  throw new HandshakeError(`a record of type ${type}`);
}
