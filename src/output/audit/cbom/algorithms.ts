/** Algorithms as CycloneDX 1.6 describes them, from the names in handshakes. */
import { featuresOf } from '../../../audit/policy/suite-features.js';

/** Values of the enumerations of bom-1.6.schema.json, those that TLS needs. */
export interface Algorithm {
  readonly name: string;
  readonly primitive:
    | 'ae'
    | 'block-cipher'
    | 'stream-cipher'
    | 'hash'
    | 'mac'
    | 'key-agree'
    | 'kem'
    | 'pke'
    | 'signature'
    | 'combiner'
    | 'other';
  /** Bits of the key or digest, or the name of the set: `256`, `ML-KEM-768`. */
  readonly parameterSet?: string;
  readonly curve?: string;
  readonly mode?: 'cbc' | 'ccm' | 'gcm' | 'ctr' | 'other';
  readonly padding?: 'pkcs1v15' | 'other';
  readonly functions: readonly (
    | 'encrypt'
    | 'decrypt'
    | 'tag'
    | 'digest'
    | 'keygen'
    | 'keyderive'
    | 'encapsulate'
    | 'decapsulate'
    | 'sign'
    | 'verify'
  )[];
  readonly oid?: string;
}

/** Of a cipher suite: what encrypts, what digests, and where the name says so how keys are agreed on and signed. */
export function algorithmsOfSuite(suite: string): readonly Algorithm[] {
  const features = featuresOf(suite);
  if (features === undefined) return [];
  const { keyExchange, authentication, cipher, hash } = features;
  const digest = /CCM/.test(cipher) && hash === '' ? 'SHA256' : hash;
  return [
    cipherNamed(cipher),
    digestNamed(digest, /GCM|CCM|POLY1305/.test(cipher)),
    agreementNamed(keyExchange),
    authenticationNamed(authentication),
  ].filter((one) => one !== undefined);
}

/** IANA writes the key's bits behind the name, except for those that have but one. */
const KEY_BITS: Readonly<Record<string, string>> = {
  CHACHA20: '256',
  '3DES': '168',
  DES: '56',
  IDEA: '128',
  SEED: '128',
};

function cipherNamed(cipher: string): Algorithm | undefined {
  if (cipher === 'NULL') return undefined;
  const family = /^(3DES|[A-Z]+\d*?(?=_|$)|CHACHA20|RC4|RC2|DES40)/.exec(cipher)?.[1] ?? cipher;
  const bits = /_(\d{2,3})(?:_|$)/.exec(cipher)?.[1] ?? KEY_BITS[family];
  const mode = (['gcm', 'ccm', 'cbc', 'ctr'] as const).find((one) =>
    cipher.includes(one.toUpperCase()),
  );
  const isAuthenticated = /GCM|CCM|POLY1305|_MGM/.test(cipher);
  const isStream = /^(?:RC4|CHACHA20)/.test(cipher);
  return {
    name: cipher.replaceAll('_', '-'),
    primitive: isAuthenticated ? 'ae' : isStream ? 'stream-cipher' : 'block-cipher',
    ...(bits !== undefined && { parameterSet: bits }),
    ...(mode !== undefined && { mode }),
    functions: isAuthenticated ? ['encrypt', 'decrypt', 'tag'] : ['encrypt', 'decrypt'],
    ...oidOf(cipher),
  };
}

/** NIST, Computer Security Objects Register; SHA-1 of ISO 10118, MD5 of RSA Data Security. */
const OIDS: Readonly<Record<string, string>> = {
  AES_128_CBC: '2.16.840.1.101.3.4.1.2',
  AES_128_GCM: '2.16.840.1.101.3.4.1.6',
  AES_128_CCM: '2.16.840.1.101.3.4.1.7',
  AES_256_CBC: '2.16.840.1.101.3.4.1.42',
  AES_256_GCM: '2.16.840.1.101.3.4.1.46',
  AES_256_CCM: '2.16.840.1.101.3.4.1.47',
  SHA256: '2.16.840.1.101.3.4.2.1',
  SHA384: '2.16.840.1.101.3.4.2.2',
  SHA512: '2.16.840.1.101.3.4.2.3',
  SHA: '1.3.14.3.2.26',
  MD5: '1.2.840.113549.2.5',
};

function oidOf(name: string): { readonly oid?: string } {
  const found = OIDS[name];
  return found === undefined ? {} : { oid: found };
}

const DIGESTS: Readonly<Record<string, readonly [name: string, bits: string]>> = {
  MD5: ['MD5', '128'],
  SHA: ['SHA-1', '160'],
  SHA256: ['SHA-256', '256'],
  SHA384: ['SHA-384', '384'],
  SHA512: ['SHA-512', '512'],
  SM3: ['SM3', '256'],
};

/** With a cipher that authenticates, the digest serves the derivation of keys; else the records' HMAC. */
function digestNamed(hash: string, isForKeys: boolean): Algorithm | undefined {
  const [name, bits] = DIGESTS[hash] ?? [];
  if (name === undefined || bits === undefined) return undefined;
  return isForKeys
    ? { name, primitive: 'hash', parameterSet: bits, functions: ['digest'], ...oidOf(hash) }
    : { name: `HMAC-${name}`, primitive: 'mac', parameterSet: bits, functions: ['tag'] };
}

function agreementNamed(keyExchange: string): Algorithm | undefined {
  switch (keyExchange) {
    case 'ECDHE':
    case 'ECDH':
    case 'DHE':
    case 'DH':
      return { name: keyExchange, primitive: 'key-agree', functions: ['keygen', 'keyderive'] };
    case 'RSA':
      return {
        name: 'RSAES-PKCS1-v1_5',
        primitive: 'pke',
        padding: 'pkcs1v15',
        functions: ['encrypt', 'decrypt'],
        oid: '1.2.840.113549.1.1.1',
      };
    default:
      return undefined;
  }
}

function authenticationNamed(authentication: string): Algorithm | undefined {
  if (!/^(?:RSA|ECDSA|DSS)$/.test(authentication)) return undefined;
  const name = authentication === 'DSS' ? 'DSA' : authentication;
  return { name, primitive: 'signature', functions: ['sign', 'verify'] };
}

/** Hybrids that TLS names as one group: RFC 8446 groups joined with FIPS 203. */
const HYBRIDS: Readonly<Record<string, readonly [curve: string, set: string]>> = {
  X25519MLKEM768: ['x25519', 'ML-KEM-768'],
  SecP256r1MLKEM768: ['secp256r1', 'ML-KEM-768'],
  SecP384r1MLKEM1024: ['secp384r1', 'ML-KEM-1024'],
  X25519Kyber768Draft00: ['x25519', 'Kyber768'],
};

export function algorithmOfGroup(group: string): Algorithm | undefined {
  const [curve, set] = HYBRIDS[group] ?? [];
  if (curve !== undefined && set !== undefined) {
    return {
      name: group,
      primitive: 'combiner',
      parameterSet: set,
      curve,
      functions: ['keygen', 'encapsulate', 'decapsulate', 'keyderive'],
    };
  }
  const kem = /^MLKEM(\d+)$/.exec(group)?.[1];
  if (kem !== undefined) {
    const functions = ['keygen', 'encapsulate', 'decapsulate'] as const;
    return { name: `ML-KEM-${kem}`, primitive: 'kem', parameterSet: kem, functions };
  }
  const functions = ['keygen', 'keyderive'] as const;
  const field = /^ffdhe(\d+)$/.exec(group)?.[1];
  if (field !== undefined) {
    return { name: `FFDH-${field}`, primitive: 'key-agree', parameterSet: group, functions };
  }
  if (group === '' || group.startsWith('0x')) return undefined;
  const name = /^x(?:25519|448)$/.test(group) ? group.toUpperCase() : `ECDH-${group}`;
  return { name, primitive: 'key-agree', parameterSet: curveBits(group), curve: group, functions };
}

/** As in the name; of the two of RFC 7748 the bits of the prime. */
function curveBits(curve: string): string {
  if (curve === 'x25519') return '255';
  return /\d{3}/.exec(curve)?.[0] ?? curve;
}

/** `rsa_pss_rsae_sha256`, `ecdsa_secp256r1_sha256`, `ed25519`, `mldsa65`: names of TLS SignatureScheme. */
export function algorithmOfSignature(scheme: string): Algorithm | undefined {
  if (scheme === '' || scheme.startsWith('0x')) return undefined;
  const signs = { primitive: 'signature', functions: ['sign', 'verify'] } as const;
  const set = /^mldsa(\d+)$/.exec(scheme)?.[1];
  if (set !== undefined) return { name: `ML-DSA-${set}`, ...signs, parameterSet: set };
  const edwards = /^ed(25519|448)$/.exec(scheme)?.[1];
  if (edwards !== undefined) {
    return { name: `Ed${edwards}`, ...signs, parameterSet: edwards, curve: `ed${edwards}` };
  }
  const [, family, digest] = /^(rsa_pss|rsa|dsa|ecdsa)_.*?(md5|sha\d+)$/.exec(scheme) ?? [];
  const [hash, bits] = DIGESTS[(digest ?? '').toUpperCase().replace('SHA1', 'SHA')] ?? [];
  if (family === undefined || hash === undefined || bits === undefined) {
    return { name: scheme, ...signs };
  }
  return { ...signs, parameterSet: bits, ...schemeOf(family, scheme, hash) };
}

function schemeOf(
  family: string,
  scheme: string,
  hash: string,
): Pick<Algorithm, 'name' | 'padding' | 'curve'> {
  switch (family) {
    case 'rsa_pss':
      return { name: `RSASSA-PSS-${hash}`, padding: 'other' };
    case 'rsa':
      return { name: `RSASSA-PKCS1-v1_5-${hash}`, padding: 'pkcs1v15' };
    case 'ecdsa': {
      const curve = /^ecdsa_([a-zA-Z]+\d+[a-z0-9]*)_/.exec(scheme)?.[1];
      const name = `ECDSA-${hash}`;
      return curve === undefined ? { name } : { name: `ECDSA-${curve}-${hash}`, curve };
    }
    default:
      return { name: `DSA-${hash}` };
  }
}
