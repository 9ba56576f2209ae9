/** GnuTLS: sessions, their priorities, and how certificates are judged, gnutls_certificate_verify_peers3(3). */
import type { Connection } from '../ledger/objects.js';
import { key, type Making } from '../ledger/process-ledger.js';
import { brief, pointedNumber } from './call-words.js';
import { connectionInUse } from './connection-in-use.js';
import { atCall, atReturn, type Handler, type HandlerTable } from './handler.js';
import type { Moment } from './moment.js';

/** <gnutls/gnutls.h>, gnutls_init_flags_t */
const GNUTLS_SERVER = 1;
/** gnutls_certificate_status_t: 0 is good. */
const GNUTLS_E_SUCCESS = 0;

function madeHere(at: Moment): Making {
  return { kind: 'GnuTLS', library: at.call.library, by: at.origin() };
}

function onInit(at: Moment): void {
  const address = pointedNumber(at.value(0));
  if (at.resultInt !== GNUTLS_E_SUCCESS || address === undefined || address === 0) return;
  const made = at.ledger.makeConnection(address, madeHere(at));
  made.role = (Number(at.word(1)) & GNUTLS_SERVER) === 0 ? 'client' : 'server';
}

function sessionAt(at: Moment): Connection {
  const address = at.word(0);
  return (
    at.ledger.connections.get(key(address)) ??
    at.ledger.makeConnection(address, { ...madeHere(at), by: undefined })
  );
}

function onVerified(hostIndex: number | undefined, statusIndex: number): Handler {
  return atReturn((at) => {
    if (at.resultInt !== GNUTLS_E_SUCCESS) return;
    const session = sessionAt(at);
    const text = brief(at.value(statusIndex));
    const isGood = text === '' || text === '0';
    session.verification = isGood
      ? { kind: 'result', result: 0, text: 'good' }
      : { kind: 'result', result: 1, text };
    const name = hostIndex === undefined ? undefined : at.text(hostIndex);
    if (name !== undefined) session.host = { kind: 'set', name, by: at.origin(hostIndex ?? 0) };
    // Outside of the handshake it is the application that asks, and decides.
    if (connectionInUse(at) === undefined) session.askedBy ??= at.origin();
  });
}

/** The library verifies in the handshake, and ends it where the certificate is bad. */
const verifiesItself = atReturn((at) => {
  const session = sessionAt(at);
  const name = at.text(1);
  if (name !== undefined) session.host = { kind: 'set', name, by: at.origin(1) };
  session.settings.set('verify mode', {
    value: 'by the library, in the handshake',
    number: 1,
    source: 'set',
    by: at.origin(1),
  });
});

const transfer = (direction: 'in' | 'out'): Handler => ({
  onCall: (at) => {
    at.around.thread.lastConnection = sessionAt(at);
  },
  onReturn: (at) => {
    if (BigInt.asIntN(64, BigInt(at.result)) <= 0n) return;
    const session = sessionAt(at);
    session.handshakeDone = true;
    if (direction === 'in') session.receivedBy ??= at.origin();
    else session.sentBy ??= at.origin();
  },
});

const priority = (index: number | undefined): Handler =>
  atReturn((at) => {
    if (at.resultInt !== GNUTLS_E_SUCCESS) return;
    const value = index === undefined ? 'default' : (at.text(index) ?? 'default');
    sessionAt(at).settings.set('priority', {
      value,
      source: 'set',
      by: at.origin(...(index === undefined ? [] : [index])),
    });
  });

const hostCheck = atReturn((at) => {
  const connection = connectionInUse(at) ?? at.around.thread.lastConnection;
  if (connection?.facts.kind !== 'GnuTLS' || connection.host.kind !== 'none') return;
  if (at.call.caller.module === at.call.library) return;
  // curl compares the name also where nobody asked for a verification; a name that fits counts all the same.
  if (at.resultInt !== 0) connection.host = { kind: 'application', by: at.origin(1) };
});

export const GNUTLS: HandlerTable = {
  gnutls_init: atReturn(onInit),
  gnutls_deinit: atCall((at) => {
    at.releaseConnection(at.word(0));
  }),
  gnutls_handshake: {
    onCall: (at) => {
      const session = sessionAt(at);
      at.around.thread.lastConnection = session;
      session.handshakeBy ??= at.origin();
    },
    onReturn: (at) => {
      if (at.resultInt === GNUTLS_E_SUCCESS) sessionAt(at).handshakeDone = true;
    },
  },
  gnutls_record_send: transfer('out'),
  gnutls_record_send2: transfer('out'),
  gnutls_record_send_range: transfer('out'),
  gnutls_record_recv: transfer('in'),
  gnutls_record_recv_seq: transfer('in'),
  gnutls_certificate_verify_peers2: onVerified(undefined, 1),
  gnutls_certificate_verify_peers3: onVerified(1, 2),
  gnutls_certificate_verify_peers: onVerified(undefined, 3),
  gnutls_session_set_verify_cert: verifiesItself,
  gnutls_session_set_verify_cert2: atReturn((at) => {
    verifiesItself.onReturn?.(at);
  }),
  gnutls_priority_set_direct: priority(1),
  gnutls_set_default_priority: priority(undefined),
  gnutls_server_name_set: atReturn((at) => {
    const value = at.text(2) ?? '';
    sessionAt(at).settings.set('server name', { value, source: 'set', by: at.origin(2) });
  }),
  gnutls_x509_crt_check_hostname: hostCheck,
  gnutls_x509_crt_check_hostname2: hostCheck,
  gnutls_session_is_resumed: atReturn((at) => {
    if (at.resultInt !== 0) sessionAt(at).wasReused = true;
  }),
};
