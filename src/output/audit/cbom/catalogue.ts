/** Families and curves by the names that CycloneDX 1.7 has for them: its cryptography-defs.schema.json. */
import type { Algorithm } from './algorithms.js';

/** By how our names begin, the first that fits. */
const FAMILIES: readonly (readonly [name: RegExp, family: string])[] = [
  [/^AES/, 'AES'],
  [/^ARIA/, 'ARIA'],
  [/^CAMELLIA/, 'CAMELLIA'],
  [/^CHACHA20/, 'ChaCha20'],
  [/^3DES/, '3DES'],
  [/^DES/, 'DES'],
  [/^(IDEA|RC2|RC4|SEED|SM3|SM4|MD5|HMAC|SHA-1|ECDSA|DSA|ML-DSA|ML-KEM)(?![a-z])/, '$1'],
  [/^SHA-(?:224|256|384|512)/, 'SHA-2'],
  [/^RSASSA-PSS/, 'RSASSA-PSS'],
  [/^(?:RSASSA-PKCS1|RSA$)/, 'RSASSA-PKCS1'],
  [/^RSAES-PKCS1/, 'RSAES-PKCS1'],
  [/^Ed(?:25519|448)/, 'EdDSA'],
  [/^(?:ECDHE?(?:-|$)|X25519$|X448$)/, 'ECDH'],
  [/^(?:DHE?$|FFDH)/, 'FFDH'],
];

/** undefined where it has none: of hybrids, for one. */
export function familyOf({ name }: Algorithm): string | undefined {
  for (const [pattern, family] of FAMILIES) {
    const found = pattern.exec(name);
    if (found !== null) return family === '$1' ? found[1] : family;
  }
  return undefined;
}

const CURVES: Readonly<Record<string, string>> = {
  x25519: 'other/Curve25519',
  x448: 'other/Curve448',
  ed25519: 'other/Ed25519',
  ed448: 'other/Ed448',
};

/** undefined for names that it does not know. */
export function catalogued(curve: string): string | undefined {
  if (/^sec[pt]\d{3}[rk]\d$/.test(curve)) return `secg/${curve}`;
  const brainpool = /^brainpoolP(\d{3})r1(?:tls13)?$/.exec(curve)?.[1];
  return brainpool === undefined ? CURVES[curve] : `brainpool/brainpoolP${brainpool}r1`;
}
