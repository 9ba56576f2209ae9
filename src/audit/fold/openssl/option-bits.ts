/** Options of OpenSSL as bits, and what SSL_CONF_cmd(3) calls them: it writes the mask itself, no setter runs. */
import type { Word } from '../../ledger/objects.js';

const bit = (position: number): bigint => 1n << BigInt(position);

/** <openssl/ssl.h>, SSL_OP_…, of 1.1.1 to 3.x */
const BITS = {
  SSL_OP_NO_EXTENDED_MASTER_SECRET: bit(0),
  SSL_OP_CLEANSE_PLAINTEXT: bit(1),
  SSL_OP_LEGACY_SERVER_CONNECT: bit(2),
  SSL_OP_ENABLE_KTLS: bit(3),
  SSL_OP_TLSEXT_PADDING: bit(4),
  SSL_OP_SAFARI_ECDHE_ECDSA_BUG: bit(6),
  SSL_OP_IGNORE_UNEXPECTED_EOF: bit(7),
  SSL_OP_ALLOW_CLIENT_RENEGOTIATION: bit(8),
  SSL_OP_DISABLE_TLSEXT_CA_NAMES: bit(9),
  SSL_OP_ALLOW_NO_DHE_KEX: bit(10),
  SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS: bit(11),
  SSL_OP_NO_QUERY_MTU: bit(12),
  SSL_OP_COOKIE_EXCHANGE: bit(13),
  SSL_OP_NO_TICKET: bit(14),
  SSL_OP_CISCO_ANYCONNECT: bit(15),
  SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION: bit(16),
  SSL_OP_NO_COMPRESSION: bit(17),
  SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION: bit(18),
  SSL_OP_NO_ENCRYPT_THEN_MAC: bit(19),
  SSL_OP_ENABLE_MIDDLEBOX_COMPAT: bit(20),
  SSL_OP_PRIORITIZE_CHACHA: bit(21),
  SSL_OP_CIPHER_SERVER_PREFERENCE: bit(22),
  SSL_OP_TLS_ROLLBACK_BUG: bit(23),
  SSL_OP_NO_ANTI_REPLAY: bit(24),
  SSL_OP_NO_SSLv3: bit(25),
  SSL_OP_NO_TLSv1: bit(26),
  SSL_OP_NO_TLSv1_2: bit(27),
  SSL_OP_NO_TLSv1_1: bit(28),
  SSL_OP_NO_TLSv1_3: bit(29),
  SSL_OP_NO_RENEGOTIATION: bit(30),
  SSL_OP_CRYPTOPRO_TLSEXT_BUG: bit(31),
} as const;

const ALL_BUGS =
  BITS.SSL_OP_CRYPTOPRO_TLSEXT_BUG |
  BITS.SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS |
  BITS.SSL_OP_TLSEXT_PADDING |
  BITS.SSL_OP_SAFARI_ECDHE_ECDSA_BUG;
const ALL_VERSIONS =
  BITS.SSL_OP_NO_SSLv3 |
  BITS.SSL_OP_NO_TLSv1 |
  BITS.SSL_OP_NO_TLSv1_1 |
  BITS.SSL_OP_NO_TLSv1_2 |
  BITS.SSL_OP_NO_TLSv1_3;

/** What a name switches: on means that the bits are set, or for a name of the opposite that they are not. */
interface Switch {
  readonly bits: bigint;
  readonly isOpposite: boolean;
}

const sets = (bits: bigint): Switch => ({ bits, isOpposite: false });
const clears = (bits: bigint): Switch => ({ bits, isOpposite: true });

/** SSL_CONF_cmd(3), Options. */
const OPTIONS: Readonly<Record<string, Switch>> = {
  sessionticket: clears(BITS.SSL_OP_NO_TICKET),
  emptyfragments: clears(BITS.SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS),
  bugs: sets(ALL_BUGS),
  compression: clears(BITS.SSL_OP_NO_COMPRESSION),
  serverpreference: sets(BITS.SSL_OP_CIPHER_SERVER_PREFERENCE),
  noresumptiononrenegotiation: sets(BITS.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION),
  // Kept for programs that set them: no bits since OpenSSL 1.1.0.
  dhsingle: sets(0n),
  ecdhsingle: sets(0n),
  unsafelegacyrenegotiation: sets(BITS.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION),
  unsafelegacyserverconnect: sets(BITS.SSL_OP_LEGACY_SERVER_CONNECT),
  clientrenegotiation: sets(BITS.SSL_OP_ALLOW_CLIENT_RENEGOTIATION),
  encryptthenmac: clears(BITS.SSL_OP_NO_ENCRYPT_THEN_MAC),
  norenegotiation: sets(BITS.SSL_OP_NO_RENEGOTIATION),
  allownodhekex: sets(BITS.SSL_OP_ALLOW_NO_DHE_KEX),
  prioritizechacha: sets(BITS.SSL_OP_PRIORITIZE_CHACHA),
  middleboxcompat: sets(BITS.SSL_OP_ENABLE_MIDDLEBOX_COMPAT),
  antireplay: clears(BITS.SSL_OP_NO_ANTI_REPLAY),
  extendedmastersecret: clears(BITS.SSL_OP_NO_EXTENDED_MASTER_SECRET),
  canames: clears(BITS.SSL_OP_DISABLE_TLSEXT_CA_NAMES),
  ktls: sets(BITS.SSL_OP_ENABLE_KTLS),
};

/** SSL_CONF_cmd(3), Protocol. */
const PROTOCOLS: Readonly<Record<string, Switch>> = {
  all: clears(ALL_VERSIONS),
  sslv2: clears(0n),
  sslv3: clears(BITS.SSL_OP_NO_SSLv3),
  tlsv1: clears(BITS.SSL_OP_NO_TLSv1),
  'tlsv1.1': clears(BITS.SSL_OP_NO_TLSv1_1),
  'tlsv1.2': clears(BITS.SSL_OP_NO_TLSv1_2),
  'tlsv1.3': clears(BITS.SSL_OP_NO_TLSv1_3),
  dtlsv1: clears(BITS.SSL_OP_NO_TLSv1),
  'dtlsv1.2': clears(BITS.SSL_OP_NO_TLSv1_2),
};

/** SSL_CONF_cmd(3), what stands on command lines without a value. */
const SWITCHES: Readonly<Record<string, Switch>> = {
  no_ssl3: sets(BITS.SSL_OP_NO_SSLv3),
  no_tls1: sets(BITS.SSL_OP_NO_TLSv1),
  no_tls1_1: sets(BITS.SSL_OP_NO_TLSv1_1),
  no_tls1_2: sets(BITS.SSL_OP_NO_TLSv1_2),
  no_tls1_3: sets(BITS.SSL_OP_NO_TLSv1_3),
  bugs: sets(ALL_BUGS),
  no_comp: sets(BITS.SSL_OP_NO_COMPRESSION),
  comp: clears(BITS.SSL_OP_NO_COMPRESSION),
  no_ticket: sets(BITS.SSL_OP_NO_TICKET),
  serverpref: sets(BITS.SSL_OP_CIPHER_SERVER_PREFERENCE),
  legacy_renegotiation: sets(BITS.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION),
  client_renegotiation: sets(BITS.SSL_OP_ALLOW_CLIENT_RENEGOTIATION),
  legacy_server_connect: sets(BITS.SSL_OP_LEGACY_SERVER_CONNECT),
  no_legacy_server_connect: clears(BITS.SSL_OP_LEGACY_SERVER_CONNECT),
  no_renegotiation: sets(BITS.SSL_OP_NO_RENEGOTIATION),
  no_resumption_on_reneg: sets(BITS.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION),
  allow_no_dhe_kex: sets(BITS.SSL_OP_ALLOW_NO_DHE_KEX),
  prioritize_chacha: sets(BITS.SSL_OP_PRIORITIZE_CHACHA),
  no_middlebox: clears(BITS.SSL_OP_ENABLE_MIDDLEBOX_COMPAT),
  anti_replay: clears(BITS.SSL_OP_NO_ANTI_REPLAY),
  no_anti_replay: sets(BITS.SSL_OP_NO_ANTI_REPLAY),
  no_etm: sets(BITS.SSL_OP_NO_ENCRYPT_THEN_MAC),
};

/** Bits that a command sets and clears. */
export interface OptionChange {
  readonly on: bigint;
  readonly off: bigint;
}

/**
 * What a command does to the options; undefined for a command that is about something else.
 *
 * @param command in small letters, without a prefix
 */
export function optionChange(command: string, value: string): OptionChange | undefined {
  if (command === 'options') return changeOf(OPTIONS, value);
  if (command === 'protocol') return changeOf(PROTOCOLS, value);
  return Object.hasOwn(SWITCHES, command) ? apply(SWITCHES[command], true) : undefined;
}

/** A list as in `ALL, -TLSv1.2`: each of its parts overrules those before it. */
function changeOf(names: Readonly<Record<string, Switch>>, list: string): OptionChange {
  let change: OptionChange = { on: 0n, off: 0n };
  for (const part of list.split(',')) {
    const [, sign, name = ''] = /^\s*([-+]?)(.*?)\s*$/.exec(part) ?? [];
    const wanted = names[name.toLowerCase()];
    // The library stops at what it does not know, and keeps what came before it.
    if (wanted === undefined) break;
    const { on, off } = apply(wanted, sign !== '-');
    change = { on: (change.on & ~off) | on, off: (change.off & ~on) | off };
  }
  return change;
}

function apply(wanted: Switch | undefined, isOn: boolean): OptionChange {
  const { bits, isOpposite } = wanted ?? sets(0n);
  return isOn === isOpposite ? { on: 0n, off: bits } : { on: bits, off: 0n };
}

/** What a new context has, SSL_CTX_set_options(3); undefined for a library that hides its version. */
export function defaultOptions(library: string): bigint | undefined {
  const common = BITS.SSL_OP_NO_COMPRESSION | BITS.SSL_OP_ENABLE_MIDDLEBOX_COMPAT;
  if (library.startsWith('libssl.so.3')) return common;
  return library.startsWith('libssl.so.1.1')
    ? common | BITS.SSL_OP_LEGACY_SERVER_CONNECT
    : undefined;
}

/** `SSL_OP_NO_TICKET|SSL_OP_NO_COMPRESSION`, the highest bits last. */
export function optionNames(mask: Word): string {
  const all = BigInt(mask);
  const names = Object.entries(BITS).filter(([, bits]) => (all & bits) !== 0n);
  const rest = names.reduce((left, [, bits]) => left & ~bits, all);
  const words = names.map(([name]) => name);
  return [...words, ...(rest === 0n ? [] : [`0x${rest.toString(16)}`])].join('|') || '0';
}
