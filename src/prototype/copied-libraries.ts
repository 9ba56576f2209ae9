/** Libraries that programs carry a copy of: known there by what the names of their functions begin with. */

/** Only beginnings that these libraries claim for themselves; a function called `compress` may be anybody's. */
const NAMES: readonly (readonly [library: string, beginnings: RegExp])[] = [
  ['libssl.so', /^(?:SSL|TLS|DTLS|OPENSSL_init_ssl)(?:_|$)/],
  [
    'libcrypto.so',
    /^(?:ASN1|BIO|BN|CMS|CRYPTO|DH|DSA|EC|ECDSA|ENGINE|ERR|EVP|HMAC|OBJ|OCSP|OPENSSL|OSSL|PEM|PKCS\d+|RAND|RSA|UI|X509|X509V3|d2i|i2d)_/,
  ],
  ['libcrypt.so', /^(?:x?crypt|fcrypt)(?:_|$)/],
  ['libgnutls.so', /^gnutls_/],
  ['libcurl.so', /^curl_/],
  ['libsqlite3.so', /^sqlite3_/],
];

/** Where to look last for a function that may come from a copy inside of a program. */
export function copiedLibraries(symbol: string): readonly string[] {
  return NAMES.filter(([, beginnings]) => beginnings.test(symbol)).map(([library]) => library);
}
