import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Auditor } from '../../../src/audit/auditor.js';
import { DEFAULT_AUDIT_POLICY } from '../../../src/audit/policy/audit-policy.js';
import { AuditedCalls } from '../../support/audited-calls.js';
import { clientHello, handshakeRecord, serverHello } from '../../support/tls-records.js';

const CONTEXT = 0x10_0000;
const FEW = 20_000;
const MANY = 100_000;
/** Of connections that are over, nothing is kept but counts: far less than a hundred bytes for each. */
const MOST_MORE_BYTES = 8 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** One connection of a server: made, shaken hands, read, written, freed; another address each time. */
function serve(calls: AuditedCalls, index: number): void {
  const ssl = 0x200_0000 + (index % 5000) * 0x100;
  const session = 0x900_0000 + index * 0x10;
  const descriptor = 5 + (index % 3000);
  const hello = clientHello({
    random: index & 0xff,
    sessionId: [index & 0xff, (index >> 8) & 0xff],
  });
  calls.call('accept', { args: [3, 0, 0], result: descriptor });
  calls.call('SSL_new', { args: [CONTEXT], result: ssl });
  calls.call('SSL_set_bio', { args: [ssl, ssl + 8, ssl + 8] });
  calls.call('SSL_accept', { args: [ssl] }, () => {
    calls.call('read', { args: [descriptor], result: 200, records: handshakeRecord(hello) });
    const chosen = handshakeRecord(serverHello({ version: 0x0304, group: 0x1d }));
    calls.call('write', { args: [descriptor], result: 120, records: chosen });
  });
  calls.call('SSL_get1_session', { args: [ssl], result: session });
  calls.call('SSL_get1_peer_certificate', { args: [ssl], result: session + 8 });
  calls.call('SSL_read', { args: [ssl], result: 10 });
  calls.call('SSL_write', { args: [ssl], result: 10 });
  calls.call('SSL_free', { args: [ssl] });
}

describe('an audit of a server that runs for long', () => {
  it('counts every connection, and keeps none that is over', () => {
    const auditor = new Auditor(DEFAULT_AUDIT_POLICY);
    const calls = new AuditedCalls((event) => {
      auditor.accept(event);
    });
    calls.call('SSL_CTX_new', { args: [0], result: CONTEXT });
    for (let index = 0; index < FEW; index++) serve(calls, index);
    const before = heapBytes();
    for (let index = FEW; index < MANY; index++) serve(calls, index);
    const more = heapBytes() - before;
    const { connections, contexts, findings, blindSpots } = auditor.report();
    expect(connections).toMatchObject([
      {
        count: MANY,
        role: 'server',
        facts: { version: 'TLS 1.3', group: 'x25519', data: 'moved' },
      },
    ]);
    expect(contexts).toMatchObject([{ count: 1 }]);
    expect(findings).toEqual([]);
    expect(blindSpots).toEqual([]);
    expect(more).toBeLessThan(MOST_MORE_BYTES);
  }, 120_000);
});
