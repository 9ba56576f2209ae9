/** OpenSSL: methods, which say of a context what versions it can have at all, SSL_CTX_new(3). */
import type { Context, Word } from '../../ledger/objects.js';
import { key } from '../../ledger/process-ledger.js';
import type { Method, Origin } from '../../ledger/setting.js';
import { versionName } from '../../wire/names.js';
import { atReturn, type HandlerTable } from '../handler.js';
import type { Moment } from '../moment.js';

const FLEXIBLE: readonly (readonly [string, Method['family']])[] = [
  ['TLS', 'TLS'],
  // Before OpenSSL 1.1.0
  ['SSLv23', 'TLS'],
  ['DTLS', 'DTLS'],
];
const FIXED: readonly (readonly [string, number])[] = [
  ['SSLv3', 0x0300],
  ['TLSv1', 0x0301],
  ['TLSv1_1', 0x0302],
  ['TLSv1_2', 0x0303],
  ['DTLSv1', 0xfeff],
  ['DTLSv1_2', 0xfefd],
];

/** The method that a function of this name gives, in each of its three kinds. */
function gives(name: string, method: Method): HandlerTable {
  const remembers = atReturn((at) => {
    at.ledger.methods.set(key(at.result), method);
  });
  const kinds = ['method', 'client_method', 'server_method'];
  return Object.fromEntries(kinds.map((kind) => [`${name}_${kind}`, remembers]));
}

const isDatagram = (version: number): boolean => version > 0xfe00;

export const METHODS: HandlerTable = Object.assign(
  {},
  ...FLEXIBLE.map(([name, family]) => gives(name, { family })),
  ...FIXED.map(([name, version]) =>
    gives(name, { family: isDatagram(version) ? 'DTLS' : 'TLS', version }),
  ),
) as HandlerTable;

/**
 * A context is made with this method, or gets it later.
 *
 * @param address what a function of methods gave
 */
export function useMethod(at: Moment, context: Context, address: Word, by: Origin): void {
  const method = at.ledger.methods.get(key(address));
  if (method === undefined) return;
  context.settings.method = method;
  if (method.family === 'TLS' && method.version === undefined) return;
  const value = method.version === undefined ? 'DTLS' : `${versionName(method.version)} alone`;
  context.settings.set('method', { value, source: 'set', by });
}

/** A method of one version has no bounds, and one of another family does not take them: ssl_set_version_bound(). */
export function takesBound({ method }: { readonly method: Method }, version: number): boolean {
  if (method.version !== undefined) return version === 0;
  return version === 0 || isDatagram(version) === (method.family === 'DTLS');
}
