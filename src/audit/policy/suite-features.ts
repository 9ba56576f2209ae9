/** What the name of a cipher suite says: how keys are agreed on, who proves to be whom, what encrypts. */

export interface SuiteFeatures {
  /** 'any' in TLS 1.3, where the suite does not say. */
  readonly keyExchange: string;
  readonly authentication: string;
  /** As in the name: `AES_128_GCM`. */
  readonly cipher: string;
  readonly hash: string;
}

/**
 * Takes a name of the IANA registry apart: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`, `TLS_AES_128_GCM_SHA256`.
 *
 * @returns undefined for a number without a name, and for the signalling values
 */
export function featuresOf(name: string): SuiteFeatures | undefined {
  const [, agreement, rest = ''] = /^TLS_(?:(.+?)_WITH_)?(.+)$/.exec(name) ?? [];
  if (rest === '' || name.endsWith('_SCSV')) return undefined;
  const at = /_(?:SHA|SHA256|SHA384|SHA512|MD5|SM3|NULL)$/.exec(rest)?.index;
  const cipher = at === undefined ? rest : rest.slice(0, at);
  const hash = at === undefined ? '' : rest.slice(at + 1);
  if (agreement === undefined) return { keyExchange: 'any', authentication: 'any', cipher, hash };
  const [keyExchange = '', authentication = keyExchange] = agreement
    .replace('_EXPORT', '')
    .split('_');
  return { keyExchange, authentication, cipher, hash };
}

/** Broken or empty, whatever the policy: RFC 7465, RFC 8758, RFC 9325 section 4.1, and suites without a secret. */
export function isBroken(name: string): boolean {
  return /NULL|EXPORT|RC4|RC2|DES|_anon_|MD5$/.test(name);
}
