import { Auditor } from '../../../src/audit/auditor.js';
import { DEFAULT_AUDIT_POLICY } from '../../../src/audit/policy/audit-policy.js';
import { AuditedCalls } from '../../support/audited-calls.js';

const CONTEXT = 0x1000;
const SSL = 0x2000;
const STORE = 0x3000;
const VERIFICATION = 0x4000;
const SSL_VERIFY_PEER = 1;
/** X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_CERT_HAS_EXPIRED */
const NO_ISSUER = 20;
const EXPIRED = 10;

/** The rules that are broken where a client's handshake fails with this error, after these calls on its context. */
function rulesAfter(error: number, prepare: (calls: AuditedCalls) => void): readonly string[] {
  const auditor = new Auditor(DEFAULT_AUDIT_POLICY);
  const calls = new AuditedCalls((event) => {
    auditor.accept(event);
  });
  calls.call('SSL_CTX_new', { args: [0], result: CONTEXT });
  prepare(calls);
  calls.call('SSL_new', { args: [CONTEXT], result: SSL });
  calls.call('SSL_connect', { args: [SSL], result: -1 }, () => {
    calls.call('X509_verify_cert', { args: [VERIFICATION], result: 0 });
    calls.call('X509_STORE_CTX_get_error', { args: [VERIFICATION], result: error });
  });
  calls.call('SSL_free', { args: [SSL] });
  return auditor.report().findings.map(({ rule }) => rule);
}

const verifies = (calls: AuditedCalls): void => {
  calls.call('SSL_CTX_set_verify', { args: [CONTEXT, SSL_VERIFY_PEER, 0] });
};

describe('a context that trusts nobody', () => {
  it('is found where it verifies, and so refuses everybody', () => {
    expect(rulesAfter(NO_ISSUER, verifies)).toEqual(['TLS-CA-EMPTY']);
  });

  it('is none where authorities were loaded, or may have been', () => {
    for (const loads of [
      { name: 'SSL_CTX_load_verify_locations', result: 1 },
      { name: 'SSL_CTX_set_default_verify_paths', result: 1 },
      { name: 'SSL_CTX_get_cert_store', result: STORE },
    ]) {
      const prepare = (calls: AuditedCalls): void => {
        verifies(calls);
        calls.call(loads.name, { args: [CONTEXT, 0, 0], result: loads.result });
      };
      expect([loads.name, rulesAfter(NO_ISSUER, prepare)]).toEqual([loads.name, []]);
    }
  });

  it('is none where nobody verifies, or the certificate has another fault', () => {
    expect(rulesAfter(NO_ISSUER, () => undefined)).toEqual([]);
    expect(rulesAfter(EXPIRED, verifies)).toEqual([]);
  });
});
