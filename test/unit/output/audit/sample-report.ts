/** Reports of an audit as a test wants them, also with the worst of names in every place that the program controls. */
import { toCallId, toProcessId } from '../../../../src/base/ids.js';
import type { Finding } from '../../../../src/audit/findings/finding.js';
import { rule, type RuleName } from '../../../../src/audit/findings/rules.js';
import type { Origin } from '../../../../src/audit/ledger/setting.js';
import type { AuditReport, ConnectionFacts } from '../../../../src/audit/report/report.js';
import { toAddress } from '../../../../src/base/address.js';

/** What a program may put into names, paths and strings. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '</script><img src=x onerror=alert(2)>',
  '<!--<script>',
  ']]>&lt;&#60;%3C',
  '"\'`=onfocus=alert(3) ',
  '\x1b[31mred\x1b]0;title\x07',
  'right-to-left \u202eexe.txt \u2066',
  'NUL \0 CR \r LF \n::error file=x::injected',
  Buffer.of(0xff, 0xfe, 0xc3, 0x28).toString('latin1'),
  '[link](https://example.test) {0} {1} %0A',
  '=HYPERLINK("x")',
  'lone \ud800 half',
  '../../etc/passwd?a#b',
].join(' ');

export const origin = (text: string, more: Partial<Origin> = {}): Origin => ({
  call: toCallId(7),
  pid: toProcessId(42),
  what: `SSL_set_verify(${text}, 0x7f0012345678)`,
  module: `lib${text}.so`,
  offset: 0x1f6e3,
  ...more,
});

export const frames = (text: string): NonNullable<Origin['frames']> => [
  {
    address: toAddress(0x401000),
    module: text,
    offset: 0x1000,
    symbol: { name: text, offset: 4 },
    source: { file: `/src/${text}.c`, line: 12, column: 3 },
  },
  { address: toAddress(0x402000), module: '', offset: 0x2000 },
];

export const finding = (name: RuleName, text: string, more: Partial<Finding> = {}): Finding => ({
  rule: name,
  level: rule(name).level,
  count: 2,
  first: {
    rule: name,
    sentence: `Data moved, ${text}.`,
    evidence: [`verify mode: ${text}`, 'application data: SSL_read()'],
    calls: [toCallId(7)],
    origin: origin(text),
    pid: toProcessId(42),
    program: `/bin/${text}`,
    peer: '127.0.0.1:443',
  },
  peers: [`127.0.0.1:443`, text],
  ...more,
});

export const facts = (more: Partial<ConnectionFacts> = {}): ConnectionFacts => ({
  version: 'TLS 1.3',
  suite: 'TLS_AES_256_GCM_SHA384',
  group: 'x25519',
  serverName: 'localhost',
  protocol: 'h2',
  resumed: 'full',
  verification: 'X509_V_OK',
  host: 'checked by the library: localhost',
  data: 'moved',
  offeredVersions: ['TLS 1.3', 'TLS 1.2'],
  offeredSuites: ['TLS_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', '0xfafa'],
  offeredGroups: ['x25519', 'X25519MLKEM768', 'ffdhe2048', 'secp256r1'],
  offeredSignatures: ['rsa_pss_rsae_sha256', 'ecdsa_secp384r1_sha384', 'ed25519', 'rsa_pkcs1_sha1'],
  offeredProtocols: [],
  retried: false,
  serverKey: '',
  clientCertificate: '',
  alerts: [],
  ...more,
});

export function report(text: string, more: Partial<AuditReport> = {}): AuditReport {
  return {
    version: '0.1.0',
    startedAt: '2026-11-30T12:00:00.000Z',
    command: ['curl', text],
    programs: [
      {
        pid: 42,
        path: `/bin/${text}`,
        how: 'launch',
        end: 'exited with status 0',
        succeeded: true,
      },
    ],
    findings: [],
    blindSpots: [],
    contexts: [],
    connections: [
      {
        count: 3,
        program: `/bin/${text}`,
        library: 'libssl.so.3',
        role: 'client',
        facts: facts({ serverName: text, protocol: text }),
        settings: [],
        peers: [text],
        by: origin(text, { frames: frames(text) }),
      },
    ],
    coverage: {
      libraries: [
        {
          module: 'libssl.so.3',
          path: `/lib/${text}/libssl.so.3`,
          buildId: 'ab12',
          placed: 90,
          calls: 12,
        },
        { module: 'libcrypto.so.3', path: '/lib/libcrypto.so.3', buildId: '', placed: 9, calls: 0 },
      ],
      unreadable: [],
      refused: [],
      notFollowed: [],
      notes: ['DTLS and QUIC are not looked at'],
    },
    policy: { name: 'basic', source: 'RFC 8996', remark: '' },
    allowances: [],
    dropped: 0,
    ...more,
  };
}

/** Every part has something, and every string of it is hostile. */
export const hostileReport: AuditReport = report(HOSTILE, {
  findings: [
    finding('TLS-VERIFY-UNENFORCED', HOSTILE),
    finding('TLS-HOST-UNCHECKED', HOSTILE, { allowed: { because: HOSTILE, until: '2030-01-01' } }),
    finding('TLS-VERIFY-OVERRULED', HOSTILE, {
      first: {
        ...finding('TLS-VERIFY-OVERRULED', HOSTILE).first,
        origin: origin(HOSTILE, { frames: frames(HOSTILE), offset: 2n ** 60n }),
      },
    }),
  ],
  blindSpots: [
    {
      count: 1,
      pid: 42,
      program: HOSTILE,
      module: HOSTILE,
      role: 'client',
      facts: facts({ version: 'TLS 1.2', suite: 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', group: '0x9999' }),
      peers: [HOSTILE],
      hint: HOSTILE,
    },
  ],
  coverage: {
    ...report(HOSTILE).coverage,
    unreadable: [{ path: HOSTILE, reason: HOSTILE }],
    refused: [{ module: HOSTILE, symbol: HOSTILE, reason: HOSTILE }],
  },
});
