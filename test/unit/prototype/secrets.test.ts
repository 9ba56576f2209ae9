/**
 * What the bundled prototypes of libraries that keep secrets show of a program's memory. Keys, passwords and payload
 * must not be shown. A parameter whose name says that it might be one, and every run of bytes, is either secret or
 * stands in a list that somebody has read: `test/golden/shown-text.txt`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrototypeFile } from '../../../src/prototype/conf/prototype-file.js';
import { formatOf } from '../../../src/prototype/format-of.js';
import type {
  LensedType,
  LensSpec,
  Parameter,
  Prototype,
} from '../../../src/prototype/prototype.js';
import { inProject } from '../../support/project.js';

const folder = join(__dirname, '../../../src/prototype/bundled');
const LIBRARIES = [
  ...['libssl.so', 'libcrypto.so', 'libcurl.so', 'libgnutls.so'],
  ...['libnss3.so', 'libnspr4.so', 'libsmime3.so', 'libssl3.so'],
];

type Shown = 'nothing' | 'text' | 'bytes';

/** What a type lets people read of the memory behind it, secrets aside. */
function shownBy(type: LensedType, seen = new Set<LensedType>()): Shown {
  if (seen.has(type)) return 'nothing';
  seen.add(type);
  switch (type.kind) {
    case 'scalar':
    case 'function':
      return 'nothing';
    case 'pointer':
      return shownBy(type.target, seen);
    case 'array':
      return isByte(type.element) ? 'bytes' : shownBy(type.element, seen);
    case 'struct':
    case 'union':
      return mostOf(type.fields.map((field) => shownBy(field.type, seen)));
    case 'lens':
      return BY_LENS[type.lens.kind] ?? shownBy(type.of, seen);
  }
}

/** Other lenses show what is below them. */
const BY_LENS: Readonly<Partial<Record<LensSpec['kind'], Shown>>> = {
  secret: 'nothing',
  hide: 'nothing',
  buffer: 'bytes',
  alpn: 'bytes',
  string: 'text',
  format: 'text',
};

function isByte(type: LensedType): boolean {
  if (type.kind === 'lens') return isByte(type.of);
  return type.kind === 'scalar' && type.type.kind === 'integer' && type.type.size === 'char';
}

function mostOf(shown: readonly Shown[]): Shown {
  if (shown.includes('bytes')) return 'bytes';
  return shown.includes('text') ? 'text' : 'nothing';
}

const TELLING =
  /pass|pwd|^pw|pin$|priv|secret|key|seed|master|buf|data|bytes|plain|msg|payload|hex|value|text/i;
const SAYS_NOTHING = /^(str|string|s|d|p|arg.*|argp|s1|s2|c|val|input|in|src|ptr)$/;
/** Names of files, of places and of keys. */
const TELLS_OF_A_NAME = /file|url$|_name$|^text_|pkey_base64/;
/** Two functions with an option for everything: see their test below. */
const BY_OPTION = /^curl_easy_(setopt|getinfo)$/;

function isSuspicious({ name = '', type }: Parameter): boolean {
  const shown = shownBy(type);
  if (shown === 'nothing' || TELLS_OF_A_NAME.test(name)) return false;
  return shown === 'bytes' || TELLING.test(name) || SAYS_NOTHING.test(name);
}

function* prototypesOf(library: string): Generator<Prototype> {
  const path = join(folder, `${library}.conf`);
  const file = new PrototypeFile(path, readFileSync(path, 'utf8'));
  for (const name of file.prototypeNames) {
    const prototype = file.findPrototype(name);
    if (prototype === undefined) continue;
    yield prototype;
    for (const variant of prototype.variants) yield variant.prototype;
  }
}

const all = LIBRARIES.flatMap((library) => [...prototypesOf(library)]);

describe('the bundled prototypes of TLS libraries', () => {
  it('show text that might be a secret only where somebody has looked', () => {
    const shown = all
      .filter(({ name }) => !BY_OPTION.test(name))
      .flatMap(({ name, parameters, result }) => [
        ...parameters.filter(isSuspicious).map((each) => `${name}(${each.name ?? 'unnamed'})`),
        ...(shownBy(result) === 'nothing' ? [] : [`${name} = result`]),
      ]);
    const reviewed = readFileSync(inProject('test/golden/shown-text.txt'), 'utf8');
    const lines = reviewed.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect([...new Set(shown)].sort()).toEqual(lines);
  });

  it.each([
    // Payload.
    ...['SSL_read.buf', 'SSL_read_ex.buf', 'SSL_peek.buf', 'SSL_write.buf', 'SSL_write_ex.buf'],
    ...['SSL_read_early_data.buf', 'SSL_write_early_data.buf'],
    ...['BIO_read.data', 'BIO_write.data', 'BIO_puts.buf', 'BIO_gets.buf', 'BIO_new_mem_buf.buf'],
    ...['EVP_EncryptUpdate.input', 'EVP_DecryptUpdate.output', 'EVP_DigestUpdate.data'],
    ...['SHA256_Update.data', 'SHA256.d', 'EVP_PKEY_encrypt.input', 'EVP_PKEY_decrypt.output'],
    ...[
      'gnutls_record_send.data',
      'gnutls_record_recv.data',
      'gnutls_pubkey_encrypt_data.plaintext',
    ],
    ...['curl_easy_send.buffer', 'curl_easy_recv.buffer', 'curl_slist_append.data'],
    ...['PR_Send.buf', 'PR_Recv.buf', 'PR_Read.buf', 'PR_Write.buf'],
    // Keys, and what keys are made of.
    ...['SSL_SESSION_get_master_key.output', 'SSL_SESSION_set1_master_key.input'],
    ...['SSL_export_keying_material.output', 'SSL_CTX_use_PrivateKey_ASN1.d'],
    ...['SSL_CTX_set_tlsext_ticket_keys.keys', 'SSL_CTX_get_tlsext_ticket_keys.keys'],
    ...['EVP_PKEY_new_raw_private_key.priv', 'EVP_PKEY_get_raw_private_key.priv'],
    ...['EVP_PKEY_new_mac_key.key', 'EVP_PKEY_derive.key', 'EVP_KDF_derive.key', 'HMAC.key'],
    ...[
      'EVP_MAC_init.key',
      'EVP_BytesToKey.key',
      'EVP_EncryptInit_ex.key',
      'EVP_CipherInit_ex.key',
    ],
    ...['AES_set_encrypt_key.userKey', 'DES_string_to_key.str', 'RAND_bytes.buf', 'RAND_seed.buf'],
    ...[
      'PKCS5_PBKDF2_HMAC.output',
      'EVP_PKEY_CTX_set1_hkdf_key.key',
      'BN_bn2bin.to',
      'BN_hex2bn.str',
    ],
    ...['gnutls_psk_set_client_credentials.key', 'gnutls_certificate_set_x509_key_mem.key'],
    ...['gnutls_cipher_init.key', 'gnutls_rnd.data', 'gnutls_session_set_premaster.master'],
    ...['PK11_GenerateRandom.data', 'PK11_ImportSymKey.key'],
    // Passwords.
    ...[
      'PKCS12_parse.pass',
      'PKCS12_create.pass',
      'PKCS5_PBKDF2_HMAC.pass',
      'EVP_read_pw_string.buf',
    ],
    ...['PEM_write_bio_PrivateKey.kstr', 'SSL_CTX_set_srp_password.password', 'DES_crypt.buf'],
    ...['UI_set_result.result', 'ENGINE_ctrl_cmd_string.arg', 'EVP_PKEY_CTX_ctrl_str.value'],
    ...['SSL_CTX_set_default_passwd_cb_userdata.u', 'OSSL_HTTP_proxy_connect.proxypass'],
    ...['gnutls_certificate_set_x509_key_file2.pass', 'gnutls_srp_set_client_credentials.password'],
    ...['gnutls_pkcs12_verify_mac.pass', 'gnutls_x509_privkey_import_pkcs8.password'],
    ...[
      'PK11_CheckUserPassword.password',
      'PK11_InitPin.pk_userpwd',
      'PORT_Strdup.s',
      'curl_url_set(3).part',
    ],
  ])('hide %s', (place) => {
    const [symbol = '', parameter = ''] = place.replace('(3)', '').split('.');
    const isVariant = place.includes('(3)');
    const found = all.filter(({ name }) => name === symbol);
    expect(found.length).toBeGreaterThan(0);
    const one = isVariant ? found.at(-1) : found[0];
    const type = one?.parameters.find(({ name }) => name === parameter)?.type;
    expect(type).toBeDefined();
    expect(type && shownBy(type)).toBe('nothing');
  });

  it('hide what they are given to be printed', () => {
    const formats = all.flatMap(({ name, parameters }) =>
      parameters.flatMap(({ type }) => {
        const format = formatOf(type);
        return format === undefined ? [] : [`${name}: ${format.describes}`];
      }),
    );
    expect(formats.length).toBeGreaterThan(10);
    expect(formats.filter((each) => !each.endsWith(': secrets'))).toEqual([]);
    const printers = all.filter(({ name }) => /printf(?!_free)/.test(name));
    expect(printers.length).toBeGreaterThan(20);
    for (const { parameters, result } of printers) {
      expect(shownBy(result)).toBe('nothing');
      for (const { type, direction } of parameters) {
        if (direction === 'out') expect(shownBy(type)).toBe('nothing');
      }
    }
  });

  it('hide what curl is told to keep', () => {
    const hidden = optionsThat((type) => shownBy(type) === 'nothing' && readsWithSecrets(type));
    expect(hidden).toEqual([
      ...['CURLOPT_USERPWD', 'CURLOPT_PROXYUSERPWD', 'CURLOPT_POSTFIELDS', 'CURLOPT_COOKIE'],
      ...['CURLOPT_KEYPASSWD', 'CURLOPT_COOKIELIST', 'CURLOPT_COPYPOSTFIELDS', 'CURLOPT_PASSWORD'],
      ...['CURLOPT_PROXYPASSWORD', 'CURLOPT_TLSAUTH_PASSWORD', 'CURLOPT_XOAUTH2_BEARER'],
      ...['CURLOPT_PROXY_TLSAUTH_PASSWORD', 'CURLOPT_PROXY_KEYPASSWD', 'CURLOPT_SASL_AUTHZID'],
    ]);
  });
});

function readsWithSecrets(type: LensedType): boolean {
  return type.kind === 'lens' && type.lens.kind === 'secret' && shownBy(type.of) !== 'nothing';
}

function optionsThat(holds: (type: LensedType) => boolean): string[] {
  const text = readFileSync(join(folder, 'libcurl.so.conf'), 'utf8');
  const file = new PrototypeFile('libcurl.so.conf', text);
  const option = file.findType('curloption');
  const names = option?.kind === 'lens' && option.lens.kind === 'enum' ? option.lens.names : [];
  const found: string[] = [];
  for (const { condition, prototype } of file.findPrototype('curl_easy_setopt')?.variants ?? []) {
    const value = prototype.parameters[2];
    if (condition.kind !== 'binary' || condition.right.kind !== 'number') continue;
    const number = condition.right.value;
    if (value !== undefined && holds(value.type)) {
      found.push(names.find((each) => each.value === number)?.name ?? String(number));
    }
  }
  return found;
}
