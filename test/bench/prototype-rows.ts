/** What it costs to find bundled prototypes. */
import { join } from 'node:path';
import { runProgram } from '../support/run-tsltrace.js';
import { elapsedNs } from './measure.js';
import type { Row } from './row.js';

/** Functions of Python's ssl.create_default_context(), and what it takes to find the first of each library. */
const TLS_CALLS = [
  ...[
    'new',
    'free',
    'ctrl',
    'set_options',
    'clear_options',
    'get_options',
    'set_verify',
    'set_cert_store',
  ],
  ...['get_verify_mode', 'set_session_id_context', 'set_default_verify_paths', 'set_cipher_list'],
  ...['get_cert_store', 'get0_param', 'load_verify_locations', 'set_post_handshake_auth'],
].map((name) => `SSL_CTX_${name}@libssl.so.3`);

export function prototypeRows(): readonly Row[] {
  const ms = (name: string, words: readonly string[], more: Partial<Row> = {}): Row => ({
    name,
    unit: 'ms',
    measure: async () => {
      const run = await runProgram([
        process.execPath,
        join(__dirname, 'load-prototypes.js'),
        ...words,
      ]);
      const elapsed = elapsedNs(run);
      return elapsed === undefined ? undefined : elapsed / 1e6;
    },
    ...more,
  });
  const atMost = { against: 'none', atMost: { extraMs: 20 } };
  return [
    ms('none', []),
    ms('one of libssl', ['SSL_CTX_new@libssl.so.3'], atMost),
    ms(
      `${TLS_CALLS.length} of libssl, one of libcrypto, one of libc`,
      [...TLS_CALLS, 'BIO_new@libcrypto.so.3', 'malloc@libc.so.6'],
      atMost,
    ),
  ];
}
