/** OpenSSL: what became of the certificate of the other side, and whether its name was compared. */
import type { Connection, HostCheck } from '../../ledger/objects.js';
import { key } from '../../ledger/process-ledger.js';
import { brief } from '../call-words.js';
import { connectionInUse, connectionOf } from '../connection-in-use.js';
import type { CallEvent } from '../../../trace/event.js';
import { atCall, atReturn, type Handler, type HandlerTable } from '../handler.js';
import type { Moment } from '../moment.js';
import { connectionAt, contextAt } from './lifecycle.js';

/** <openssl/x509_vfy.h> */
const X509_V_OK = 0;
const X509_V_ERR_UNSPECIFIED = 1;
/** <openssl/obj_mac.h> */
const NID_SUBJECT_ALT_NAME = 85;
const NID_COMMON_NAME = 13;

/**
 * 1 is not "verified": a callback may have said so. What libssl takes down afterwards is the error that stands in the
 * context of the verification.
 */
function onVerified(at: Moment): void {
  const connection = verifiedBy(at) ?? connectionInUse(at);
  at.around.thread.lastVerified = connection;
  if (connection === undefined) return;
  const isGood = at.resultInt === 1;
  connection.verification = {
    kind: 'result',
    result: isGood ? X509_V_OK : X509_V_ERR_UNSPECIFIED,
    text: isGood ? 'X509_V_OK' : 'X509_verify_cert() failed',
  };
}

/** libssl itself asks behind a verification, with no other call between: callbacks ask inside one. */
function onError(at: Moment): void {
  const connection = at.around.thread.lastVerified;
  const [innermost] = at.around.thread.enclosing();
  if (connection?.verification.kind !== 'result') return;
  // A handshake may also run in a call that is not looked at, such as BIO_ctrl(): then the verification tells whose.
  const owner = innermost === undefined ? undefined : connectionOf(innermost, at.ledger);
  const isOurs = verifiedBy(at) === connection;
  if (owner !== connection && !(isOurs && !isVerifying(innermost))) return;
  const result = at.resultInt;
  connection.wasOverruled ||= connection.verification.result === X509_V_OK && result !== X509_V_OK;
  connection.verification = { kind: 'result', result, text: textOfResult(at) };
}

function verifiedBy(at: Moment): Connection | undefined {
  return at.ledger.openIn(at.ledger.verifications, at.word(0));
}

const isVerifying = (call: CallEvent | undefined): boolean => call?.symbol === 'X509_verify_cert';

function textOfResult(at: Moment): string {
  const text = at.resultValue === undefined ? '' : brief(at.resultValue);
  return text === '' ? `${at.resultInt}` : text;
}

function onAsked(at: Moment): void {
  const connection = connectionAt(at, at.word(0));
  connection.askedBy ??= at.origin();
  const result = at.resultInt;
  // Before a handshake it is X509_V_OK, which means nothing.
  if (connection.verification.kind === 'not seen' && result === X509_V_OK) return;
  connection.verification = { kind: 'result', result, text: textOfResult(at) };
}

function hostOf(at: Moment, name: string, shown: number): HostCheck {
  return { kind: 'set', name, by: at.origin(shown) };
}

/** X509_VERIFY_PARAM_set1_host(3): parameters belong to a connection or a context. */
function parameterHost(index: number): Handler {
  return atReturn((at) => {
    const owner = at.ledger.parameters.get(key(at.word(0)));
    if (owner === undefined || at.resultInt !== 1) return;
    const name = at.text(index) ?? '';
    const host = hostOf(at, name, index);
    // NULL takes the name away again.
    const isCleared = at.word(index) === 0;
    if (isCleared) owner.settings.delete('host name');
    else owner.settings.set('host name', { value: name, source: 'set', by: at.origin(index) });
    if ('host' in owner) owner.host = isCleared ? { kind: 'none' } : host;
  });
}

const connectionHost = atReturn((at) => {
  if (at.resultInt !== 1 || at.word(1) === 0) return;
  const connection = connectionAt(at, at.word(0));
  const name = at.text(1) ?? '';
  connection.host = hostOf(at, name, 1);
  connection.settings.set('host name', { value: name, source: 'set', by: at.origin(1) });
});

/** Some names are compared by the application, which reads them from the certificate. */
function applicationCheck(
  isByLibrary: (at: Moment) => boolean,
  isAboutNames: (at: Moment) => boolean = () => true,
): Handler {
  return atReturn((at) => {
    if (!isAboutNames(at) || isByLibrary(at)) return;
    const certificate = at.ledger.certificates.get(key(at.word(0)));
    const connection = certificate ?? connectionInUse(at) ?? at.around.thread.lastConnection;
    if (connection === undefined || hasMovedData(connection)) return;
    if (connection.host.kind === 'none') {
      connection.host = { kind: 'application', by: at.origin() };
    }
  });
}

function hasMovedData({ receivedBy, sentBy }: Connection): boolean {
  return receivedBy !== undefined || sentBy !== undefined;
}

/**
 * libcrypto itself compares names while it verifies, and takes down those of each certificate that it meets. A program
 * that has OpenSSL inside is told from it by what is open around the call.
 */
const inside =
  (names: ReadonlySet<string> | 'any') =>
  (at: Moment): boolean => {
    const { caller, library } = at.call;
    if (caller.module !== library) return /^lib(ssl|crypto)\b/.test(caller.module);
    const { thread } = at.around;
    return names === 'any'
      ? thread.enclosing().next().done !== true
      : thread.isWithin(names) !== undefined;
  };

const whileVerifying = inside(new Set(['X509_verify_cert']));
const readNames = applicationCheck(inside('any'));
const isNamesOfCertificate = (at: Moment): boolean => Number(at.word(1)) === NID_SUBJECT_ALT_NAME;

/** Ruby takes the extensions of the peer's certificate one by one, and looks for the names itself. */
const extensionRead = atReturn((at) => {
  if (at.result !== 0 && at.ledger.certificates.has(key(at.word(0)))) readNames.onReturn?.(at);
});

/** A copy of the certificate, or its subject, by which names were compared before there were alternative ones. */
const partTaken = atReturn((at) => {
  const connection = at.ledger.certificates.get(key(at.word(0)));
  if (connection !== undefined && at.result !== 0) {
    at.ledger.certificates.set(key(at.result), connection);
  }
});
const commonNameRead = atReturn((at) => {
  const isKnown = at.ledger.certificates.has(key(at.word(0)));
  if (isKnown && Number(at.word(1)) === NID_COMMON_NAME) readNames.onReturn?.(at);
});

const peerCertificate = atReturn((at) => {
  if (at.result !== 0) at.ledger.certificates.set(key(at.result), connectionAt(at, at.word(0)));
});

/** In a callback the certificate is that of the verification; programs in other languages work on a copy of it. */
const verifiedCertificate = atReturn((at) => {
  const connection = verifiedBy(at);
  if (at.result !== 0 && connection !== undefined) {
    at.ledger.certificates.set(key(at.result), connection);
  }
});

const givesParameters = (holderOf: (at: Moment) => ReturnType<typeof contextAt> | Connection) =>
  atReturn((at) => {
    if (at.result !== 0) at.ledger.parameters.set(key(at.result), holderOf(at));
  });

export const VERIFICATION: HandlerTable = {
  X509_verify_cert: atReturn(onVerified),
  // libssl puts the connection there for callbacks, SSL_get_ex_data_X509_STORE_CTX_idx(3).
  X509_STORE_CTX_set_ex_data: atReturn((at) => {
    const connection = at.ledger.connections.get(key(at.word(2)));
    if (connection !== undefined) at.ledger.verifications.set(key(at.word(0)), connection);
  }),
  X509_STORE_CTX_free: atCall((at) => {
    at.ledger.verifications.delete(key(at.word(0)));
  }),
  X509_STORE_CTX_get_error: atReturn(onError),
  SSL_get_verify_result: atReturn(onAsked),
  SSL_set_verify_result: atReturn((at) => {
    connectionAt(at, at.word(0)).verification = {
      kind: 'result',
      result: Number(at.word(1)),
      text: `set to ${at.word(1)}`,
    };
  }),
  SSL_CTX_get0_param: givesParameters((at) => contextAt(at, at.word(0))),
  SSL_get0_param: givesParameters((at) => connectionAt(at, at.word(0))),
  X509_VERIFY_PARAM_set1_host: parameterHost(1),
  X509_VERIFY_PARAM_add1_host: parameterHost(1),
  X509_VERIFY_PARAM_set1_ip: parameterHost(1),
  X509_VERIFY_PARAM_set1_ip_asc: parameterHost(1),
  SSL_set1_host: connectionHost,
  SSL_add1_host: connectionHost,
  SSL_get_peer_certificate: peerCertificate,
  SSL_get0_peer_certificate: peerCertificate,
  SSL_get1_peer_certificate: peerCertificate,
  X509_check_host: applicationCheck(whileVerifying),
  X509_check_ip: applicationCheck(whileVerifying),
  X509_check_ip_asc: applicationCheck(whileVerifying),
  // Within OpenSSL this takes down the names of a certificate, whatever is going on.
  X509_get_ext_d2i: applicationCheck(inside('any'), isNamesOfCertificate),
  X509_get_ext_by_NID: applicationCheck(whileVerifying, isNamesOfCertificate),
};

/** How programs get at the names in certificates by themselves; OpenSSL does it to each that it loads. */
export const CERTIFICATES: HandlerTable = {
  X509_STORE_CTX_get_current_cert: verifiedCertificate,
  X509_dup: partTaken,
  X509_get_ext: extensionRead,
  X509_get_subject_name: partTaken,
  X509_NAME_get_text_by_NID: commonNameRead,
  X509_NAME_get_index_by_NID: commonNameRead,
};
