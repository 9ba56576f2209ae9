/** ClientHello and ServerHello, RFC 8446 sections 4.1.2 and 4.1.3, of TLS 1.0 to 1.3. */
import { WireCursor } from './wire-cursor.js';

export interface ClientHello {
  readonly random: string;
  readonly sessionId: string;
  /** As the client lists them, its favourite first; without GREASE (RFC 8701). */
  readonly versions: readonly number[];
  readonly suites: readonly number[];
  readonly groups: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  readonly keyShares: readonly number[];
  readonly serverName?: string;
  readonly protocols: readonly string[];
  readonly extensions: readonly number[];
}

export interface ServerHello {
  /** A HelloRetryRequest: another hello follows on both sides. */
  readonly isRetry: boolean;
  readonly random: string;
  readonly sessionId: string;
  readonly version: number;
  readonly suite: number;
  /** TLS 1.3, where a key share was chosen. */
  readonly group?: number;
  /** TLS 1.3: the server took one of the client's keys, so no certificate follows. */
  readonly usesPreSharedKey: boolean;
  /** TLS 1.2 and before; in 1.3 it is encrypted. */
  readonly protocol?: string;
  readonly extensions: readonly number[];
}

// IANA, TLS ExtensionType Values.
const SERVER_NAME = 0;
export const SUPPORTED_GROUPS = 10;
const SIGNATURE_ALGORITHMS = 13;
const APPLICATION_PROTOCOLS = 16;
export const EXTENDED_MASTER_SECRET = 23;
export const PRE_SHARED_KEY = 41;
const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;

const RANDOM_BYTES = 32;
export const TLS_1_3 = 0x0304;
/** RFC 8446, section 4.1.3: SHA-256 of "HelloRetryRequest". */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';
const HOST_NAME = 0;

/**
 * @param of DTLS has a cookie more, RFC 6347 section 4.2.1
 * @throws HandshakeError
 */
export function parseClientHello(body: Uint8Array, of: 'TLS' | 'DTLS' = 'TLS'): ClientHello {
  const cursor = new WireCursor(body);
  const legacyVersion = cursor.u16();
  const random = hex(cursor.take(RANDOM_BYTES));
  const sessionId = hex(cursor.vector(1));
  if (of === 'DTLS') cursor.vector(1);
  const suites = cursor.numbers(2).filter(isNoGrease);
  cursor.vector(1); // compression methods
  const extensions = extensionsOf(cursor);
  const numbersIn = (extension: number, lengthBytes: 1 | 2): readonly number[] => {
    const bytes = extensions.get(extension);
    return bytes === undefined ? [] : new WireCursor(bytes).numbers(lengthBytes).filter(isNoGrease);
  };
  const versions = numbersIn(SUPPORTED_VERSIONS, 1);
  const serverName = serverNameIn(extensions.get(SERVER_NAME));
  return {
    random,
    sessionId,
    versions: versions.length > 0 ? versions : [legacyVersion],
    suites,
    groups: numbersIn(SUPPORTED_GROUPS, 2),
    signatureAlgorithms: numbersIn(SIGNATURE_ALGORITHMS, 2),
    keyShares: keySharesIn(extensions.get(KEY_SHARE)),
    ...(serverName !== undefined && { serverName }),
    protocols: protocolsIn(extensions.get(APPLICATION_PROTOCOLS)),
    extensions: [...extensions.keys()].filter(isNoGrease),
  };
}

/** @throws HandshakeError */
export function parseServerHello(body: Uint8Array): ServerHello {
  const cursor = new WireCursor(body);
  const legacyVersion = cursor.u16();
  const random = hex(cursor.take(RANDOM_BYTES));
  const sessionId = hex(cursor.vector(1));
  const suite = cursor.u16();
  cursor.u8(); // compression method
  const extensions = extensionsOf(cursor);
  const chosenVersion = extensions.get(SUPPORTED_VERSIONS);
  const share = extensions.get(KEY_SHARE);
  const [protocol] = protocolsIn(extensions.get(APPLICATION_PROTOCOLS));
  return {
    isRetry: random === RETRY_RANDOM,
    random,
    sessionId,
    version: chosenVersion === undefined ? legacyVersion : new WireCursor(chosenVersion).u16(),
    suite,
    ...(share !== undefined && { group: new WireCursor(share).u16() }),
    usesPreSharedKey: extensions.has(PRE_SHARED_KEY),
    ...(protocol !== undefined && { protocol }),
    extensions: [...extensions.keys()],
  };
}

/** By type, in the order of the message; a hello of old may have none. */
function extensionsOf(cursor: WireCursor): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  if (cursor.remaining === 0) return found;
  const inner = new WireCursor(cursor.vector(2));
  while (inner.remaining > 0) {
    const type = inner.u16();
    found.set(type, inner.vector(2));
  }
  return found;
}

/** RFC 6066, section 3. */
function serverNameIn(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined;
  const names = new WireCursor(new WireCursor(bytes).vector(2));
  while (names.remaining > 0) {
    const type = names.u8();
    const name = names.vector(2);
    if (type === HOST_NAME) return latin1(name);
  }
  return undefined;
}

/** RFC 7301, section 3.1. */
function protocolsIn(bytes: Uint8Array | undefined): readonly string[] {
  if (bytes === undefined) return [];
  const names = new WireCursor(new WireCursor(bytes).vector(2));
  const found: string[] = [];
  while (names.remaining > 0) found.push(latin1(names.vector(1)));
  return found.filter(
    (name) => !/^[\x0a\x1a\x2a\x3a\x4a\x5a\x6a\x7a\x8a\x9a\xaa\xba\xca\xda\xea\xfa]{2}$/.test(name),
  );
}

/** Groups of the shares that a client sends, RFC 8446 section 4.2.8. */
function keySharesIn(bytes: Uint8Array | undefined): readonly number[] {
  if (bytes === undefined) return [];
  const shares = new WireCursor(new WireCursor(bytes).vector(2));
  const found: number[] = [];
  while (shares.remaining > 0) {
    found.push(shares.u16());
    shares.vector(2);
  }
  return found.filter(isNoGrease);
}

/** RFC 8701: 0x0a0a, 0x1a1a, …, which mean nothing. */
function isNoGrease(value: number): boolean {
  return (value & 0x0f0f) !== 0x0a0a || value >> 8 !== (value & 0xff);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
