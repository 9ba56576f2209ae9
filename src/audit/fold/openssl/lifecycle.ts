/** OpenSSL: contexts and connections come and go, SSL_CTX_new(3), SSL_new(3). */
import type { Connection, Context, Word } from '../../ledger/objects.js';
import { key, type Making } from '../../ledger/process-ledger.js';
import type { SettingName } from '../../ledger/setting.js';
import { atCall, atReturn, type HandlerTable } from '../handler.js';
import { originOf, type Moment } from '../moment.js';

/** What SSL_new copies, ssl/ssl_lib.c: all but the cipher list, which stays the context's until it is set. */
const COPIED_TO_CONNECTIONS: ReadonlySet<SettingName> = new Set<SettingName>([
  'minimum version',
  'maximum version',
  'TLS 1.3 suites',
  'groups',
  'signature algorithms',
  'client signature algorithms',
  'options',
  'mode',
  'security level',
  'security callback',
  'verify mode',
  'verify callback',
  'certificate verify callback',
  'verify depth',
  'host name',
  'protocols',
  'DH parameters',
  'tickets',
  'early data',
]);

const MAKERS = new Set(['SSL_CTX_new', 'SSL_CTX_new_ex']);

/** A context that is worked on before the call that makes it has returned, or that was there before we looked. */
export function contextAt(at: Moment, address: Word): Context {
  const known = at.ledger.contexts.get(key(address));
  if (known !== undefined) return known;
  const maker = at.around.thread.isWithin(MAKERS);
  const library = maker?.library ?? at.call.library;
  const by = maker === undefined ? undefined : originOf(maker, `${maker.symbol}()`);
  return at.ledger.makeContext(address, { kind: 'OpenSSL', library, by });
}

/** A connection that was there before we looked is made without a past. */
export function connectionAt(at: Moment, address: Word): Connection {
  return (
    at.ledger.connections.get(key(address)) ??
    at.ledger.makeConnection(address, { ...madeHere(at), by: undefined })
  );
}

function madeHere(at: Moment): Making {
  return { kind: 'OpenSSL', library: at.call.library, by: at.origin() };
}

function onContextMade(at: Moment): void {
  if (at.result === 0) return;
  const known = at.ledger.contexts.get(key(at.result));
  // Made by something that this call did, as its settings are: the same object.
  if (known?.facts.madeBy !== undefined && known.facts.madeBy.call >= at.call.call) return;
  at.ledger.makeContext(at.result, madeHere(at));
}

function onConnectionMade(at: Moment): void {
  if (at.result === 0) return;
  const context = contextAt(at, at.word(0));
  context.references++;
  const settings = context.settings.copyFor(COPIED_TO_CONNECTIONS);
  const made = at.ledger.makeConnection(at.result, madeHere(at), settings);
  made.context = context;
}

function onDuplicate(at: Moment): void {
  const { connection } = at;
  if (at.result === 0 || connection === undefined) return;
  const { context, settings } = connection;
  const made = at.ledger.makeConnection(at.result, madeHere(at), settings.clone());
  made.context = context;
}

/** SSL_set_SSL_CTX changes the certificates and with them the level; not options, versions, verify mode. */
function onContextChanged(at: Moment): void {
  const { connection } = at;
  if (connection === undefined || at.result === 0) return;
  const context = contextAt(at, at.result);
  connection.context = context;
  const level = context.settings.get('security level');
  if (level !== undefined) connection.settings.set('security level', level);
}

export const LIFECYCLE: HandlerTable = {
  SSL_CTX_new: atReturn(onContextMade),
  SSL_CTX_new_ex: atReturn(onContextMade),
  SSL_CTX_up_ref: atReturn((at) => {
    if (at.context !== undefined && at.resultInt === 1) at.context.references++;
  }),
  SSL_CTX_free: atCall((at) => at.releaseContext(at.word(0))),
  SSL_new: atReturn(onConnectionMade),
  SSL_dup: atReturn(onDuplicate),
  SSL_up_ref: atReturn((at) => {
    if (at.connection !== undefined && at.resultInt === 1) at.connection.references++;
  }),
  SSL_free: atCall((at) => at.releaseConnection(at.word(0))),
  SSL_set_SSL_CTX: atReturn(onContextChanged),
  SSL_set_connect_state: atCall((at) => {
    connectionAt(at, at.word(0)).role = 'client';
  }),
  SSL_set_accept_state: atCall((at) => {
    connectionAt(at, at.word(0)).role = 'server';
  }),
};
