/** The formats in which an audit is handed on: valid by their schemas, whatever the program under audit is called. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DEFAULT_AUDIT_POLICY } from '../../../../src/audit/policy/audit-policy.js';
import type { AuditReport } from '../../../../src/audit/report/report.js';
import { verdictOf } from '../../../../src/audit/verdict.js';
import { annotationsText } from '../../../../src/output/audit/annotations.js';
import { cbomText } from '../../../../src/output/audit/cbom/cbom.js';
import { junitText } from '../../../../src/output/audit/junit.js';
import { reportJson } from '../../../../src/output/audit/report-json.js';
import { sarifText } from '../../../../src/output/audit/sarif/sarif.js';
import { inProject } from '../../../support/project.js';
import { cbomMistakes, sarifMistakes } from '../../../support/report-schemas.js';
import { skipUnless } from '../../../support/skip-unless.js';
import { debianPython } from '../../../support/toolchain.js';
import { finding, frames, HOSTILE, hostileReport, origin, report } from './sample-report.js';

const policy = DEFAULT_AUDIT_POLICY;
const options = { policy, anchor: undefined };
const verdict = (of: AuditReport) => verdictOf(of, policy);

/** Controls, and what turns the direction of text: no output may hold them as they are. */
const UNSAFE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;

interface SarifRun {
  readonly results: readonly {
    readonly ruleId: string;
    readonly level: string;
    readonly message: { readonly text: string };
    readonly suppressions: readonly unknown[];
    readonly partialFingerprints: Readonly<Record<string, string>>;
    readonly locations: readonly {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string };
        readonly region: { readonly startLine: number };
      };
    }[];
  }[];
  readonly invocations: readonly {
    readonly exitCode: number;
    readonly toolExecutionNotifications: readonly {
      readonly descriptor: { readonly id: string };
      readonly level: string;
    }[];
  }[];
}

function sarif(of: AuditReport, anchor?: string): SarifRun {
  const document = JSON.parse(sarifText(of, verdict(of), { policy, anchor })) as {
    readonly runs: readonly [SarifRun];
  };
  expect(sarifMistakes(document)).toEqual([]);
  return document.runs[0];
}

/** A reader of its own: it makes comments on pull requests. */
const READER = inProject('node_modules/@security-alert/sarif-to-markdown/lib/sarif-to-markdown.js');

interface Comment {
  readonly body: string;
  readonly hasMessages: boolean;
}

function asComment(of: AuditReport): readonly Comment[] {
  const { sarifToMarkdown } = createRequire(__filename)(READER) as {
    readonly sarifToMarkdown: (options: object) => (log: unknown) => readonly Comment[];
  };
  const document: unknown = JSON.parse(sarifText(of, verdict(of), options));
  const place = { owner: 'o', repo: 'r', branch: 'main', sourceRoot: '', title: 'TLS' };
  return sarifToMarkdown(place)(document);
}

describe('SARIF', () => {
  skipUnless(existsSync(READER), 'needs npm ci')('is read by another program', () => {
    const [comment] = asComment(report('x', { findings: [finding('TLS-VERIFY-UNENFORCED', 'x')] }));
    expect(comment).toMatchObject({ hasMessages: true });
    expect(comment?.body).toContain('TLS-VERIFY-UNENFORCED');
    expect(comment?.body).toContain('Data moved, x.');
    expect(asComment(report('x'))).toMatchObject([{ hasMessages: false }]);
    expect(asComment(hostileReport)).toMatchObject([{ hasMessages: true }]);
  });

  it('is valid and inert, whatever names the program has', () => {
    const text = sarifText(hostileReport, verdict(hostileReport), options);
    expect(text).not.toMatch(UNSAFE);
    const { results } = sarif(hostileReport);
    expect(results).toHaveLength(3);
    expect(JSON.stringify(results.map(({ message }) => message))).not.toMatch(/\]\(|\{\d/);
    expect(sarif(report('x')).results).toEqual([]);
  });

  it('points to the source line, else to the script, else to the anchor, else to the program', () => {
    const where = (of: AuditReport, anchor?: string): unknown =>
      sarif(of, anchor).results.map(({ locations }) => [
        locations[0]?.physicalLocation.artifactLocation.uri,
        locations[0]?.physicalLocation.region.startLine,
      ]);
    const one = finding('TLS-VERIFY-UNENFORCED', 'x');
    const traced = {
      ...one,
      first: { ...one.first, origin: origin('x', { frames: frames('a b') }) },
    };
    expect(where(report('x', { findings: [traced] }))).toEqual([['file:///src/a%20b.c', 12]]);
    const python = { findings: [one], command: ['python3', '-u', 'jobs/fetch.py', 'other.py'] };
    expect(where(report('x', python), 'README.md')).toEqual([['jobs/fetch.py', 1]]);
    expect(where(report('x', { ...python, command: ['python3', '-c', 'x', 'a.py'] }))).toEqual([
      ['file:///bin/x', 1],
    ]);
    expect(where(report('x', { findings: [one] }), 'conf/tls.yml')).toEqual([['conf/tls.yml', 1]]);
  });

  it('tells blind spots and what was not read as notifications', () => {
    const [invocation] = sarif(hostileReport).invocations;
    expect(
      invocation?.toolExecutionNotifications.map(({ descriptor, level }) => [descriptor.id, level]),
    ).toEqual([
      ['TLS-BLIND-SPOT', 'error'],
      ['NOT-READ', 'warning'],
      ['NOT-SEEN', 'warning'],
      ['NOT-LOOKED-AT', 'note'],
    ]);
    expect(invocation?.exitCode).toBe(120);
  });

  it('keeps within GitHub’s limits, and says what is left out', () => {
    const many = Array.from({ length: 5200 }, (_, n) =>
      finding('TLS-VERIFY-UNENFORCED', `case ${n} ${'long '.repeat(n < 20 ? 2000 : 1)}`),
    );
    // Not held against the schema: to find doubles among so many takes a minute.
    const of = report('x', { findings: many });
    const text = sarifText(of, verdict(of), options);
    const [{ results, invocations }] = (JSON.parse(text) as { readonly runs: readonly [SarifRun] })
      .runs;
    expect(results).toHaveLength(5000);
    expect(Math.max(...results.map(({ message }) => message.text.length))).toBeLessThanOrEqual(
      2000,
    );
    expect(JSON.stringify(invocations)).toContain('200 more findings do not stand here');
  });

  it('marks what is allowed, lets a denied note weigh, and fingerprints without addresses', () => {
    const [, allowed] = sarif(hostileReport).results;
    expect(allowed?.suppressions).toMatchObject([{ status: 'accepted' }]);
    const note = report('x', { findings: [finding('TLS-VERIFY-OVERRULED', 'x')] });
    const denied = { ...policy, denied: new Set(['TLS-VERIFY-OVERRULED'] as const) };
    const text = sarifText(note, verdictOf(note, denied), { policy: denied, anchor: undefined });
    expect(text).toContain('"level": "warning",\n          "message"');
    const print = (what: string): unknown => {
      const one = finding('TLS-VERIFY-UNENFORCED', 'x');
      const moved = { ...one.first, pid: one.first.pid, origin: origin('x', { what, offset: 9 }) };
      return sarif(report('x', { findings: [{ ...one, first: moved }] })).results[0]
        ?.partialFingerprints;
    };
    expect(print('SSL_set_verify(0x7f0000001000, 1)')).toEqual(
      print('SSL_set_verify(0x7fffaaaa0000, 1)'),
    );
    expect(print('SSL_set_verify(0x7f0000001000, 1)')).not.toEqual(
      print('SSL_set_verify(0x7f0000001000, 0)'),
    );
  });
});

interface Bom {
  readonly serialNumber: string;
  readonly components: readonly {
    readonly name: string;
    readonly cryptoProperties?: Readonly<Record<string, unknown>>;
    readonly evidence: { readonly occurrences: readonly Readonly<Record<string, unknown>>[] };
    readonly properties: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly dependencies: readonly {
    readonly ref: string;
    readonly dependsOn?: readonly string[];
    readonly provides?: readonly string[];
  }[];
  readonly compositions: readonly { readonly aggregate: string }[];
}

interface NamedBom {
  readonly components: readonly {
    readonly name: string;
    readonly cryptoProperties?: { readonly algorithmProperties?: object };
  }[];
}

function cbom(of: AuditReport, specVersion: '1.6' | '1.7' = '1.6'): Bom {
  const document = JSON.parse(cbomText(of, verdict(of), specVersion)) as Bom;
  expect(cbomMistakes(document)).toEqual([]);
  return document;
}

describe('CBOM', () => {
  it('is valid and inert, whatever names the program has', () => {
    for (const version of ['1.6', '1.7'] as const) {
      expect(cbomText(hostileReport, verdict(hostileReport), version)).not.toMatch(UNSAFE);
      cbom(hostileReport, version);
    }
    expect(cbom(hostileReport).compositions).toMatchObject([{ aggregate: 'incomplete' }]);
    expect(cbom(report('x', { connections: [], programs: [] })).components).toHaveLength(2);
  });

  it('names algorithms with primitive, parameter set, functions, and where they were seen', () => {
    const { components, compositions } = cbom(report('x'));
    const named = (name: string) => components.find((one) => one.name === name);
    expect(named('AES-256-GCM')).toMatchObject({
      cryptoProperties: {
        assetType: 'algorithm',
        oid: '2.16.840.1.101.3.4.1.46',
        algorithmProperties: {
          primitive: 'ae',
          parameterSetIdentifier: '256',
          mode: 'gcm',
          cryptoFunctions: ['encrypt', 'decrypt', 'tag'],
        },
      },
      evidence: {
        identity: [{ methods: [{ technique: 'dynamic-analysis' }] }],
        occurrences: [
          {
            location: 'libx.so',
            offset: 0x1f6e3,
            additionalContext: expect.stringMatching(
              /^used 3 times by libssl.so.3 as client/,
            ) as string,
          },
          { additionalContext: expect.stringMatching(/^offered /) as string },
        ],
        callstack: { frames: [{ fullFilename: '/src/x.c', line: 12 }, { module: '[anon]' }] },
      },
    });
    expect(named('X25519')?.properties).toMatchObject([{ value: 'used' }]);
    expect(named('X25519MLKEM768')).toMatchObject({
      cryptoProperties: {
        algorithmProperties: { primitive: 'combiner', parameterSetIdentifier: 'ML-KEM-768' },
      },
      properties: [{ value: 'offered' }],
    });
    for (const name of [
      'HMAC-SHA-1',
      'AES-128-CBC',
      'FFDH-2048',
      'ECDH-secp256r1',
      'ECDSA-secp384r1-SHA-384',
      'Ed25519',
      'RSASSA-PSS-SHA-256',
      'RSASSA-PKCS1-v1_5-SHA-1',
      'ECDHE',
      'RSA',
    ]) {
      expect(components.map((one) => one.name)).toContain(name);
    }
    expect(compositions).toMatchObject([{ aggregate: 'unknown' }]);
  });

  it('has each certificate once, whatever it says of itself', () => {
    const base = report('x');
    const chain = ['CN=localhost', HOSTILE, '', 'CN=a\\<b\\\\\\>'].map((subject, index) => ({
      subject,
      issuer: subject,
      keyType: 'rsa',
      keyBits: 2048,
      notBefore: index === 2 ? '' : '2026-11-30T12:00:00.000Z',
      notAfter: index === 2 ? '' : '2027-01-31T12:00:00.000Z',
      fingerprint: `${index}`.repeat(64),
    }));
    const connections = base.connections.flatMap((one) => {
      const seen = { ...one, facts: { ...one.facts, certificates: chain } };
      return [seen, { ...seen, program: '/bin/other' }];
    });
    for (const version of ['1.6', '1.7'] as const) {
      const of = report('x', { connections });
      expect(cbomText(of, verdict(of), version)).not.toMatch(UNSAFE);
      const { components } = cbom(of, version) as unknown as {
        readonly components: readonly {
          readonly hashes?: readonly { readonly content: string }[];
          readonly cryptoProperties?: { readonly assetType: string };
        }[];
      };
      const found = components.filter(
        ({ cryptoProperties }) => cryptoProperties?.assetType === 'certificate',
      );
      expect(found.map(({ hashes }) => hashes?.[0]?.content)).toEqual(
        chain.map(({ fingerprint }) => fingerprint),
      );
      // Its own escapes are no characters that are to be escaped once more.
      expect(found[3]).toMatchObject({ name: 'CN=a\\<b\\\\\\>' });
      expect(found[0]).toMatchObject({
        name: 'CN=localhost',
        cryptoProperties: {
          certificateProperties: {
            subjectName: 'CN=localhost',
            notValidBefore: '2026-11-30T12:00:00.000Z',
          },
        },
        evidence: {
          occurrences: [{}, { additionalContext: expect.stringMatching(/other/) as unknown }],
        },
      });
    }
  });

  it('has the names of the catalogue in 1.7', () => {
    const of = (version: '1.6' | '1.7') =>
      new Map(
        (cbom(report('x'), version) as unknown as NamedBom).components.map(
          ({ name, cryptoProperties }) => [name, cryptoProperties?.algorithmProperties],
        ),
      );
    expect(of('1.6').get('X25519')).toMatchObject({ curve: 'x25519' });
    const named = of('1.7');
    const names = ['AES-256-GCM', 'X25519', 'ECDH-secp256r1', 'FFDH-2048', 'Ed25519', 'SHA-384'];
    expect(names.map((name) => named.get(name))).toMatchObject([
      { algorithmFamily: 'AES' },
      { algorithmFamily: 'ECDH', ellipticCurve: 'other/Curve25519' },
      { algorithmFamily: 'ECDH', ellipticCurve: 'secg/secp256r1' },
      { algorithmFamily: 'FFDH' },
      { algorithmFamily: 'EdDSA', ellipticCurve: 'other/Ed25519' },
      { algorithmFamily: 'SHA-2' },
    ]);
    expect(named.get('X25519MLKEM768')).not.toHaveProperty('algorithmFamily');
  });

  it('tells what the program depends on from what the library merely provides', () => {
    const { dependencies } = cbom(report('x'));
    const [program, library] = dependencies;
    expect(program?.dependsOn).toContain('algorithm/AES-256-GCM');
    expect(program?.dependsOn).not.toContain('algorithm/AES-128-CBC');
    expect(library?.provides).toEqual(
      expect.arrayContaining(['algorithm/AES-128-CBC', 'protocol/TLS-1.2']),
    );
  });

  it('is incomplete where coverage says so', () => {
    const { coverage, programs } = report('x');
    const of = (more: Partial<AuditReport>): unknown =>
      cbom(report('x', more)).compositions[0]?.aggregate;
    expect(
      of({ coverage: { ...coverage, refused: [{ module: 'm', symbol: 's', reason: 'r' }] } }),
    ).toBe('incomplete');
    expect(of({ programs: programs.map((one) => ({ ...one, how: 'attach' })) })).toBe('incomplete');
    expect(of({ dropped: 1 })).toBe('incomplete');
    expect(of({})).toBe('unknown');
  });

  it('has the same serial number for the same report alone', () => {
    expect(cbom(report('x')).serialNumber).toBe(cbom(report('x')).serialNumber);
    expect(cbom(report('x')).serialNumber).not.toBe(cbom(report('y')).serialNumber);
    expect(cbom(report('x')).serialNumber).not.toBe(cbom(report('x'), '1.7').serialNumber);
  });
});

describe('JUnit XML', () => {
  it('is inert, and counts what failed', () => {
    const text = junitText(hostileReport, verdict(hostileReport), policy);
    expect(text).not.toMatch(UNSAFE);
    expect(text).not.toMatch(/<script|<img|<!--|]]>/);
    expect(text).toContain('tests="22" failures="1" errors="1"');
    expect(text).toContain('skipped="1" timestamp="2026-11-30T12:00:00.000"');
    expect(junitText(report('x'), verdict(report('x')), policy)).toContain(
      'failures="0" errors="0"',
    );
  });

  skipUnless(debianPython() !== undefined, 'needs /usr/bin/python3 (Debian package python3)')(
    'is read by a parser of XML',
    () => {
      const script =
        'import sys, xml.etree.ElementTree as E; print(len(E.parse(sys.stdin.buffer).getroot().findall(".//testcase")))';
      const input = junitText(hostileReport, verdict(hostileReport), policy);
      const read = spawnSync('/usr/bin/python3', ['-c', script], { input, encoding: 'utf8' });
      expect(read.stdout).toBe('22\n');
    },
  );
});

it('the report as JSON is inert', () => {
  const text = reportJson(hostileReport, verdict(hostileReport));
  expect(text).toMatch(/^[ -~\n]+$/);
  expect(JSON.parse(text)).toMatchObject({ command: hostileReport.command });
});

describe('annotations of GitHub', () => {
  it('are one line each, and no name makes another command', () => {
    const text = annotationsText(hostileReport, verdict(hostileReport), options);
    expect(text).not.toMatch(UNSAFE);
    const lines = text.trimEnd().split('\n');
    expect(
      lines.map(
        (line) => /^::(\w+) file=[^,:]+(?:,line=\d+,col=\d+)?,title=TLS-[A-Z-]+::/.exec(line)?.[1],
      ),
    ).toEqual(['error', 'notice', 'error', undefined]);
    expect(lines.at(-1)).toBe('tsltrace audit: may not pass: 1 finding, 2 cases (exit status 120)');
  });

  it('are no more than a log takes', () => {
    const many = Array.from({ length: 300 }, (_, n) => finding('TLS-KEYLOG', `case ${n}`));
    const text = annotationsText(report('x', { findings: many }), verdict(report('x')), options);
    expect(text).toContain('::warning title=tsltrace::250 more findings\n');
    expect(text.split('\n')).toHaveLength(53);
  });
});
