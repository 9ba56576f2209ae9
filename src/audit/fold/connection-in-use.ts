/** Which connection a thread is working on: the object of the innermost call that reads, writes or shakes hands. */
import type { Connection } from '../ledger/objects.js';
import { key, type ProcessLedger } from '../ledger/process-ledger.js';
import type { CallEvent } from '../../trace/event.js';
import { wordOf } from './call-words.js';
import type { Moment } from './moment.js';

/** Functions whose first argument is a connection, and inside which its records pass. */
export const CONNECTION_FUNCTIONS: ReadonlySet<string> = new Set([
  'SSL_connect',
  'SSL_accept',
  'SSL_do_handshake',
  'SSL_read',
  'SSL_read_ex',
  'SSL_read_early_data',
  'SSL_peek',
  'SSL_peek_ex',
  'SSL_write',
  'SSL_write_ex',
  'SSL_write_ex2',
  'SSL_write_early_data',
  'SSL_sendfile',
  'SSL_shutdown',
  'SSL_stateless',
  'SSL_renegotiate',
  'SSL_key_update',
  'SSL_verify_client_post_handshake',
  'gnutls_handshake',
  'gnutls_rehandshake',
  'gnutls_record_send',
  'gnutls_record_send2',
  'gnutls_record_send_range',
  'gnutls_record_recv',
  'gnutls_record_recv_seq',
  'gnutls_record_recv_packet',
  'gnutls_bye',
  'gnutls_record_uncork',
  'SSL_ForceHandshake',
  'SSL_ForceHandshakeWithTimeout',
  'PR_Send',
  'PR_Recv',
  'PR_Read',
  'PR_Write',
]);

export function connectionInUse(at: Moment): Connection | undefined {
  for (const call of at.around.thread.enclosing()) {
    const connection = connectionOf(call, at.ledger);
    if (connection !== undefined) return connection;
  }
  return undefined;
}

/** The connection that a call of these functions is about, or whose records a BIO carries. */
export function connectionOf(call: CallEvent, ledger: ProcessLedger): Connection | undefined {
  const address = wordOf(call.args[0]);
  if (address === undefined) return undefined;
  if (call.symbol.startsWith('BIO_')) return ledger.carriedBy(address);
  return CONNECTION_FUNCTIONS.has(call.symbol) ? ledger.connections.get(key(address)) : undefined;
}
