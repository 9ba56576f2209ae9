// Hot path: runs at every read and write that an audit watches.
/** Tells the hellos of DTLS, and the first datagrams of QUIC, from everything else. */
import type { ByteSource } from './byte-source.js';

// RFC 6347, section 4.1: type, version, epoch, sequence number, length; and section 4.2.2.
const HANDSHAKE = 22;
const DTLS_MAJOR = 0xfe;
/** DTLS 1.0 and 1.2; 1.3 says 1.2 here. */
const DTLS_MINORS: ReadonlySet<number | undefined> = new Set([0xff, 0xfd]);
const DTLS_HEADER_BYTES = 13;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** RFC 8446, section 4.1.2: what a hello can come to, as far as one datagram carries it. */
const LONGEST_HELLO = 16384;

/** RFC 9000, section 14.1: whatever holds a client's first packet has this many bytes at least. */
const SHORTEST_INITIAL = 1200;
/** RFC 9000 and RFC 9369. */
const QUIC_VERSIONS: ReadonlyMap<number, number> = new Map([
  [0x00000001, 0xc0],
  [0x6b3343cf, 0xd0],
]);
/** RFC 9000, section 17.2: form, fixed bit and type; the rest is protected. */
const QUIC_TYPE_BITS = 0xf0;
/** RFC 9000, sections 7.2 and 17.2. */
const SHORTEST_CONNECTION_ID = 8;
const LONGEST_CONNECTION_ID = 20;
/** Up to the version: enough to know it again. */
const QUIC_KEPT_BYTES = 5;

/**
 * @param start the first bytes of `source`
 * @returns the record with a hello of DTLS; of QUIC's Initial the first five bytes; undefined for all else
 */
export function takeDatagramHello(start: Uint8Array, source: ByteSource): Uint8Array | undefined {
  const [type = 0] = start;
  if (type === HANDSHAKE && start[1] === DTLS_MAJOR) return dtlsHello(start, source);
  return type >= QUIC_TYPE_FROM ? quicInitial(start, source) : undefined;
}

const QUIC_TYPE_FROM = 0xc0;

function dtlsHello(start: Uint8Array, source: ByteSource): Uint8Array | undefined {
  const isFirstEpoch = start[3] === 0 && start[4] === 0;
  if (!DTLS_MINORS.has(start[2]) || !isFirstEpoch) return undefined;
  const header = new Uint8Array(DTLS_HEADER_BYTES + 1);
  if (source.read(0, header) < header.length) return undefined;
  const message = header[DTLS_HEADER_BYTES];
  if (message !== CLIENT_HELLO && message !== SERVER_HELLO) return undefined;
  const length = (header[11] ?? 0) * 256 + (header[12] ?? 0);
  const record = new Uint8Array(DTLS_HEADER_BYTES + Math.min(length, LONGEST_HELLO));
  if (record.length > source.length || source.read(0, record) < record.length) return undefined;
  return record;
}

function quicInitial(start: Uint8Array, source: ByteSource): Uint8Array | undefined {
  if (source.length < SHORTEST_INITIAL || start.length <= QUIC_KEPT_BYTES) return undefined;
  const version = new DataView(start.buffer, start.byteOffset).getUint32(1);
  const [type = 0] = start;
  if (QUIC_VERSIONS.get(version) !== (type & QUIC_TYPE_BITS)) return undefined;
  const idBytes = start[QUIC_KEPT_BYTES] ?? 0;
  const isId = idBytes >= SHORTEST_CONNECTION_ID && idBytes <= LONGEST_CONNECTION_ID;
  return isId ? start.slice(0, QUIC_KEPT_BYTES) : undefined;
}
