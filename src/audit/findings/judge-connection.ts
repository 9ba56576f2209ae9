/** What is wrong with one connection: decided from what came of it, not from what was set. */
import type { Connection, HostCheck, Verification } from '../ledger/objects.js';
import type { Origin } from '../ledger/setting.js';
import type { Judgement } from './finding.js';
import type { RuleName } from './rules.js';

interface Certainty {
  readonly verification: Verification | { readonly kind: 'unknown' };
  readonly host: HostCheck | { readonly kind: 'unknown' };
}

/** The certificate of a server is the client's business. Of connections whose beginning was not seen nothing is said. */
export function judgeConnection(connection: Connection): readonly Judgement[] {
  const role = connection.conversation?.role ?? connection.role;
  if (connection.facts.wasThereBefore || role === 'server') return [];
  if (trustsNobody(connection)) return [emptyTrust(connection)];
  if (!hasMovedData(connection)) return [];
  const { verification, host } = certaintyOf(connection);
  const found: Judgement[] = [];
  if (verification.kind === 'unknown') {
    found.push(latent(connection, 'a session was resumed whose verification was not seen'));
  } else if (verification.kind === 'not seen' || verification.result !== 0) {
    found.push(unenforced(connection, verification));
  } else {
    if (isUnread(connection)) {
      found.push(latent(connection, 'nobody asked for the result of the verification'));
    }
    if (host.kind === 'none') found.push(hostUnchecked(connection));
  }
  if (connection.wasOverruled && found.length === 0) found.push(overruled(connection));
  return found;
}

/** <openssl/x509_vfy.h>: what a verification comes to that finds no authority. */
const NO_AUTHORITY: ReadonlySet<number> = new Set([2, 18, 19, 20, 21]);
const SSL_VERIFY_PEER = 1;

/** The library refuses everybody, since nobody loaded an authority: whoever meets that switches verification off. */
function trustsNobody({ facts, context, settings, verification }: Connection): boolean {
  if (facts.kind !== 'OpenSSL' || context?.facts.madeBy === undefined) return false;
  const demands = (Number(settings.get('verify mode')?.number ?? 0) & SSL_VERIFY_PEER) !== 0;
  const isRefused = verification.kind === 'result' && NO_AUTHORITY.has(verification.result);
  return demands && isRefused && context.store.isUntouched;
}

/** A resumed connection shows no certificate: what counts is what was seen when its session was made. */
function certaintyOf(connection: Connection): Certainty {
  const { verification, host, resumedFrom } = connection;
  const isResumed = connection.wasReused || connection.conversation?.isResumed === true;
  if (!isResumed || verification.kind === 'result') return { verification, host };
  if (resumedFrom === undefined || resumedFrom === 'unknown') {
    return { verification: { kind: 'unknown' }, host: { kind: 'unknown' } };
  }
  return {
    verification: resumedFrom.verification,
    host: host.kind === 'none' ? resumedFrom.host : host,
  };
}

/** OpenSSL verifies in every handshake; in this mode it goes on whatever comes of it. */
function isUnread({ facts, settings, askedBy }: Connection): boolean {
  const mode = Number(settings.get('verify mode')?.number ?? 0);
  return facts.kind === 'OpenSSL' && mode === 0 && askedBy === undefined;
}

/**
 * What a program read had come through the connection. What it wrote may have stayed in memory: then the record must
 * have passed the socket.
 */
export function hasMovedData(connection: Connection): boolean {
  const { receivedBy, sentBy, firstWritten, conversation, inMemory } = connection;
  if (receivedBy !== undefined) return true;
  if (sentBy === undefined)
    return conversation !== inMemory && conversation?.showsSentData === true;
  if (firstWritten === undefined || conversation === undefined || conversation === inMemory) {
    return true;
  }
  const { count, sizes } = conversation.protectedRecords.sent;
  if (count <= firstWritten.index) return false;
  return (sizes[firstWritten.index] ?? firstWritten.bytes) === firstWritten.bytes;
}

function unenforced(connection: Connection, verification: Verification): Judgement {
  const how =
    verification.kind === 'not seen'
      ? "the server's certificate was never verified"
      : `the verification of the server's certificate failed: ${verification.text}`;
  return judgement(connection, 'TLS-VERIFY-UNENFORCED', `Data moved, though ${how}.`);
}

function latent(connection: Connection, why: string): Judgement {
  const sentence = `A bad certificate would not be noticed: ${why}.`;
  return judgement(connection, 'TLS-VERIFY-LATENT', sentence);
}

function hostUnchecked(connection: Connection): Judgement {
  const sentence =
    "The chain of the certificate is good, but nobody compared its name with the server's: any certificate of the same authority would do.";
  return judgement(connection, 'TLS-HOST-UNCHECKED', sentence);
}

function emptyTrust(connection: Connection): Judgement {
  const sentence =
    'Certificates are verified, but no authority was loaded: no certificate can be accepted.';
  return judgement(connection, 'TLS-CA-EMPTY', sentence);
}

function overruled(connection: Connection): Judgement {
  const sentence = 'A callback accepted a certificate that the library rejects.';
  const made = judgement(connection, 'TLS-VERIFY-OVERRULED', sentence);
  return { ...made, origin: connection.settings.get('verify callback')?.by ?? made.origin };
}

/** NSS has no modes, but hooks. */
function hookOf({ facts, settings }: Connection): Origin | undefined {
  if (facts.kind !== 'NSS') return undefined;
  return settings.get('certificate verify callback')?.by ?? settings.get('verify callback')?.by;
}

function modeEvidence({ facts, settings }: Connection): readonly string[] {
  const mode = settings.get('verify mode');
  if (mode !== undefined) return [`verify mode: ${mode.value} (${mode.source})`];
  return facts.kind === 'NSS' ? [] : ['verify mode: never set'];
}

function dataEvidence(connection: Connection, moved: Origin | undefined): readonly string[] {
  if (moved !== undefined) return [`application data: ${moved.what} by ${moved.module}`];
  return hasMovedData(connection) ? ['application data: as records on the wire'] : [];
}

/** A BIO above a connection lets the library itself make every call on it. */
const isOpenSsl = (module: string): boolean => /^lib(?:ssl|crypto)\b/.test(module);

function judgement(connection: Connection, rule: RuleName, sentence: string): Judgement {
  const { settings, decisions, facts, receivedBy, sentBy, askedBy, host } = connection;
  const mode = settings.get('verify mode');
  const moved = receivedBy ?? sentBy;
  const checked = host.kind === 'set' ? host.name : 'checked by the application';
  const evidence = [
    ...modeEvidence(connection),
    `host name: ${host.kind === 'none' ? 'no check seen' : checked}`,
    ...(askedBy === undefined ? [] : [`${askedBy.module} asked for the result`]),
    ...dataEvidence(connection, moved),
  ];
  const calls = [mode?.by, moved, askedBy].flatMap((by) => (by === undefined ? [] : [by.call]));
  const decided = decisions.get(rule === 'TLS-HOST-UNCHECKED' ? 'host' : 'certificate');
  const candidates = [
    ...[decided, mode?.by, hookOf(connection), connection.handshakeBy, receivedBy],
    ...[connection.context?.facts.madeBy, facts.madeBy],
  ].filter((by) => by !== undefined);
  const origin = candidates.find(({ module }) => !isOpenSsl(module)) ?? candidates[0];
  return { rule, sentence, evidence, calls, origin };
}
