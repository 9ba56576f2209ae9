/** The rules of an audit: what each finds fault with, and how bad that is. */

export type Level = 'error' | 'warning' | 'note';

export interface RuleFacts {
  readonly level: Level;
  /** Of the Common Weakness Enumeration, where one fits. */
  readonly cwe?: number;
  readonly title: string;
}

const error = (cwe: number, title: string): RuleFacts => ({ level: 'error', cwe, title });
const warning = (cwe: number, title: string): RuleFacts => ({ level: 'warning', cwe, title });
const note = (cwe: number, title: string): RuleFacts => ({ level: 'note', cwe, title });

export const RULES = {
  'TLS-VERIFY-UNENFORCED': error(295, 'data moved though the certificate was not verified'),
  'TLS-VERIFY-LATENT': warning(295, 'nobody looks at the result of the verification'),
  'TLS-VERIFY-OVERRULED': note(295, 'a callback accepted a certificate that the library rejects'),
  'TLS-HOST-UNCHECKED': error(297, 'the name in the certificate was not compared'),
  'TLS-POLICY-OVERRIDDEN': {
    level: 'warning',
    title: "a value of the system's configuration was replaced",
  },
  'TLS-OFFER-WEAK': warning(327, 'more is offered than the policy allows'),
  'TLS-NEGOTIATED-WEAK': error(327, 'what was negotiated is not allowed by the policy'),
  'TLS-SECLEVEL-LOW': warning(326, "the security level is below the policy's"),
  'TLS-KEYLOG': warning(532, 'the keys of connections are logged'),
  'TLS-CA-EMPTY': warning(295, 'no certificate is trusted'),
  'TLS-KEY-SHORT': error(326, 'a key is shorter than the policy allows'),
  'TLS-BLIND-SPOT': {
    level: 'error',
    title: 'TLS was spoken by a library that cannot be looked into',
  },
  'CALL-DENIED': { level: 'error', title: 'a call was made that the policy denies' },
  'CALL-MISSING': { level: 'error', title: 'a call was not made that the policy expects' },
  'CRYPTO-DIGEST-WEAK': note(328, 'a weak digest was used'),
  'CRYPTO-CIPHER-WEAK': warning(327, 'a weak cipher was used'),
  'CRYPTO-ECB': note(327, 'a cipher was used in ECB mode'),
  'CRYPTO-UNAUTHENTICATED': note(353, 'a cipher was used that does not detect changes'),
  'CRYPTO-RSA-SHORT': warning(326, 'a short RSA key was made'),
  'CRYPTO-PKCS1V15': note(780, 'RSA encryption with PKCS #1 v1.5 padding'),
  'CRYPTO-KDF-CHEAP': note(916, 'a key was derived from a password too cheaply'),
} as const satisfies Record<string, RuleFacts>;

export type RuleName = keyof typeof RULES;

/** Those that some part of the audit looks for. */
export const JUDGED_RULES: readonly RuleName[] = [
  'TLS-VERIFY-UNENFORCED',
  'TLS-VERIFY-LATENT',
  'TLS-VERIFY-OVERRULED',
  'TLS-HOST-UNCHECKED',
  'TLS-POLICY-OVERRIDDEN',
  'TLS-OFFER-WEAK',
  'TLS-NEGOTIATED-WEAK',
  'TLS-SECLEVEL-LOW',
  'TLS-KEYLOG',
  'TLS-CA-EMPTY',
  'TLS-KEY-SHORT',
  'CRYPTO-DIGEST-WEAK',
  'CRYPTO-CIPHER-WEAK',
  'CRYPTO-ECB',
  'CRYPTO-UNAUTHENTICATED',
  'CRYPTO-RSA-SHORT',
  'CRYPTO-PKCS1V15',
  'CRYPTO-KDF-CHEAP',
  'CALL-DENIED',
  'CALL-MISSING',
];

export function rule(name: RuleName): RuleFacts {
  return RULES[name];
}
