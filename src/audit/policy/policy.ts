/** What is allowed: facts and figures of a guideline, to which connections and settings are held. */
import type { RuleName } from '../findings/rules.js';

export interface Policy {
  readonly name: string;
  /** Where its facts are from, for the report. */
  readonly source: string;
  /** What it does not claim. */
  readonly remark?: string;
  /** 0x0303 is TLS 1.2. */
  readonly minimumVersion?: number;
  readonly suites?: SuiteRule;
  readonly groups?: GroupRule;
  /** Bits of RSA keys in certificates; those of DH are not seen on the wire. */
  readonly rsaBits?: number;
  /** OpenSSL's, 0 to 5: SSL_CTX_set_security_level(3). */
  readonly securityLevel?: number;
  /** Rules whose findings fail a run, though they are but notes. */
  readonly denies?: readonly RuleName[];
  /** Is a hybrid group with ML-KEM demanded? */
  readonly postQuantum?: true;
}

/** A suite is allowed when all that is said here holds for it. */
export interface SuiteRule {
  /** By name; then nothing else counts. */
  readonly names?: ReadonlySet<string>;
  /** Of the cipher: `AES_128_GCM`. */
  readonly ciphers?: ReadonlySet<string>;
  /** 'any' is TLS 1.3. */
  readonly keyExchanges?: ReadonlySet<string>;
  readonly noSha1?: true;
}

export interface GroupRule {
  readonly names: ReadonlySet<string>;
  /** 'advisory': hardly anybody complies, so it is a note. */
  readonly force: 'advisory' | 'required';
}
