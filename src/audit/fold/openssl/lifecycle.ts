/** OpenSSL: contexts and connections come and go, SSL_CTX_new(3), SSL_new(3). */
import type { Connection, Context, Word } from '../../ledger/objects.js';
import { key, type Making } from '../../ledger/process-ledger.js';
import { COPIED_TO_CONNECTIONS, type SettingName, type Settings } from '../../ledger/setting.js';
import type { CallEvent } from '../../../trace/event.js';
import { wordOf } from '../call-words.js';
import { connectionInUse } from '../connection-in-use.js';
import { atCall, atReturn, type HandlerTable } from '../handler.js';
import { originOf, type Moment } from '../moment.js';
import { METHODS, useMethod } from './methods.js';

/** What belongs to the certificates of a context, and changes with them: ssl_cert_dup() of OpenSSL. */
const OF_CERTIFICATES: readonly SettingName[] = [
  'security level',
  'security callback',
  'signature algorithms',
  'client signature algorithms',
  'DH parameters',
];

export const CONTEXT_MAKERS: ReadonlySet<string> = new Set(['SSL_CTX_new', 'SSL_CTX_new_ex']);
const CONNECTION_MAKERS = new Set(['SSL_new', 'SSL_dup']);
/** What they count up and down themselves is theirs. */
const COUNTING = new Set([...CONTEXT_MAKERS, ...CONNECTION_MAKERS, 'SSL_free', 'SSL_set_SSL_CTX']);

/** A context that is worked on before the call that makes it has returned, or that was there before we looked. */
export function contextAt(at: Moment, address: Word): Context {
  const known = at.ledger.contexts.get(key(address));
  const maker = at.around.thread.isWithin(CONTEXT_MAKERS);
  if (known !== undefined && (maker === undefined || isMadeWithin(known, maker))) return known;
  if (maker !== undefined) return contextOf(at, address, maker);
  return makeContext(at, address, { kind: 'OpenSSL', library: at.call.library, by: undefined });
}

/** What this call makes. */
function contextOf(at: Moment, address: Word, maker: CallEvent): Context {
  const by = originOf(maker, `${maker.symbol}()`);
  const context = makeContext(at, address, { kind: 'OpenSSL', library: maker.library, by });
  const method = wordOf(maker.args[maker.symbol === 'SSL_CTX_new_ex' ? 2 : 0]) ?? 0;
  useMethod(at, context, method, by);
  return context;
}

/** One that was at its address, and whose end was not seen, is over. */
function makeContext(at: Moment, address: Word, made: Making): Context {
  const known = at.ledger.contexts.get(key(address));
  if (known !== undefined) at.around.onContextClosed(known);
  return at.ledger.makeContext(address, made);
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

/** Made by something that this call did, as its settings are: the same object. */
function isMadeWithin({ facts }: Context | Connection, call: CallEvent): boolean {
  return facts.madeBy !== undefined && facts.madeBy.call >= call.call;
}

function onContextMade(at: Moment): void {
  if (at.result === 0) return;
  const known = at.ledger.contexts.get(key(at.result));
  if (known === undefined || !isMadeWithin(known, at.call)) contextOf(at, at.result, at.call);
}

function makeConnection(at: Moment, context: Context | undefined, settings: Settings): void {
  const known = at.ledger.connections.get(key(at.result));
  // SSL_dup lets SSL_new make it, and sets it up.
  if (known !== undefined && isMadeWithin(known, at.call)) {
    known.settings = settings;
    return;
  }
  if (known !== undefined) at.closeConnection(known);
  const made = at.ledger.makeConnection(at.result, madeHere(at), settings);
  made.hold(context);
}

function onConnectionMade(at: Moment): void {
  if (at.result === 0) return;
  const context = contextAt(at, at.word(0));
  makeConnection(at, context, context.settings.copyFor(COPIED_TO_CONNECTIONS));
}

/** In a handshake and after it the same object is given, with one reference more: SSL_dup(3). */
function onDuplicate(at: Moment): void {
  const { connection } = at;
  if (at.result === 0 || connection === undefined) return;
  if (at.result === at.word(0)) {
    connection.references++;
    return;
  }
  makeConnection(at, connection.context, connection.settings.clone());
}

/** SSL_set_SSL_CTX changes the certificates and with them the level; not options, versions, verify mode. */
function onContextChanged(at: Moment): void {
  const { connection } = at;
  if (connection === undefined || at.result === 0) return;
  const context = contextAt(at, at.result);
  const before = connection.context;
  if (context === before) return;
  connection.context = context;
  context.references++;
  if (before !== undefined) at.releaseContext(before.facts.address);
  for (const name of OF_CERTIFICATES) {
    const setting = context.settings.get(name);
    if (setting === undefined) connection.settings.delete(name);
    else connection.settings.set(name, setting);
  }
}

/** What the connection was is over; its settings stay, SSL_clear(3). */
function onCleared(at: Moment): void {
  const { connection } = at;
  if (connection === undefined || at.around.thread.isWithin(CONNECTION_MAKERS) !== undefined)
    return;
  // A handshake begins with it.
  if (connectionInUse(at) === connection) return;
  if (at.resultInt !== 1 || !connection.isBegun) return;
  const { facts, settings, context, role } = connection;
  at.around.onClosed(connection);
  const made: Making = { kind: facts.kind, library: facts.library, by: facts.madeBy };
  const again = at.ledger.makeConnection(facts.address, made, settings);
  again.context = context;
  again.sessionContext = connection.sessionContext;
  again.role = role;
  again.host = connection.host.kind === 'set' ? connection.host : { kind: 'none' };
}

const counts = (change: (at: Moment) => void) => (at: Moment) => {
  const [outer] = at.around.thread.enclosing();
  if (outer === undefined || !COUNTING.has(outer.symbol)) change(at);
};

export const LIFECYCLE: HandlerTable = {
  ...METHODS,
  SSL_CTX_new: atReturn(onContextMade),
  SSL_CTX_new_ex: atReturn(onContextMade),
  SSL_CTX_set_ssl_version: atReturn((at) => {
    if (at.resultInt === 1) useMethod(at, contextAt(at, at.word(0)), at.word(1), at.origin());
  }),
  SSL_CTX_up_ref: atReturn(
    counts((at) => {
      if (at.context !== undefined && at.resultInt === 1) at.context.references++;
    }),
  ),
  SSL_CTX_free: atCall(counts((at) => at.releaseContext(at.word(0)))),
  SSL_new: atReturn(onConnectionMade),
  SSL_dup: atReturn(onDuplicate),
  SSL_up_ref: atReturn((at) => {
    if (at.connection !== undefined && at.resultInt === 1) at.connection.references++;
  }),
  SSL_free: atCall((at) => at.releaseConnection(at.word(0))),
  SSL_clear: atReturn(onCleared),
  SSL_set_SSL_CTX: atReturn(onContextChanged),
  SSL_set_connect_state: atCall((at) => {
    connectionAt(at, at.word(0)).role = 'client';
  }),
  SSL_set_accept_state: atCall((at) => {
    connectionAt(at, at.word(0)).role = 'server';
  }),
};
