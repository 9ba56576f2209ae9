/** OpenSSL: handshakes, and data of the application that moved, SSL_read(3), SSL_write(3). */
import type { Connection } from '../../ledger/objects.js';
import { key } from '../../ledger/process-ledger.js';
import { pointedNumber } from '../call-words.js';
import { atReturn, type Handler, type HandlerTable } from '../handler.js';
import type { Moment } from '../moment.js';
import { connectionAt } from './lifecycle.js';

function onHandshake(role: Connection['role']): Handler {
  return {
    onCall: (at) => {
      const connection = use(at);
      connection.role ??= role;
      connection.handshakeBy ??= at.origin();
    },
    onReturn: (at) => {
      if (at.resultInt === 1) use(at).handshakeDone = true;
    },
  };
}

function use(at: Moment): Connection {
  const connection = connectionAt(at, at.word(0));
  at.around.thread.lastConnection = connection;
  return connection;
}

const transfer = (moved: (at: Moment) => boolean, direction: 'in' | 'out'): Handler => ({
  onCall: (at) => {
    use(at).handshakeBy ??= at.origin();
  },
  onReturn: (at) => {
    if (!moved(at)) return;
    const connection = use(at);
    connection.handshakeDone = true;
    if (direction === 'in') connection.receivedBy ??= at.origin();
    else if (connection.sentBy === undefined) {
      connection.sentBy = at.origin();
      connection.firstWritten = connection.inMemory?.lastProtected('sent');
    }
  },
});

const byResult = (at: Moment): boolean => at.resultInt > 0;
/** SSL_read_ex(3): 1, and the count behind the fourth argument. */
const byCount = (at: Moment): boolean =>
  at.resultInt === 1 && Number(pointedNumber(at.value(3)) ?? 1) > 0;

/** SSL_get1_session(3): whose session is it? */
const gives = atReturn((at) => {
  if (at.result !== 0) at.ledger.sessions.set(key(at.result), connectionAt(at, at.word(0)).outcome);
});

/** In TLS 1.3 the choice is encrypted: it is known once the program has asked for it. */
const protocolAsked = atReturn((at) => {
  const name = at.text(1);
  if (name !== undefined && name !== '') connectionAt(at, at.word(0)).alpn = name;
});

export const DATA: HandlerTable = {
  SSL_get0_alpn_selected: protocolAsked,
  SSL_connect: onHandshake('client'),
  SSL_accept: onHandshake('server'),
  SSL_do_handshake: onHandshake(undefined),
  SSL_read: transfer(byResult, 'in'),
  SSL_read_ex: transfer(byCount, 'in'),
  SSL_peek: transfer(byResult, 'in'),
  SSL_peek_ex: transfer(byCount, 'in'),
  SSL_read_early_data: transfer(byCount, 'in'),
  SSL_write_early_data: transfer(byCount, 'out'),
  SSL_write: transfer(byResult, 'out'),
  SSL_write_ex: transfer(byCount, 'out'),
  SSL_write_ex2: transfer((at) => at.resultInt === 1, 'out'),
  SSL_sendfile: transfer((at) => BigInt(at.result) > 0n, 'out'),
  SSL_get_session: gives,
  SSL_get0_session: gives,
  SSL_get1_session: gives,
  SSL_set_session: atReturn((at) => {
    if (at.word(1) === 0 || at.resultInt !== 1) return;
    connectionAt(at, at.word(0)).resumedFrom = at.ledger.sessions.get(key(at.word(1))) ?? 'unknown';
  }),
  SSL_session_reused: atReturn((at) => {
    if (at.resultInt === 1) connectionAt(at, at.word(0)).wasReused = true;
  }),
};
