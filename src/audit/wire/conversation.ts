/** One connection as its records show it: what was offered, what was chosen, how it went on. */
import { readDatagram, type DatagramMessage, type DatagramProtocol } from './datagram.js';
import { parseChain, type CertificateFacts } from './certificate.js';
import {
  parseClientHello,
  parseServerHello,
  TLS_1_3,
  type ClientHello,
  type ServerHello,
} from './hello.js';
import { MessageStream, type WireItem } from './message-stream.js';
import { HandshakeError, WireCursor } from './wire-cursor.js';

/** As seen from the process. */
export type Direction = 'sent' | 'received';

export interface Alert {
  readonly direction: Direction;
  readonly fatal: boolean;
  readonly description: number;
}

// RFC 8446, section 4, and RFC 5246, section 7.4: HandshakeType.
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_KEY_EXCHANGE = 12;
const CERTIFICATE_REQUEST = 13;
const FATAL = 2;
/** RFC 8422, section 5.4. */
const NAMED_CURVE = 3;
const MOST_ALERTS = 8;
/** Handshakes of TLS 1.3 have a handful before the first data. */
const MOST_SIZES = 64;

export class Conversation {
  /** The last one: after a HelloRetryRequest the second. */
  clientHello: ClientHello | undefined;
  serverHello: ServerHello | undefined;
  wasRetried = false;
  /** Which of the two sides is the process? Unknown until a hello was seen. */
  role: 'client' | 'server' | undefined;
  /** TLS 1.2 and before: chains are encrypted in 1.3. */
  readonly chains: Partial<Record<Direction, readonly CertificateFacts[]>> = {};
  /** TLS 1.2 and before: curve of the server's ephemeral key. */
  curve: number | undefined;
  wantsClientCertificate = false;
  readonly alerts: Alert[] = [];
  /** How many records of protected data passed, and the sizes of the first of them. */
  readonly protectedRecords: Record<Direction, { count: number; readonly sizes: number[] }> = {
    sent: { count: 0, sizes: [] },
    received: { count: 0, sizes: [] },
  };
  /** What it is where it is no stream of records. */
  datagrams: DatagramProtocol | undefined;
  /** Bytes that were no handshake; nothing is believed after them. */
  broken: string | undefined;

  private readonly streams: Record<Direction, MessageStream> = {
    sent: new MessageStream(),
    received: new MessageStream(),
  };

  /** @param records kept bytes of the stream of that direction, in order */
  take(direction: Direction, records: Uint8Array): void {
    if (this.broken !== undefined) return;
    try {
      const stream = this.streams[direction];
      const datagram = stream.isBetweenRecords ? readDatagram(records) : undefined;
      if (datagram !== undefined) {
        this.acceptDatagram(direction, datagram);
        return;
      }
      for (const item of stream.take(records)) this.accept(direction, item);
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      this.broken = error.message;
    }
  }

  /** A hello of a client was seen, or what only TLS has at its beginning. */
  get speaksTls(): boolean {
    return this.clientHello !== undefined || this.datagrams !== undefined;
  }

  private acceptDatagram(direction: Direction, { protocol, hello }: DatagramMessage): void {
    this.datagrams = protocol;
    const isOfClient = protocol === 'QUIC' || hello?.type === CLIENT_HELLO;
    if (isOfClient) this.role ??= direction === 'sent' ? 'client' : 'server';
    if (hello?.type === CLIENT_HELLO) this.clientHello = parseClientHello(hello.body, 'DTLS');
    else if (hello !== undefined) this.serverHello = parseServerHello(hello.body);
  }

  get version(): number | undefined {
    return this.serverHello?.version;
  }

  get group(): number | undefined {
    return this.serverHello?.group ?? this.curve;
  }

  /** No certificate was exchanged: keys of an earlier connection serve again. */
  get isResumed(): boolean {
    const { clientHello, serverHello } = this;
    if (clientHello === undefined || serverHello === undefined || serverHello.isRetry) return false;
    if (serverHello.version >= TLS_1_3) return serverHello.usesPreSharedKey;
    // RFC 5246, section 7.4.1.3; with a ticket (RFC 5077) the client invents the id.
    return (
      serverHello.sessionId !== '' &&
      serverHello.sessionId === clientHello.sessionId &&
      this.serverChain === undefined
    );
  }

  get serverChain(): readonly CertificateFacts[] | undefined {
    return this.chains[this.role === 'client' ? 'received' : 'sent'];
  }

  /** Empty where the client has none. */
  get clientChain(): readonly CertificateFacts[] | undefined {
    return this.chains[this.role === 'client' ? 'sent' : 'received'];
  }

  /** The protected record that passed last; undefined when there was none. */
  lastProtected(
    direction: Direction,
  ): { readonly index: number; readonly bytes: number } | undefined {
    const { count, sizes } = this.protectedRecords[direction];
    return count === 0 ? undefined : { index: count - 1, bytes: sizes[count - 1] ?? 0 };
  }

  /** A client sent more than its handshake and alerts: data of its application. Servers: not known in TLS 1.3. */
  get showsSentData(): boolean {
    const { version, serverHello, protectedRecords } = this;
    const { count, sizes } = protectedRecords.sent;
    if (version === undefined || serverHello === undefined || this.role !== 'client') return false;
    if (version < TLS_1_3) return count > 0;
    const finished = sizes.indexOf(finishedBytes(serverHello.suite));
    return finished !== -1 && sizes.slice(finished + 1).some((bytes) => !NO_DATA.has(bytes));
  }

  private accept(direction: Direction, item: WireItem): void {
    switch (item.kind) {
      case 'message':
        this.message(direction, item.type, item.body);
        return;
      case 'change-cipher-spec':
        // In TLS 1.3 it means nothing, RFC 8446 appendix D.4; early data bring it before the version is known.
        if (this.version !== undefined && this.version < TLS_1_3) {
          this.streams[direction].isEncrypted = true;
        }
        return;
      case 'alert':
        if (this.alerts.length < MOST_ALERTS) {
          const { level, description } = item;
          this.alerts.push({ direction, fatal: level === FATAL, description });
        }
        return;
      case 'protected': {
        const records = this.protectedRecords[direction];
        records.count++;
        if (records.sizes.length < MOST_SIZES) records.sizes.push(item.bytes);
        return;
      }
    }
  }

  private message(direction: Direction, type: number, body: Uint8Array): void {
    switch (type) {
      case CLIENT_HELLO:
        this.clientHello = parseClientHello(body);
        this.role = direction === 'sent' ? 'client' : 'server';
        return;
      case SERVER_HELLO:
        this.serverHello = parseServerHello(body);
        this.wasRetried ||= this.serverHello.isRetry;
        this.role ??= direction === 'sent' ? 'server' : 'client';
        return;
      case CERTIFICATE:
        if (this.isBeforeTls13) this.chains[direction] = parseChain(body);
        return;
      case SERVER_KEY_EXCHANGE:
        if (this.isBeforeTls13) this.curve = curveOf(body);
        return;
      case CERTIFICATE_REQUEST:
        this.wantsClientCertificate = true;
        return;
    }
  }

  private get isBeforeTls13(): boolean {
    return this.version !== undefined && this.version < TLS_1_3;
  }
}

/** RFC 8446, section 5.2: what a record has beyond its content, a type and the tag of the cipher. */
const PROTECTION_BYTES = 17;
/** Alerts, and KeyUpdate (RFC 8446, section 4.6.3), as protected records. */
const NO_DATA: ReadonlySet<number> = new Set([2 + PROTECTION_BYTES, 5 + PROTECTION_BYTES]);
const TLS_AES_256_GCM_SHA384 = 0x1302;

/** RFC 8446, section 4.4.4: a hash behind the header of a message. */
function finishedBytes(suite: number): number {
  return 4 + (suite === TLS_AES_256_GCM_SHA384 ? 48 : 32) + PROTECTION_BYTES;
}

function curveOf(body: Uint8Array): number | undefined {
  const cursor = new WireCursor(body);
  return cursor.u8() === NAMED_CURVE ? cursor.u16() : undefined;
}
