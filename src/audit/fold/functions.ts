/** Every function that an audit looks at, and what it does there. */
import { DECIDERS } from './deciders.js';
import { GNUTLS } from './gnutls.js';
import { NSS } from './nss.js';
import type { Handler, HandlerTable } from './handler.js';
import { CONFIGURATION } from './openssl/configuration.js';
import { DATA } from './openssl/data.js';
import { LIFECYCLE } from './openssl/lifecycle.js';
import { PRIMITIVES } from './openssl/primitives.js';
import { SETTINGS } from './openssl/settings.js';
import { TRANSPORTS } from './openssl/transports.js';
import { TRUST } from './openssl/trust.js';
import { CERTIFICATES, VERIFICATION } from './openssl/verification.js';
import { CONNECTION_FUNCTIONS } from './connection-in-use.js';
import { SOCKETS } from './sockets.js';

const LEDGER: ReadonlyMap<string, Handler> = new Map(
  [
    LIFECYCLE,
    SETTINGS,
    CONFIGURATION,
    TRANSPORTS,
    TRUST,
    VERIFICATION,
    DATA,
    GNUTLS,
    NSS,
    DECIDERS,
    SOCKETS,
  ].flatMap((table) => Object.entries(table)),
);

/** Those of which only calls from other modules than OpenSSL's own are of interest: it makes them in loops. */
const FROM_OUTSIDE: HandlerTable = { ...PRIMITIVES, ...CERTIFICATES };

export const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ...LEDGER,
  ...Object.entries(FROM_OUTSIDE),
]);

/** Through which records pass. */
const TRANSFERS = [
  ...['read', '__read_chk', 'recv', '__recv_chk', 'recvfrom', '__recvfrom_chk', 'readv'],
  ...['recvmsg', 'recvmmsg', 'preadv2', 'preadv64v2', 'write', 'send', 'sendto', 'writev'],
  ...['sendmsg', 'sendmmsg', 'pwritev2', 'pwritev64v2', 'syscall'],
  ...['BIO_read', 'BIO_write', 'BIO_read_ex', 'BIO_write_ex'],
];

/** System calls through which programs without a C library hand records over, and find their peers. */
export const AUDITED_SYSCALLS: ReadonlySet<string> = new Set([
  ...['read', 'recvfrom', 'readv', 'preadv2', 'recvmsg', 'recvmmsg'],
  ...['write', 'sendto', 'writev', 'pwritev2', 'sendmsg', 'sendmmsg'],
  ...['connect', 'accept', 'accept4'],
]);

/** The names of all functions that an audit traces. */
export const AUDITED_FUNCTIONS: readonly string[] = [
  ...new Set([...LEDGER.keys(), ...CONNECTION_FUNCTIONS, ...TRANSFERS]),
];

export const AUDITED_CALLS: readonly string[] = Object.keys(FROM_OUTSIDE);
