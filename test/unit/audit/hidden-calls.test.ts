import { Auditor } from '../../../src/audit/auditor.js';
import { DEFAULT_AUDIT_POLICY } from '../../../src/audit/policy/audit-policy.js';
import { AuditedCalls } from '../../support/audited-calls.js';
import {
  clientHello,
  dtlsClientHello,
  dtlsServerHello,
  handshakeRecord,
  keptDataRecord,
  serverHello,
} from '../../support/tls-records.js';

const CONTEXT = 0x1000;
const SSL = 0x2000;
const SOCKET = 5;
/** Finished of a client with SHA-256. */
const FINISHED = keptDataRecord(53);

function rulesOf(run: (calls: AuditedCalls) => void, how?: 'launch' | 'attach'): readonly string[] {
  const auditor = new Auditor(DEFAULT_AUDIT_POLICY);
  const calls = new AuditedCalls((event) => {
    auditor.accept(event);
  }, how);
  run(calls);
  return auditor.report().findings.map(({ rule }) => rule);
}

it('a version of DTLS is as old as the TLS that it was made from', () => {
  const rulesWith = (version: number): readonly string[] =>
    rulesOf((calls) => {
      calls.call('SSL_CTX_new', { args: [0], result: CONTEXT });
      calls.call('SSL_new', { args: [CONTEXT], result: SSL });
      calls.call('SSL_connect', { args: [SSL], result: 1 }, () => {
        calls.call('send', { args: [SOCKET], records: dtlsClientHello() });
        calls.call('recv', { args: [SOCKET], records: dtlsServerHello(version) });
      });
    });
  expect(rulesWith(0xfeff)).toEqual(['TLS-NEGOTIATED-WEAK']);
  expect(rulesWith(0xfefd)).toEqual([]);
});

describe('a connection of which not every call is seen', () => {
  const readsAlone = (calls: AuditedCalls): void => {
    calls.call('SSL_read', { args: [SSL], result: 3 });
  };

  it('is judged where a library made it within itself', () => {
    expect(rulesOf(readsAlone)).toEqual(['TLS-VERIFY-UNENFORCED']);
  });

  it('is not judged where it may have been there before', () => {
    expect(rulesOf(readsAlone, 'attach')).toEqual([]);
  });

  const handshake = (calls: AuditedCalls, ...behind: readonly (readonly number[])[]): void => {
    calls.call('SSL_CTX_new', { args: [0], result: CONTEXT });
    calls.call('SSL_new', { args: [CONTEXT], result: SSL });
    calls.call('SSL_connect', { args: [SSL], result: 1 }, () => {
      const hello = handshakeRecord(clientHello());
      const answer = handshakeRecord(serverHello({ version: 0x0304 }));
      calls.call('write', { args: [SOCKET], records: hello });
      calls.call('read', { args: [SOCKET], records: answer });
      for (const records of behind) calls.call('write', { args: [SOCKET], records });
    });
  };

  it('has moved data where records of it pass, whoever wrote them', () => {
    const program = (calls: AuditedCalls): void => {
      handshake(calls, FINISHED, keptDataRecord(40));
    };
    expect(rulesOf(program)).toEqual(['TLS-VERIFY-UNENFORCED']);
  });

  it('has moved none where only the handshake and its end pass', () => {
    const program = (calls: AuditedCalls): void => {
      handshake(calls, FINISHED, keptDataRecord(19));
    };
    expect(rulesOf(program)).toEqual([]);
  });
});
