/**
 * NSS: descriptors that SSL_ImportFD makes, and what is decided about them. It verifies in the handshake, by a hook:
 * SSL_AuthCertificate, its own, verifies the chain and the name that SSL_SetURL gave; programs may put in another, and one
 * more for certificates that are bad, which lets them pass where it returns SECSuccess.
 */
import type { Connection } from '../ledger/objects.js';
import { key, type Making } from '../ledger/process-ledger.js';
import type { Setting, SettingName } from '../ledger/setting.js';
import { brief } from './call-words.js';
import { connectionInUse } from './connection-in-use.js';
import { atCall, atReturn, type Handler, type HandlerTable } from './handler.js';
import type { Moment } from './moment.js';

/** <seccomon.h>, SECStatus. */
const SEC_SUCCESS = 0;
/** <ssl.h>: SSL_HANDSHAKE_AS_SERVER. */
const HANDSHAKE_AS_SERVER = 6;

function madeHere(at: Moment): Making {
  return { kind: 'NSS', library: at.call.library, by: at.origin() };
}

/** Descriptors of plain files are read and written by the same functions. */
function socketAt(at: Moment): Connection | undefined {
  const known = at.connection;
  return known?.facts.kind === 'NSS' ? known : undefined;
}

/** Of one that was imported before anybody looked, or within a library. */
function sslSocketAt(at: Moment): Connection {
  return socketAt(at) ?? at.ledger.makeConnection(at.word(0), { ...madeHere(at), by: undefined });
}

const imported = atReturn((at) => {
  if (at.result === 0) return;
  const known = at.ledger.connections.get(key(at.result));
  if (known !== undefined) at.closeConnection(known);
  const made = at.ledger.makeConnection(at.result, madeHere(at));
  const model = at.ledger.connections.get(key(at.word(0)));
  // The model's settings are copied, and with them its hooks, ssl_DupSocket of NSS.
  if (model?.facts.kind === 'NSS') made.settings = model.settings.clone();
  made.role = 'client';
});

function put(at: Moment, name: SettingName, setting: Pick<Setting, 'value' | 'number'>): void {
  sslSocketAt(at).settings.set(name, { ...setting, source: 'set', by: at.origin(1) });
}

const hook = (name: SettingName): Handler =>
  atReturn((at) => {
    if (at.resultInt === SEC_SUCCESS) put(at, name, { value: brief(at.value(1)) });
  });

/** `SSL_OptionSet(SSL_HANDSHAKE_AS_SERVER, 1)` makes a server of it. */
const optionSet = atReturn((at) => {
  if (at.resultInt !== SEC_SUCCESS) return;
  if (Number(at.word(1)) === HANDSHAKE_AS_SERVER && Number(at.word(2)) !== 0) {
    sslSocketAt(at).role = 'server';
  }
});

const roleSet = atReturn((at) => {
  if (at.resultInt === SEC_SUCCESS) {
    sslSocketAt(at).role = Number(at.word(1)) === 0 ? 'client' : 'server';
  }
});

/** The name that is asked for, and that NSS's own verification compares. */
const nameSet = atReturn((at) => {
  const name = at.text(1);
  if (at.resultInt !== SEC_SUCCESS || name === undefined || name === '') return;
  const socket = sslSocketAt(at);
  socket.settings.set('server name', { value: name, source: 'set', by: at.origin(1) });
});

/** SSL_AuthCertificate(arg, fd, checkSig, isServer) verifies chain and name, whoever calls it. */
const authenticated = atReturn((at) => {
  const socket = at.ledger.connections.get(key(at.word(1)));
  if (socket?.facts.kind !== 'NSS') return;
  const name = socket.settings.get('server name');
  judge(at, socket);
  if (name?.by !== undefined) socket.host = { kind: 'set', name: name.value, by: name.by };
});

/** CERT_Verify…: what a hook of the program's own asks. */
const verified = atReturn((at) => {
  const socket = connectionInUse(at) ?? at.around.thread.lastConnection;
  if (socket?.facts.kind !== 'NSS' || isOfNss(at)) return;
  judge(at, socket);
  socket.askedBy ??= at.origin();
});

function judge({ resultInt }: Moment, socket: Connection): void {
  socket.verification =
    resultInt === SEC_SUCCESS
      ? { kind: 'result', result: 0, text: 'SECSuccess' }
      : { kind: 'result', result: 1, text: 'SECFailure' };
}

const nameCompared = atReturn((at) => {
  const socket = connectionInUse(at) ?? at.around.thread.lastConnection;
  if (socket?.facts.kind !== 'NSS' || isOfNss(at) || at.resultInt !== SEC_SUCCESS) return;
  if (socket.host.kind === 'none') socket.host = { kind: 'application', by: at.origin(1) };
});

const isOfNss = ({ call }: Moment): boolean =>
  /^lib(?:ssl3|nss3|smime3)\b/.test(call.caller.module);

const handshake: Handler = {
  onCall: (at) => {
    const socket = sslSocketAt(at);
    at.around.thread.lastConnection = socket;
    socket.handshakeBy ??= at.origin();
  },
  onReturn: (at) => {
    if (at.resultInt === SEC_SUCCESS) sslSocketAt(at).handshakeDone = true;
  },
};

const transfer = (direction: 'in' | 'out'): Handler => ({
  onCall: (at) => {
    const socket = socketAt(at);
    if (socket !== undefined) at.around.thread.lastConnection = socket;
  },
  onReturn: (at) => {
    const socket = socketAt(at);
    if (socket === undefined || at.resultInt <= 0) return;
    socket.handshakeDone = true;
    if (direction === 'in') socket.receivedBy ??= at.origin();
    else socket.sentBy ??= at.origin();
  },
});

export const NSS: HandlerTable = {
  SSL_ImportFD: imported,
  SSL_OptionSet: optionSet,
  SSL_ResetHandshake: roleSet,
  SSL_SetURL: nameSet,
  SSL_AuthCertificateHook: hook('certificate verify callback'),
  SSL_BadCertHook: hook('verify callback'),
  SSL_AuthCertificate: authenticated,
  CERT_VerifyCert: verified,
  CERT_VerifyCertNow: verified,
  CERT_VerifyCertificate: verified,
  CERT_VerifyCertificateNow: verified,
  CERT_PKIXVerifyCert: verified,
  CERT_VerifyCertName: nameCompared,
  SSL_ForceHandshake: handshake,
  SSL_ForceHandshakeWithTimeout: handshake,
  PR_Send: transfer('out'),
  PR_Write: transfer('out'),
  PR_Recv: transfer('in'),
  PR_Read: transfer('in'),
  PR_Close: atCall((at) => {
    if (socketAt(at) !== undefined) at.releaseConnection(at.word(0));
  }),
};
