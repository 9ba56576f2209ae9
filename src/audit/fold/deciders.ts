/** Libraries above TLS whose options decide about verification: what the application said, in its own words. */
import { atReturn, type Handler, type HandlerTable } from './handler.js';
import type { Decision } from '../ledger/process-ledger.js';

// <curl/curl.h>
const CURLOPT_SSL_VERIFYPEER = 64;
const CURLOPT_SSL_VERIFYHOST = 81;
const CURL_OPTIONS: ReadonlyMap<number, Decision> = new Map([
  [CURLOPT_SSL_VERIFYPEER, 'certificate'],
  [CURLOPT_SSL_VERIFYHOST, 'host'],
]);
/** <ldap.h>: LDAP_OPT_X_TLS_REQUIRE_CERT */
const LDAP_OPT_X_TLS_REQUIRE_CERT = 0x6006;

/** `curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0)`: the last word on it, whichever handle. */
const curl: Handler = atReturn((at) => {
  const what = CURL_OPTIONS.get(Number(at.word(1)));
  if (what === undefined || at.resultInt !== 0) return;
  if (Number(at.word(2)) === 0) at.ledger.decisions.set(what, at.origin(1, 2));
  else at.ledger.decisions.delete(what);
});

const ldap: Handler = atReturn((at) => {
  if (Number(at.word(1)) !== LDAP_OPT_X_TLS_REQUIRE_CERT || at.resultInt !== 0) return;
  at.ledger.decisions.set('certificate', at.origin(1, 2));
});

export const DECIDERS: HandlerTable = {
  curl_easy_setopt: curl,
  ldap_set_option: ldap,
  ldap_pvt_tls_set_option: ldap,
};
