/** What an audit says of handshakes, on both sides, is what OpenSSL's own decoder (`-trace`) says of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTsltrace, startTsltrace } from '../support/run-tsltrace.js';
import { decodeTrace, type TracedHandshake } from '../support/openssl-trace.js';
import { skipUnless } from '../support/skip-unless.js';
import { makeCertificates, type Certificates } from '../support/tls-servers.js';
import { hasTool, needs } from '../support/toolchain.js';

const itHasOpenssl = skipUnless(hasTool('openssl'), needs('openssl'));
const LONG_MS = 180_000;

interface Report {
  readonly connections: readonly {
    readonly count: number;
    readonly role: string;
    readonly facts: TracedHandshake;
  }[];
  readonly blindSpots: readonly unknown[];
}

let folder = '';
let certificates: Certificates;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsltrace-wire-'));
  certificates = makeCertificates(folder);
}, LONG_MS);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Case {
  readonly server?: readonly string[];
  /** The arguments of each client in turn. */
  readonly clients: readonly (readonly string[])[];
  /** What the case is there for: of the last client. */
  readonly shows: Partial<TracedHandshake>;
}

const own = (): readonly string[] => [
  ...['-cert', certificates.good.certificate, '-key', certificates.good.key],
];
const sessions = (): readonly [string, string] => [
  join(folder, 'session'),
  join(folder, 'session'),
];

const CASES: Readonly<Record<string, () => Case>> = {
  'TLS 1.3': () => ({ clients: [[]], shows: { version: 'TLS 1.3', resumed: 'full' } }),
  'TLS 1.2 with ECDHE': () => ({
    clients: [['-tls1_2', '-groups', 'P-384:X25519', '-sigalgs', 'RSA-PSS+SHA256:RSA+SHA384']],
    shows: { version: 'TLS 1.2', group: 'secp384r1', serverKey: 'rsa 2048' },
  }),
  'TLS 1.2 with DHE': () => ({
    clients: [['-tls1_2', '-cipher', 'DHE-RSA-AES128-GCM-SHA256']],
    shows: { suite: 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', group: '' },
  }),
  'TLS 1.2 with RSA': () => ({
    clients: [['-tls1_2', '-cipher', 'AES256-SHA256', '-noservername']],
    shows: { suite: 'TLS_RSA_WITH_AES_256_CBC_SHA256', group: '', serverName: '' },
  }),
  HelloRetryRequest: () => ({
    server: ['-groups', 'P-521'],
    clients: [['-groups', 'X25519:P-521']],
    shows: { retried: true, group: 'secp521r1' },
  }),
  'client certificates in TLS 1.2': () => ({
    server: ['-Verify', '1'],
    clients: [['-tls1_2', ...own()]],
    shows: { clientCertificate: 'sent' },
  }),
  'a client certificate that is wanted and not sent in TLS 1.2': () => ({
    server: ['-verify', '1'],
    clients: [['-tls1_2']],
    shows: { clientCertificate: 'asked for' },
  }),
  'ALPN in TLS 1.2': () => ({
    server: ['-alpn', 'h2,http/1.1'],
    clients: [['-tls1_2', '-alpn', 'http/1.1,spdy/3']],
    shows: { protocol: 'http/1.1', offeredProtocols: ['http/1.1', 'spdy/3'] },
  }),
  'ALPN and a client certificate in TLS 1.3': () => ({
    server: ['-alpn', 'h2', '-Verify', '1'],
    clients: [['-alpn', 'h2', ...own()]],
    shows: { protocol: 'h2', clientCertificate: '' },
  }),
  'resumption in TLS 1.3': () => ({
    clients: [
      ['-sess_out', sessions()[0]],
      ['-sess_in', sessions()[1]],
    ],
    shows: { resumed: 'resumed', version: 'TLS 1.3' },
  }),
  'resumption by ticket in TLS 1.2': () => ({
    clients: [
      ['-tls1_2', '-sess_out', sessions()[0]],
      ['-tls1_2', '-sess_in', sessions()[1]],
    ],
    shows: { resumed: 'resumed', serverKey: '' },
  }),
  'resumption by session id in TLS 1.2': () => ({
    server: ['-no_ticket'],
    clients: [
      ['-tls1_2', '-sess_out', sessions()[0]],
      ['-tls1_2', '-sess_in', sessions()[1]],
    ],
    shows: { resumed: 'resumed' },
  }),
  'messages of many records': () => ({
    server: ['-max_send_frag', '512', '-cert_chain', certificates.authority],
    clients: [['-tls1_2', '-max_send_frag', '512', '-alpn', 'x'.repeat(200)]],
    shows: { serverKey: 'rsa 2048', offeredProtocols: ['x'.repeat(200)] },
  }),
  'a version that the server refuses': () => ({
    server: ['-tls1_2'],
    clients: [['-tls1_3']],
    shows: { version: '', alerts: ['received protocol_version'] },
  }),
};

const PATIENCE = /ACCEPT 127\.0\.0\.1:(\d+)/;

describe('--audit of handshakes', () => {
  for (const [name, make] of Object.entries(CASES)) {
    itHasOpenssl(
      name,
      async () => {
        const { server = [], clients, shows } = make();
        const ofServer = join(folder, 'server.json');
        const audit = (path: string): string[] => ['--audit', '--audit-format', 'json', '-o', path];
        const running = startTsltrace(
          [
            ...[...audit(ofServer), '--', 'openssl', 's_server', '-accept', '127.0.0.1:0', '-www'],
            ...[...own(), '-naccept', `${clients.length}`, ...server],
          ],
          { timeoutMs: LONG_MS },
        );
        try {
          await running.sees(PATIENCE, LONG_MS);
          const port = PATIENCE.exec(running.output().stdout)?.[1] ?? '';
          const traced: TracedHandshake[] = [];
          for (const client of clients) {
            const path = join(folder, 'client.json');
            const decoded = join(folder, 'decoded.txt');
            const run = await runTsltrace(
              [
                ...[...audit(path), '--', 'openssl', 's_client', '-connect', `127.0.0.1:${port}`],
                ...['-ign_eof', '-trace', '-msgfile', decoded],
                ...(client.includes('-noservername') ? [] : ['-servername', 'localhost']),
                ...client,
              ],
              { input: 'GET / HTTP/1.0\r\n\r\n', timeoutMs: LONG_MS },
            );
            expect(run.timedOut).toBe(false);
            const facts = decodeTrace(readFileSync(decoded, 'utf8'), run.stdout);
            traced.push(facts);
            expect(seenIn(path)).toEqual([{ role: 'client', facts }]);
          }
          expect(traced.at(-1)).toMatchObject(shows);
          await running.finished();
          const expected = traced.map((facts) => ({ role: 'server', facts: asTheServer(facts) }));
          expect(seenIn(ofServer)).toEqual(expected);
        } finally {
          running.kill('SIGKILL');
          await running.finished();
        }
      },
      LONG_MS,
    );
  }
});

/** What a server chose in TLS 1.3 is encrypted, and s_server does not ask for it. */
function asTheServer(facts: TracedHandshake): TracedHandshake {
  return {
    ...facts,
    protocol: facts.version === 'TLS 1.3' ? '' : facts.protocol,
    alerts: facts.alerts.map((alert) => alert.replace('received', 'sent')),
  };
}

/** Each connection of a report, with the facts that a trace has as well. */
function seenIn(path: string): readonly unknown[] {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  expect(report.blindSpots).toEqual([]);
  return report.connections.flatMap(({ count, role, facts }) => {
    const { version, suite, group, serverName, protocol, resumed, retried } = facts;
    const { serverKey, clientCertificate, offeredVersions, offeredSuites } = facts;
    const { offeredGroups, offeredSignatures, offeredProtocols, alerts } = facts;
    const same = {
      ...{ version, suite, group, serverName, protocol, resumed, retried },
      ...{ serverKey, clientCertificate, offeredVersions, offeredSuites },
      ...{ offeredGroups, offeredSignatures, offeredProtocols },
      alerts: alerts.filter((alert) => !alert.endsWith('close_notify')),
    };
    return Array.from({ length: count }, () => ({ role, facts: same }));
  });
}
