/** Handshakes of TLS byte by byte, as RFC 8446 has them, for tests. */

type Bytes = readonly number[];

const u8 = (value: number): Bytes => [value & 0xff];
const u16 = (value: number): Bytes => [(value >> 8) & 0xff, value & 0xff];
const u24 = (value: number): Bytes => [(value >> 16) & 0xff, ...u16(value)];
const vector = (lengthBytes: 1 | 2 | 3, bytes: Bytes): Bytes => [
  ...{ 1: u8, 2: u16, 3: u24 }[lengthBytes](bytes.length),
  ...bytes,
];
const ascii = (text: string): Bytes => [...Buffer.from(text, 'latin1')];

export interface HelloFacts {
  readonly random?: number;
  readonly sessionId?: Bytes;
  readonly suites?: readonly number[];
  readonly versions?: readonly number[];
  readonly groups?: readonly number[];
  readonly serverName?: string;
  readonly protocols?: readonly string[];
}

export interface ServerHelloFacts {
  readonly random?: Bytes;
  readonly sessionId?: Bytes;
  readonly suite?: number;
  /** In supported_versions; left out for TLS 1.2 and before. */
  readonly version?: number;
  readonly legacyVersion?: number;
  readonly group?: number;
  readonly usesPreSharedKey?: boolean;
}

const extension = (type: number, body: Bytes): Bytes => [...u16(type), ...vector(2, body)];

export function clientHello(facts: HelloFacts = {}): Bytes {
  const { random = 7, sessionId = [], suites = [0x1301], groups = [0x1d] } = facts;
  const { versions = [0x0304, 0x0303], serverName, protocols = [] } = facts;
  const extensions = [
    ...(serverName === undefined
      ? []
      : extension(0, vector(2, [0, ...vector(2, ascii(serverName))]))),
    ...extension(10, vector(2, groups.flatMap(u16))),
    ...extension(13, vector(2, u16(0x0804))),
    ...(protocols.length === 0
      ? []
      : extension(
          16,
          vector(
            2,
            protocols.flatMap((name) => vector(1, ascii(name))),
          ),
        )),
    ...extension(43, vector(1, versions.flatMap(u16))),
  ];
  const body = [
    ...u16(0x0303),
    ...Array.from({ length: 32 }, () => random),
    ...vector(1, sessionId),
    ...vector(2, suites.flatMap(u16)),
    ...vector(1, [0]),
    ...vector(2, extensions),
  ];
  return [1, ...vector(3, body)];
}

export function serverHello(facts: ServerHelloFacts = {}): Bytes {
  const { random = Array.from({ length: 32 }, () => 9), sessionId = [], suite = 0x1301 } = facts;
  const { version, legacyVersion = 0x0303, group, usesPreSharedKey = false } = facts;
  const extensions = [
    ...(version === undefined ? [] : extension(43, u16(version))),
    ...(group === undefined ? [] : extension(51, [...u16(group), ...vector(2, [1, 2, 3])])),
    ...(usesPreSharedKey ? extension(41, u16(0)) : []),
  ];
  const body = [
    ...u16(legacyVersion),
    ...random,
    ...vector(1, sessionId),
    ...u16(suite),
    0,
    ...(extensions.length === 0 ? [] : vector(2, extensions)),
  ];
  return [2, ...vector(3, body)];
}

/** A record of that type around bytes. */
export function record(type: number, payload: Bytes, version = 0x0303): Bytes {
  return [type, ...u16(version), ...vector(2, payload)];
}

export const handshakeRecord = (message: Bytes): Bytes => record(22, message);
export const dataRecord = (bytes: number): Bytes =>
  record(
    23,
    Array.from({ length: bytes }, () => 0xdd),
  );
/** As a tap keeps it: without the payload. */
export const keptDataRecord = (bytes: number): Bytes => dataRecord(bytes).slice(0, 5);

/** A ClientHello in a datagram, RFC 6347 section 4.2, that offers two suites and ends with a cookie. */
export function dtlsClientHello(cookie: Bytes = [], serverName = 'example.test'): Bytes {
  const name = extension(0, vector(2, [0, ...vector(2, ascii(serverName))]));
  const body = [
    ...u16(0xfefd),
    ...Array.from({ length: 32 }, () => 7),
    ...vector(1, []),
    ...vector(1, cookie),
    ...vector(2, [0xc02b, 0xc02f].flatMap(u16)),
    ...vector(1, [0]),
    ...vector(2, name),
  ];
  return dtlsRecord([1, ...u24(body.length), ...u16(0), ...u24(0), ...vector(3, body)]);
}

/** What a server answers to it, of that version. */
export function dtlsServerHello(legacyVersion: number): Bytes {
  const [, , , , ...body] = serverHello({ legacyVersion, suite: 0xc02f });
  return dtlsRecord([2, ...u24(body.length), ...u16(1), ...u24(0), ...vector(3, body)]);
}

const dtlsRecord = (message: Bytes): Bytes => [
  ...[22, 0xfe, 0xfd],
  ...Array.from({ length: 8 }, () => 0),
  ...vector(2, message),
];

/** The first datagram of a client, RFC 9000 section 17.2.2, with made-up protected bytes. */
export function quicInitial(version = 1, bytes = 1200): Bytes {
  const type = version === 1 ? 0xc3 : 0xd3;
  const ids = [...vector(1, [1, 2, 3, 4, 5, 6, 7, 8]), ...vector(1, [])];
  const head = [type, ...u16(version >>> 16), ...u16(version & 0xffff), ...ids, 0];
  return [...head, ...Array.from({ length: bytes - head.length }, () => 0xee)];
}
