import fc from 'fast-check';
import { Conversation } from '../../../../src/audit/wire/conversation.js';
import { parseClientHello, parseServerHello } from '../../../../src/audit/wire/hello.js';
import { HandshakeError } from '../../../../src/audit/wire/wire-cursor.js';
import {
  clientHello,
  dtlsClientHello,
  handshakeRecord,
  keptDataRecord,
  quicInitial,
  record,
  serverHello,
} from '../../../support/tls-records.js';

const bytes = (list: readonly number[]): Uint8Array => Uint8Array.from(list);
/** SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3. */
const RETRY = [
  ...Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex'),
];

function client(sent: readonly number[], received: readonly number[]): Conversation {
  const conversation = new Conversation();
  conversation.take('sent', bytes(sent));
  conversation.take('received', bytes(received));
  return conversation;
}

describe('Conversation', () => {
  it('tells what was offered and what was chosen', () => {
    const hello = clientHello({
      serverName: 'example.test',
      suites: [0x0a0a, 0x1302, 0xc02f],
      groups: [0x1d, 0x17],
      protocols: ['h2', 'http/1.1'],
    });
    const chosen = serverHello({ version: 0x0304, suite: 0x1302, group: 0x1d });
    const conversation = client(handshakeRecord(hello), handshakeRecord(chosen));
    expect(conversation.role).toBe('client');
    expect(conversation.clientHello).toMatchObject({
      serverName: 'example.test',
      suites: [0x1302, 0xc02f],
      groups: [0x1d, 0x17],
      protocols: ['h2', 'http/1.1'],
      versions: [0x0304, 0x0303],
    });
    expect(conversation.version).toBe(0x0304);
    expect(conversation.serverHello?.suite).toBe(0x1302);
    expect(conversation.group).toBe(0x1d);
    expect(conversation.isResumed).toBe(false);
  });

  it('takes the second hellos after a HelloRetryRequest', () => {
    const conversation = client(
      [
        ...handshakeRecord(clientHello({ groups: [0x1d] })),
        ...record(20, [1]),
        ...handshakeRecord(clientHello({ groups: [0x17] })),
      ],
      [
        ...handshakeRecord(serverHello({ random: RETRY, version: 0x0304, group: 0x17 })),
        ...record(20, [1]),
        ...handshakeRecord(serverHello({ version: 0x0304, group: 0x17 })),
      ],
    );
    expect(conversation.wasRetried).toBe(true);
    expect(conversation.clientHello?.groups).toEqual([0x17]);
    expect(conversation.serverHello?.isRetry).toBe(false);
  });

  it('knows DTLS by its hello, with a cookie and without, and QUIC by its first datagram', () => {
    for (const cookie of [[], [1, 2, 3, 4]]) {
      const conversation = client(dtlsClientHello(cookie, 'over.udp'), []);
      expect(conversation.datagrams).toBe('DTLS');
      expect(conversation.role).toBe('client');
      expect(conversation.clientHello).toMatchObject({
        serverName: 'over.udp',
        versions: [0xfefd],
        suites: [0xc02b, 0xc02f],
      });
    }
    const conversation = client([], quicInitial().slice(0, 5));
    expect(conversation.datagrams).toBe('QUIC');
    expect(conversation.role).toBe('server');
    expect(conversation.speaksTls).toBe(true);
  });

  it('takes no part of a record for a datagram', () => {
    const hello = handshakeRecord(clientHello({ random: 0xcc }));
    for (const size of [1, 4, 5]) {
      const conversation = new Conversation();
      for (let at = 0; at < hello.length; at += size) {
        conversation.take('sent', bytes(hello.slice(at, at + size)));
      }
      expect(conversation.datagrams).toBeUndefined();
      expect(conversation.clientHello?.versions).toEqual([0x0304, 0x0303]);
    }
  });

  it('tells data of a client from its handshake and its alerts', () => {
    const finished = { 0x1301: 53, 0x1302: 69 };
    for (const [suite, size] of Object.entries(finished)) {
      const chosen = handshakeRecord(serverHello({ version: 0x0304, suite: Number(suite) }));
      const showsData = (...sizes: readonly number[]): boolean => {
        const hello = handshakeRecord(clientHello());
        const conversation = client(hello, chosen);
        conversation.take('sent', bytes(sizes.flatMap(keptDataRecord)));
        return conversation.showsSentData;
      };
      expect(showsData(size)).toBe(false);
      expect(showsData(size, 19)).toBe(false);
      expect(showsData(19)).toBe(false);
      expect(showsData(900, 280, size, 22, 19)).toBe(false);
      expect(showsData(size, 40)).toBe(true);
      expect(showsData(25, size, 22, 20)).toBe(true);
    }
    const before = client(
      [...handshakeRecord(clientHello()), ...record(20, [1]), ...keptDataRecord(40)],
      handshakeRecord(serverHello({})),
    );
    expect(before.showsSentData).toBe(true);
  });

  it('knows a resumed connection by its pre-shared key, and by its session', () => {
    const hello = handshakeRecord(clientHello({ sessionId: [1, 2, 3] }));
    const psk = serverHello({ version: 0x0304, usesPreSharedKey: true, sessionId: [1, 2, 3] });
    expect(client(hello, handshakeRecord(psk)).isResumed).toBe(true);
    const same = serverHello({ sessionId: [1, 2, 3], suite: 0xc02f });
    expect(client(hello, handshakeRecord(same)).isResumed).toBe(true);
    const other = serverHello({ sessionId: [4], suite: 0xc02f });
    expect(client(hello, handshakeRecord(other)).isResumed).toBe(false);
  });

  it('believes nothing behind a change of ciphers in TLS 1.2', () => {
    const hello = handshakeRecord(clientHello());
    const conversation = client(hello, handshakeRecord(serverHello({ suite: 0xc02f })));
    conversation.take('sent', bytes([...record(20, [1]), ...record(22, [1, 0, 0, 1, 9])]));
    expect(conversation.broken).toBeUndefined();
    expect(conversation.clientHello?.suites).toEqual([0x1301]);
  });

  it('counts protected records, and takes alerts down', () => {
    const conversation = client(
      [...handshakeRecord(clientHello()), ...keptDataRecord(53), ...keptDataRecord(80)],
      [...handshakeRecord(serverHello({ version: 0x0304 })), ...record(21, [2, 48])],
    );
    expect(conversation.protectedRecords.sent.count).toBe(2);
    expect(conversation.lastProtected('sent')).toEqual({ index: 1, bytes: 80 });
    expect(conversation.alerts).toEqual([{ direction: 'received', fatal: true, description: 48 }]);
  });

  it('joins a message of many records, and records of many pieces', () => {
    const message = clientHello({ serverName: 'a'.repeat(200) });
    const stream = message.flatMap((byte) => handshakeRecord([byte]));
    const conversation = new Conversation();
    for (const byte of stream) conversation.take('sent', bytes([byte]));
    expect(conversation.clientHello?.serverName).toBe('a'.repeat(200));
  });

  it('gives up where bytes are no handshake', () => {
    expect(client(record(22, [1, 0, 0, 2, 9, 9]), []).broken).toMatch(/bytes where/);
    expect(client(record(22, [1, 255, 255, 255]), []).broken).toMatch(/16777215/);
    expect(client(record(99, [1]), []).broken).toMatch(/type 99/);
  });

  it('stands any bytes in any pieces', () => {
    const piece = fc.tuple(
      fc.constantFrom('sent' as const, 'received' as const),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const conversation = new Conversation();
        for (const [direction, part] of pieces) conversation.take(direction, part);
        expect(conversation.alerts.length).toBeLessThanOrEqual(8);
      }),
    );
  });

  it('parses mutated hellos or says why not', () => {
    const originals = [
      { parse: parseClientHello, body: clientHello({ serverName: 'x.test' }).slice(4) },
      { parse: parseServerHello, body: serverHello({ version: 0x0304, group: 0x1d }).slice(4) },
    ];
    const change = fc.record({ at: fc.nat(400), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(change, { maxLength: 6 }),
        fc.nat(400),
        ({ parse, body }, changes, cut) => {
          const mutated = bytes(body).slice(0, cut);
          for (const { at, value } of changes) if (at < mutated.length) mutated[at] = value;
          try {
            parse(mutated);
          } catch (error) {
            expect(error).toBeInstanceOf(HandshakeError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
