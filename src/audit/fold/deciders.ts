/** Libraries above TLS whose options decide about verification: what the application said, in its own words. */
import { originOf } from './moment.js';
import { atReturn, type Handler, type HandlerTable } from './handler.js';
import type { Decision } from '../ledger/process-ledger.js';

// <curl/curl.h>
const CURLOPT_SSL_VERIFYPEER = 64;
const CURLOPT_SSL_VERIFYHOST = 81;
const CURL_OPTIONS: ReadonlyMap<number, { readonly decides: Decision; readonly name: string }> =
  new Map([
    [CURLOPT_SSL_VERIFYPEER, { decides: 'certificate', name: 'CURLOPT_SSL_VERIFYPEER' }],
    [CURLOPT_SSL_VERIFYHOST, { decides: 'host', name: 'CURLOPT_SSL_VERIFYHOST' }],
  ]);
/** <ldap.h>: LDAP_OPT_X_TLS_REQUIRE_CERT */
const LDAP_OPT_X_TLS_REQUIRE_CERT = 0x6006;

/** `curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0)`: the last word on it, whichever handle. */
const curl: Handler = atReturn((at) => {
  const option = CURL_OPTIONS.get(Number(at.word(1)));
  if (option === undefined || at.resultInt !== 0) return;
  const { decides, name } = option;
  const by = originOf(at.call, `curl_easy_setopt(${name}, 0)`);
  if (BigInt.asIntN(32, BigInt(at.word(2))) === 0n) at.ledger.decisions.set(decides, by);
  else at.ledger.decisions.delete(decides);
});

const ldap: Handler = atReturn((at) => {
  if (Number(at.word(1)) !== LDAP_OPT_X_TLS_REQUIRE_CERT || at.resultInt !== 0) return;
  const what = 'ldap_set_option(LDAP_OPT_X_TLS_REQUIRE_CERT)';
  at.ledger.decisions.set('certificate', originOf(at.call, what));
});

export const DECIDERS: HandlerTable = {
  curl_easy_setopt: curl,
  ldap_set_option: ldap,
  ldap_pvt_tls_set_option: ldap,
};
