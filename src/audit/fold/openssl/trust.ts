/** OpenSSL: where trusted certificates come from, SSL_CTX_load_verify_locations(3), X509_STORE_add_cert(3). */
import { TrustStore } from '../../ledger/objects.js';
import { key } from '../../ledger/process-ledger.js';
import { atReturn, type Handler, type HandlerTable } from '../handler.js';
import type { Moment } from '../moment.js';
import { contextAt } from './lifecycle.js';

/** Sources that say the same are one; more than these are one source more. */
const MOST_SOURCES = 64;

const LOADERS = new Set([
  'SSL_CTX_load_verify_locations',
  'SSL_CTX_load_verify_file',
  'SSL_CTX_load_verify_dir',
  'SSL_CTX_load_verify_store',
  'SSL_CTX_set_default_verify_paths',
  'SSL_CTX_set_default_verify_file',
  'SSL_CTX_set_default_verify_dir',
  'SSL_CTX_set_default_verify_store',
  'X509_STORE_load_locations',
  'X509_STORE_load_locations_ex',
  'X509_STORE_load_file',
  'X509_STORE_load_file_ex',
  'X509_STORE_load_path',
  'X509_STORE_load_store',
  'X509_STORE_load_store_ex',
  'X509_STORE_set_default_paths',
  'X509_STORE_set_default_paths_ex',
]);

function add(at: Moment, store: TrustStore, shown: readonly number[]): void {
  // What a loader does inside itself is that loader's.
  if (at.resultInt !== 1 || at.around.thread.isWithin(LOADERS) !== undefined) return;
  const by = at.origin(...shown);
  const isKnown = store.sources.some(
    (source) => source.what === by.what && source.by.module === by.module,
  );
  if (!isKnown && store.sources.length < MOST_SOURCES) store.sources.push({ what: by.what, by });
}

const intoContext = (...shown: readonly number[]): Handler =>
  atReturn((at) => {
    add(at, contextAt(at, at.word(0)).store, shown);
  });

const intoStore = (...shown: readonly number[]): Handler =>
  atReturn((at) => {
    add(at, storeAt(at, 0), shown);
  });

function storeAt(at: Moment, index: number): TrustStore {
  const address = key(at.word(index));
  let store = at.ledger.stores.get(address);
  if (store === undefined) at.ledger.stores.set(address, (store = new TrustStore()));
  return store;
}

const useStore = atReturn((at) => {
  const store = storeAt(at, 1);
  store.isGivenAway = true;
  contextAt(at, at.word(0)).store = store;
});

export const TRUST: HandlerTable = {
  SSL_CTX_load_verify_locations: intoContext(1, 2),
  SSL_CTX_load_verify_file: intoContext(1),
  SSL_CTX_load_verify_dir: intoContext(1),
  SSL_CTX_load_verify_store: intoContext(1),
  SSL_CTX_set_default_verify_paths: intoContext(),
  SSL_CTX_set_default_verify_file: intoContext(),
  SSL_CTX_set_default_verify_dir: intoContext(),
  SSL_CTX_set_default_verify_store: intoContext(),
  SSL_CTX_set_cert_store: useStore,
  SSL_CTX_set1_cert_store: useStore,
  SSL_CTX_get_cert_store: atReturn((at) => {
    if (at.result === 0) return;
    const { store } = contextAt(at, at.word(0));
    store.isGivenAway ||= !/^lib(?:ssl|crypto)\b/.test(at.call.caller.module);
    at.ledger.stores.set(key(at.result), store);
  }),
  X509_STORE_add_cert: intoStore(),
  X509_STORE_load_locations: intoStore(1, 2),
  X509_STORE_load_file: intoStore(1),
  X509_STORE_load_path: intoStore(1),
  X509_STORE_load_store: intoStore(1),
  X509_STORE_set_default_paths: intoStore(),
  X509_STORE_free: {
    onCall: (at) => {
      at.ledger.stores.delete(key(at.word(0)));
    },
  },
};
