/**
 * OpenSSL: digests, ciphers, keys and derivations that a program itself begins, EVP_DigestInit(3), EVP_EncryptInit(3).
 * What is fetched is not used yet, and what libssl and libcrypto do for themselves is theirs.
 */
import type { Judgement } from '../../findings/finding.js';
import type { RuleName } from '../../findings/rules.js';
import type { Algorithm } from '../../ledger/process-ledger.js';
import { key } from '../../ledger/process-ledger.js';
import { atCall, atReturn, type Handler, type HandlerTable } from '../handler.js';
import type { Moment } from '../moment.js';

/** Collisions are found in practice: RFC 6151, RFC 6194, RFC 6150. */
const WEAK_DIGESTS = /^(?:MD2|MD4|MD5|SHA-?1|MDC-?2|MD5-SHA1)$/i;
/** Broken, or with blocks of 64 bits (RFC 7465, RFC 8429, NIST SP 800-131A, CVE-2016-2183). */
const WEAK_CIPHERS = /^(?:DES|DES3|RC2|RC4|BF|BLOWFISH|CAST5?|IDEA|SEED|NULL)(?:-|$)/i;
const ECB = /-ECB$/i;
/** Modes that do not tell when what they encrypted was changed. */
const UNAUTHENTICATED = /-(?:CBC|CTR|OFB|CFB(?:1|8|64|128)?)$/i;
/** <openssl/evp.h>: EVP_MD_CTX_FLAG_NON_FIPS_ALLOW, how Python says "not for security". */
const NON_FIPS_ALLOW = 0x8;
/** A property query (property(7)) that leaves FIPS behind on purpose says the same. */
const NOT_FOR_SECURITY = /(?:^|,)\s*(?:-fips|fips\s*(?:=\s*no|!=\s*yes))/;
/** NIST SP 800-131A: RSA keys below are not to be made. */
const LEAST_RSA_BITS = 2048;
/** RFC 8018, section 4.2: the least count of a derivation from a password. */
const LEAST_ITERATIONS = 1000;
/** <openssl/rsa.h> */
const RSA_PKCS1_PADDING = 1;
const LIBRARY = /^lib(?:ssl|crypto)\b/;

/** Of a static program it cannot be told who asks: what happens in its own module is left alone. */
function isOfProgram({ call, around }: Moment): boolean {
  const { caller, library } = call;
  if (LIBRARY.test(caller.module) || caller.module === library) return false;
  for (const outer of around.thread.enclosing()) {
    if (outer !== call && LIBRARY.test(outer.library)) return false;
  }
  return true;
}

function found(at: Moment, rule: RuleName, sentence: string, ...shown: readonly number[]): void {
  const origin = at.origin(...shown);
  const judgement: Judgement = { rule, sentence, evidence: [], calls: [at.call.call], origin };
  at.around.onFinding(judgement);
}

const named = (kind: Algorithm['kind'], nameAt: number, queryAt?: number): Handler =>
  atReturn((at) => {
    const name = at.text(nameAt);
    if (name === undefined || at.result === 0) return;
    const query = queryAt === undefined ? undefined : at.text(queryAt);
    const isForSecurity = query === undefined || !NOT_FOR_SECURITY.test(query);
    at.ledger.algorithms.set(key(at.result), { kind, name, isForSecurity });
  });

const constant = (kind: Algorithm['kind'], name: string): Handler =>
  atReturn((at) => {
    at.ledger.algorithms.set(key(at.result), { kind, name, isForSecurity: true });
  });

/** Functions that stand for algorithms; each gives an address that initialisations take. */
const CONSTANTS: HandlerTable = Object.fromEntries<Handler>([
  ...['MD2', 'MD4', 'MD5', 'SHA1', 'MDC2', 'MD5_SHA1'].map((name) =>
    evp(name.toLowerCase(), constant('digest', name.replace('_', '-'))),
  ),
  ...[
    ...['rc4', 'rc4_40', 'enc_null'],
    ...['des', 'des_ede', 'des_ede3', 'rc2', 'bf', 'cast5', 'idea', 'seed'].flatMap((cipher) =>
      ['ecb', 'cbc', 'ofb', 'cfb64'].map((mode) => `${cipher}_${mode}`),
    ),
    ...['128', '192', '256'].flatMap((bits) =>
      ['ecb', 'cbc', 'ctr', 'ofb', 'cfb1', 'cfb8', 'cfb128'].map((mode) => `aes_${bits}_${mode}`),
    ),
  ].map((name) => {
    const shown = name.replace('enc_null', 'null').replaceAll('_', '-').toUpperCase();
    return evp(name, constant('cipher', shown));
  }),
]);

function evp(name: string, handler: Handler): readonly [string, Handler] {
  return [`EVP_${name}`, handler];
}

function usesDigest(mdAt: number): Handler {
  return atReturn((at) => {
    const algorithm = at.ledger.algorithms.get(key(at.word(mdAt)));
    if (at.resultInt !== 1 || algorithm?.kind !== 'digest' || !isOfProgram(at)) return;
    const isQuiet = !algorithm.isForSecurity || at.ledger.laxDigests.has(key(at.word(0)));
    if (!isQuiet) weakDigest(at, algorithm.name);
  });
}

function weakDigest(at: Moment, name: string): void {
  if (WEAK_DIGESTS.test(name)) {
    found(at, 'CRYPTO-DIGEST-WEAK', `The digest ${name.toUpperCase()} was used.`);
  }
}

const digests = (name: string): Handler =>
  atReturn((at) => {
    if (isOfProgram(at)) weakDigest(at, name);
  });

function usesCipher(at: Moment): void {
  const algorithm = at.ledger.algorithms.get(key(at.word(1)));
  if (at.resultInt !== 1 || algorithm?.kind !== 'cipher' || !isOfProgram(at)) return;
  judgeCipher(at, algorithm.name.toUpperCase());
}

function judgeCipher(at: Moment, name: string): void {
  if (WEAK_CIPHERS.test(name)) {
    found(at, 'CRYPTO-CIPHER-WEAK', `The cipher ${name} was used.`);
  }
  if (ECB.test(name)) {
    const sentence = `${name} was used: equal blocks of what it encrypts stay equal.`;
    found(at, 'CRYPTO-ECB', sentence);
  } else if (UNAUTHENTICATED.test(name)) {
    const sentence = `${name} was used, which does not tell when what it encrypted was changed.`;
    found(at, 'CRYPTO-UNAUTHENTICATED', sentence);
  }
}

const ciphers = (name: string): Handler =>
  atReturn((at) => {
    if (isOfProgram(at)) judgeCipher(at, name);
  });

const makesRsaKey = (bitsAt: number): Handler =>
  atReturn((at) => {
    const bits = Number(at.word(bitsAt));
    if (at.result === 0 || bits >= LEAST_RSA_BITS || bits <= 0 || !isOfProgram(at)) return;
    found(at, 'CRYPTO-RSA-SHORT', `An RSA key of ${bits} bits was made.`, bitsAt);
  });

const derives = (countAt: number): Handler =>
  atReturn((at) => {
    const count = Number(at.word(countAt));
    if (at.result === 0 || count >= LEAST_ITERATIONS || !isOfProgram(at)) return;
    const times = count === 1 ? '1 iteration' : `${count} iterations`;
    found(at, 'CRYPTO-KDF-CHEAP', `A key was derived from a password with ${times}.`, countAt);
  });

const pkcs1 = (paddingAt: number): Handler =>
  atReturn((at) => {
    if (Number(at.word(paddingAt)) !== RSA_PKCS1_PADDING || !isOfProgram(at)) return;
    oldPadding(at);
  });

function oldPadding(at: Moment): void {
  const sentence = 'RSA encryption with the padding of PKCS #1 v1.5, which oracles can undo.';
  found(at, 'CRYPTO-PKCS1V15', sentence);
}

/** The padding is also that of signatures, where it is none to be found fault with. */
const begunEncryption = atReturn((at) => {
  if (at.resultInt === 1) at.ledger.encryptions.set(key(at.word(0)), true);
});

export const PRIMITIVES: HandlerTable = {
  ...CONSTANTS,
  EVP_get_digestbyname: named('digest', 0),
  EVP_get_cipherbyname: named('cipher', 0),
  EVP_MD_fetch: named('digest', 1, 2),
  EVP_CIPHER_fetch: named('cipher', 1, 2),
  EVP_MD_CTX_set_flags: atCall((at) => {
    if ((Number(at.word(1)) & NON_FIPS_ALLOW) !== 0) {
      at.ledger.laxDigests.set(key(at.word(0)), true);
    }
  }),
  EVP_MD_CTX_free: atCall((at) => {
    at.ledger.laxDigests.delete(key(at.word(0)));
  }),
  EVP_DigestInit: usesDigest(1),
  EVP_DigestInit_ex: usesDigest(1),
  EVP_DigestInit_ex2: usesDigest(1),
  EVP_Digest: usesDigest(4),
  MD2_Init: digests('MD2'),
  MD4: digests('MD4'),
  MD4_Init: digests('MD4'),
  MD5: digests('MD5'),
  MD5_Init: digests('MD5'),
  SHA1: digests('SHA1'),
  SHA1_Init: digests('SHA1'),
  EVP_CipherInit: atReturn(usesCipher),
  EVP_CipherInit_ex: atReturn(usesCipher),
  EVP_CipherInit_ex2: atReturn(usesCipher),
  EVP_EncryptInit: atReturn(usesCipher),
  EVP_EncryptInit_ex: atReturn(usesCipher),
  EVP_EncryptInit_ex2: atReturn(usesCipher),
  EVP_DecryptInit: atReturn(usesCipher),
  EVP_DecryptInit_ex: atReturn(usesCipher),
  EVP_DecryptInit_ex2: atReturn(usesCipher),
  RC4_set_key: ciphers('RC4'),
  BF_set_key: ciphers('BF'),
  DES_set_key: ciphers('DES'),
  DES_set_key_checked: ciphers('DES'),
  DES_set_key_unchecked: ciphers('DES'),
  DES_ecb_encrypt: ciphers('DES-ECB'),
  RSA_generate_key: makesRsaKey(0),
  RSA_generate_key_ex: makesRsaKey(1),
  RSA_generate_multi_prime_key: makesRsaKey(1),
  EVP_PKEY_CTX_set_rsa_keygen_bits: makesRsaKey(1),
  PKCS5_PBKDF2_HMAC: derives(4),
  PKCS5_PBKDF2_HMAC_SHA1: derives(4),
  EVP_BytesToKey: derives(5),
  RSA_public_encrypt: pkcs1(4),
  RSA_private_decrypt: pkcs1(4),
  EVP_PKEY_encrypt_init: begunEncryption,
  EVP_PKEY_encrypt_init_ex: begunEncryption,
  EVP_PKEY_decrypt_init: begunEncryption,
  EVP_PKEY_decrypt_init_ex: begunEncryption,
  EVP_PKEY_CTX_free: atCall((at) => {
    at.ledger.encryptions.delete(key(at.word(0)));
  }),
  EVP_PKEY_CTX_set_rsa_padding: atReturn((at) => {
    const isOld = Number(at.word(1)) === RSA_PKCS1_PADDING;
    if (isOld && at.ledger.encryptions.has(key(at.word(0))) && isOfProgram(at)) oldPadding(at);
  }),
};
