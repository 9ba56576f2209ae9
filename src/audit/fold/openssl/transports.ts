/** OpenSSL: the BIOs beneath a connection, and those above it, SSL_set_bio(3), BIO_f_ssl(3). */
import type { Word } from '../../ledger/objects.js';
import { key } from '../../ledger/process-ledger.js';
import { wordOf } from '../call-words.js';
import { CONNECTION_FUNCTIONS } from '../connection-in-use.js';
import { atReturn, type Handler, type HandlerTable } from '../handler.js';
import type { Moment } from '../moment.js';
import { connectionAt } from './lifecycle.js';

const BIO_FUNCTIONS = new Set(['BIO_read', 'BIO_read_ex', 'BIO_write', 'BIO_write_ex', 'BIO_puts']);

const carries = (...indexes: readonly number[]): Handler =>
  atReturn((at) => {
    for (const index of indexes) {
      if (at.word(index) !== 0) {
        at.ledger.transports.set(key(at.word(index)), connectionAt(at, at.word(0)));
      }
    }
  });

/**
 * A connection that works inside a call on another BIO, and in no call on itself, is what that BIO reads from, or
 * writes to. libssl has buffers of its own above its transport: the outermost is the application's.
 */
function learnLayers(at: Moment): void {
  const connection = at.ledger.carriedBy(at.word(0));
  if (connection === undefined) return;
  let outermost: Word = 0;
  for (const call of at.around.thread.enclosing()) {
    if (!BIO_FUNCTIONS.has(call.symbol)) {
      if (CONNECTION_FUNCTIONS.has(call.symbol)) return;
      break;
    }
    outermost = wordOf(call.args[0]) ?? 0;
  }
  if (outermost !== 0 && at.ledger.carriedBy(outermost) === undefined) {
    at.ledger.layers.set(key(outermost), connection);
  }
}

const passes = (direction: 'in' | 'out'): Handler => ({
  onCall: learnLayers,
  onReturn: (at) => {
    const connection = at.ledger.openIn(at.ledger.layers, at.word(0));
    if (connection === undefined || at.resultInt <= 0) return;
    connection.handshakeDone = true;
    connection.handshakeBy ??= at.origin();
    if (direction === 'in') connection.receivedBy ??= at.origin();
    else connection.sentBy ??= at.origin();
  },
});

export const TRANSPORTS: HandlerTable = {
  SSL_set_bio: carries(1, 2),
  SSL_set0_rbio: carries(1),
  SSL_set0_wbio: carries(1),
  BIO_read: passes('in'),
  BIO_read_ex: passes('in'),
  BIO_write: passes('out'),
  BIO_write_ex: passes('out'),
  BIO_puts: passes('out'),
};
