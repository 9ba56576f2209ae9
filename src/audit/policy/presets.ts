/** Policies that guidelines publish: their facts and figures, each with its version and where it stands. */
import type { GroupRule, Policy, SuiteRule } from './policy.js';

const TLS_1_2 = 0x0303;
const TLS_1_3 = 0x0304;

const suites = (...names: readonly string[]): SuiteRule => ({ names: new Set(names) });
const ciphers = (...names: readonly string[]): ReadonlySet<string> => new Set(names);
const advisory = (...names: readonly string[]): GroupRule => ({
  names: new Set(names),
  force: 'advisory',
});

const TLS_1_3_SUITES = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
];
const ECDHE_SUITES = ['ECDSA', 'RSA'].flatMap((key) => [
  `TLS_ECDHE_${key}_WITH_AES_128_GCM_SHA256`,
  `TLS_ECDHE_${key}_WITH_AES_256_GCM_SHA384`,
  `TLS_ECDHE_${key}_WITH_CHACHA20_POLY1305_SHA256`,
]);
const DHE_SUITES = [
  'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];
const CLASSICAL = ['x25519', 'secp256r1', 'secp384r1'];
const HYBRID = ['X25519MLKEM768', ...CLASSICAL];
const mozilla = (version: string): string =>
  `mozilla/ssl-config-generator, src/static/guidelines/${version}.json`;

/** What these guidelines do not approve of, wherever it is used. */
const NOT_APPROVED = ['CRYPTO-DIGEST-WEAK', 'CRYPTO-CIPHER-WEAK', 'CRYPTO-RSA-SHORT'] as const;

/** What no guideline allows: the default. */
const BASIC: Policy = {
  name: 'basic',
  source: 'RFC 8996 (TLS 1.0 and 1.1), RFC 7465 (RC4), RFC 9325 section 4.1',
  minimumVersion: TLS_1_2,
};

const PRESETS: readonly Policy[] = [
  BASIC,
  {
    name: 'mozilla-modern-5.7',
    source: mozilla('5.7'),
    minimumVersion: TLS_1_3,
    suites: suites(...TLS_1_3_SUITES),
    groups: advisory(...CLASSICAL),
  },
  {
    name: 'mozilla-intermediate-5.7',
    source: mozilla('5.7'),
    minimumVersion: TLS_1_2,
    suites: suites(...TLS_1_3_SUITES, ...ECDHE_SUITES, ...DHE_SUITES),
    groups: advisory(...CLASSICAL),
    rsaBits: 2048,
  },
  {
    name: 'mozilla-modern-5.8',
    source: mozilla('5.8'),
    minimumVersion: TLS_1_3,
    suites: suites(...TLS_1_3_SUITES),
    groups: advisory(...HYBRID),
  },
  {
    name: 'mozilla-intermediate-5.8',
    source: mozilla('5.8'),
    minimumVersion: TLS_1_2,
    suites: suites(...TLS_1_3_SUITES, ...ECDHE_SUITES),
    groups: advisory(...HYBRID),
    rsaBits: 2048,
  },
  {
    name: 'mozilla-intermediate-6.0',
    source: mozilla('6.0'),
    minimumVersion: TLS_1_2,
    suites: suites(...TLS_1_3_SUITES, ...ECDHE_SUITES),
    groups: advisory(...HYBRID),
    rsaBits: 2048,
  },
  {
    name: 'fedora-future',
    source: 'fedora-crypto-policies, policies/FUTURE.pol',
    minimumVersion: TLS_1_2,
    suites: {
      ciphers: ciphers('AES_256_GCM', 'AES_256_CCM', 'CHACHA20_POLY1305'),
      keyExchanges: new Set(['any', 'ECDHE', 'DHE']),
      noSha1: true,
    },
    rsaBits: 3072,
    securityLevel: 3,
    denies: NOT_APPROVED,
  },
  {
    name: 'fips-shaped',
    source: 'fedora-crypto-policies, policies/FIPS.pol',
    remark: 'not a statement of compliance with FIPS 140',
    minimumVersion: TLS_1_2,
    suites: {
      ciphers: ciphers(
        ...['AES_128_GCM', 'AES_256_GCM', 'AES_128_CCM', 'AES_256_CCM'],
        ...['AES_128_CBC', 'AES_256_CBC'],
      ),
      keyExchanges: new Set(['any', 'ECDHE', 'DHE']),
    },
    groups: {
      names: new Set([
        ...['secp256r1', 'secp384r1', 'secp521r1'],
        ...['ffdhe2048', 'ffdhe3072', 'ffdhe4096', 'ffdhe6144', 'ffdhe8192'],
      ]),
      force: 'required',
    },
    rsaBits: 2048,
    denies: NOT_APPROVED,
  },
  {
    name: 'bsi-tr-02102-2',
    source: 'fedora-crypto-policies, policies/BSI.pol, after BSI TR-02102-2 (2023/24)',
    minimumVersion: TLS_1_2,
    suites: {
      ciphers: ciphers(
        ...['AES_128_GCM', 'AES_256_GCM', 'AES_128_CCM', 'AES_256_CCM'],
        ...['AES_128_CBC', 'AES_256_CBC'],
      ),
      keyExchanges: new Set(['any', 'ECDHE', 'DHE']),
    },
    groups: {
      names: new Set([
        ...['secp256r1', 'secp384r1', 'secp521r1'],
        ...['brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1'],
        ...['brainpoolP256r1tls13', 'brainpoolP384r1tls13', 'brainpoolP512r1tls13'],
        ...['ffdhe3072', 'ffdhe4096'],
      ]),
      force: 'required',
    },
    rsaBits: 3000,
    denies: NOT_APPROVED,
  },
  {
    name: 'system',
    source: 'openssl.cnf, or the crypto-policies back end, of this machine: TLS-POLICY-OVERRIDDEN',
    remark: 'what the configuration leaves open is not judged',
  },
  {
    name: 'pqc',
    source: 'IANA, TLS Supported Groups 0x11EB to 0x11ED',
    minimumVersion: TLS_1_3,
    postQuantum: true,
  },
];

export const DEFAULT_POLICY: Policy = BASIC;

export function presetNamed(name: string): Policy | undefined {
  return PRESETS.find((preset) => preset.name === name);
}

export const PRESET_NAMES: readonly string[] = PRESETS.map(({ name }) => name);
