import fc from 'fast-check';
import type { ByteSource } from '../../../../src/lens/tls/byte-source.js';
import { RecordTap } from '../../../../src/lens/tls/record-tap.js';
import {
  clientHello,
  dataRecord,
  dtlsClientHello,
  handshakeRecord,
  keptDataRecord,
  quicInitial,
  record,
  serverHello,
} from '../../../support/tls-records.js';

/** Bytes that remember which of them were looked at. */
class WatchedBytes implements ByteSource {
  readonly seen = new Set<number>();

  constructor(private readonly bytes: readonly number[]) {}

  get length(): number {
    return this.bytes.length;
  }

  read(offset: number, into: Uint8Array): number {
    const part = this.bytes.slice(offset, offset + into.length);
    part.forEach((_, index) => this.seen.add(offset + index));
    into.set(part);
    return part.length;
  }
}

const HELLO = handshakeRecord(clientHello({ serverName: 'example.test' }));

function passing(...pieces: readonly (readonly number[])[]): readonly number[] {
  const tap = new RecordTap();
  return pieces.flatMap((piece) => [...tap.take(new WatchedBytes(piece))]);
}

describe('RecordTap', () => {
  it('keeps handshakes whole', () => {
    expect(passing(HELLO)).toEqual(HELLO);
  });

  it('keeps of application data the header alone, and never reads the rest', () => {
    const bytes = [...HELLO, ...dataRecord(500), ...dataRecord(3)];
    const source = new WatchedBytes(bytes);
    const kept = [...new RecordTap().take(source)];
    expect(kept).toEqual([...HELLO, ...keptDataRecord(500), ...keptDataRecord(3)]);
    for (let at = HELLO.length + 5; at < HELLO.length + 505; at++) {
      expect(source.seen.has(at)).toBe(false);
    }
  });

  it('keeps nothing of a stream that is no TLS, and looks at its first bytes alone', () => {
    const source = new WatchedBytes([...Buffer.from('GET / HTTP/1.1\r\nHost: example.test\r\n')]);
    expect([...new RecordTap().take(source)]).toEqual([]);
    expect(Math.max(...source.seen)).toBeLessThan(11);
  });

  it('keeps hellos of DTLS, each one, also where other datagrams pass between', () => {
    const hello = dtlsClientHello([1, 2, 3]);
    expect(passing(hello, [1, 2, 3], hello, hello)).toEqual([...hello, ...hello, ...hello]);
    // Encrypted, cut off, another protocol whose first byte is the same.
    const [type = 0, major = 0, minor = 0] = hello;
    expect(passing([type, major, minor, 0, 1, ...hello.slice(5)])).toEqual([]);
    expect(passing(hello.slice(0, 30))).toEqual([]);
    expect(passing([type, major, 0x7d, ...hello.slice(3)])).toEqual([]);
  });

  it('keeps of QUIC the version of a first datagram, and reads nothing behind its ids', () => {
    for (const version of [1, 0x6b3343cf]) {
      const datagram = quicInitial(version);
      const source = new WatchedBytes(datagram);
      expect([...new RecordTap().take(source)]).toEqual(datagram.slice(0, 5));
      expect(Math.max(...source.seen)).toBeLessThan(11);
    }
    expect(passing(quicInitial(1, 800))).toEqual([]);
    expect(passing(quicInitial(2))).toEqual([]);
    expect(passing([0x43, ...quicInitial().slice(1)])).toEqual([]);
  });

  it('finds TLS that begins after another protocol (STARTTLS)', () => {
    const greeting = [...Buffer.from('220 ready\r\n')];
    expect(passing(greeting, [...Buffer.from('STARTTLS\r\n')], HELLO)).toEqual(HELLO);
  });

  it('sees a new hello on a descriptor that was closed in the middle of a record', () => {
    const cut = dataRecord(400).slice(0, 100);
    expect(passing([...HELLO, ...cut], HELLO)).toEqual([
      ...HELLO,
      ...keptDataRecord(400),
      ...HELLO,
    ]);
  });

  it('gives the same for every way to cut a stream', () => {
    const stream = [
      ...HELLO,
      ...handshakeRecord(serverHello({ version: 0x0304, group: 0x1d })),
      ...record(20, [1]),
      ...dataRecord(70),
      ...record(21, [1, 0]),
      ...record(
        21,
        Array.from({ length: 24 }, () => 5),
      ),
    ];
    const whole = passing(stream);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }), (lengths) => {
        const pieces: (readonly number[])[] = [];
        let from = 0;
        for (const length of lengths) {
          pieces.push(stream.slice(from, from + length));
          from += length;
        }
        pieces.push(stream.slice(from));
        const kept = passing(...pieces.filter((piece) => piece.length > 0));
        expect(kept).toEqual(whole);
      }),
    );
  });

  it('stands any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
        expect(passing(...pieces.map((piece) => [...piece])).length).toBeLessThanOrEqual(
          pieces.reduce((sum, piece) => sum + piece.length, 0),
        );
      }),
    );
  });
});
