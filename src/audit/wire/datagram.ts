/** TLS in datagrams: hellos of DTLS (RFC 6347), and QUIC (RFC 9000), of which only that it was spoken is told. */
import { WireCursor } from './wire-cursor.js';

export type DatagramProtocol = 'DTLS' | 'QUIC';

export interface DatagramMessage {
  readonly protocol: DatagramProtocol;
  /** A hello that is whole in this datagram. */
  readonly hello?: { readonly type: number; readonly body: Uint8Array };
}

const HANDSHAKE = 22;
const DTLS_MAJOR = 0xfe;
/** Type, version, epoch, sequence number. */
const BEFORE_LENGTH = 11;
/** RFC 9000, section 17.2: the long form, with the fixed bit. */
const QUIC_LONG_FORM = 0xc0;
const QUIC_KEPT_BYTES = 5;

/**
 * @param kept what a tap keeps of a datagram
 * @returns undefined for records of TLS
 * @throws HandshakeError
 */
export function readDatagram(kept: Uint8Array): DatagramMessage | undefined {
  const [type = 0, major] = kept;
  if (type >= QUIC_LONG_FORM && kept.length === QUIC_KEPT_BYTES) return { protocol: 'QUIC' };
  if (type !== HANDSHAKE || major !== DTLS_MAJOR) return undefined;
  const cursor = new WireCursor(kept);
  cursor.take(BEFORE_LENGTH);
  const message = new WireCursor(cursor.vector(2));
  const messageType = message.u8();
  const length = message.u24();
  message.u16(); // its number
  const offset = message.u24();
  const fragment = message.vector(3);
  const isWhole = offset === 0 && fragment.length === length;
  if (!isWhole) return { protocol: 'DTLS' };
  return { protocol: 'DTLS', hello: { type: messageType, body: fragment } };
}
