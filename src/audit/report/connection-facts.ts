/** A connection in the words of a report. */
import { hasMovedData } from '../findings/judge-connection.js';
import type { Connection, HostCheck, Verification } from '../ledger/objects.js';
import type { CertificateFacts } from '../wire/certificate.js';
import type { ClientHello } from '../wire/hello.js';
import type { Conversation } from '../wire/conversation.js';
import { alertName, groupName, signatureName, versionName } from '../wire/names.js';
import { suiteName } from '../wire/suite-names.js';
import type { ConnectionFacts } from './report.js';

export function factsOf(connection: Connection): ConnectionFacts {
  const wire = wireFacts(connection.conversation ?? connection.inMemory);
  return {
    ...wire,
    resumed: connection.wasReused ? 'resumed' : wire.resumed,
    protocol: connection.alpn ?? wire.protocol,
    verification: verificationText(connection.verification),
    host: hostText(connection.host),
    data: hasMovedData(connection) ? 'moved' : 'none',
  };
}

const NOT_SEEN: ConnectionFacts = {
  version: '',
  suite: '',
  group: '',
  serverName: '',
  protocol: '',
  resumed: '',
  retried: false,
  serverKey: '',
  clientCertificate: '',
  verification: '',
  host: '',
  data: 'none',
  offeredVersions: [],
  offeredSuites: [],
  offeredGroups: [],
  offeredSignatures: [],
  offeredProtocols: [],
  alerts: [],
};

/** Of bytes alone: nothing is known of what the library thinks. */
export function wireFacts(conversation: Conversation | undefined): ConnectionFacts {
  if (conversation === undefined) return NOT_SEEN;
  const { clientHello, serverHello, alerts, protectedRecords, isResumed, group } = conversation;
  const isMoved = protectedRecords.sent.count + protectedRecords.received.count > 0;
  return {
    ...NOT_SEEN,
    ...(conversation.datagrams !== undefined && { version: conversation.datagrams }),
    ...(clientHello !== undefined && offered(clientHello)),
    ...(serverHello !== undefined && {
      version: versionName(serverHello.version),
      suite: suiteName(serverHello.suite),
      protocol: serverHello.protocol ?? '',
      resumed: isResumed ? 'resumed' : 'full',
    }),
    ...(group !== undefined && { group: groupName(group) }),
    retried: conversation.wasRetried,
    serverKey: keyText(conversation.serverChain),
    ...(conversation.serverChain !== undefined && { certificates: conversation.serverChain }),
    clientCertificate: clientCertificateOf(conversation),
    data: isMoved ? 'moved' : 'none',
    alerts: alerts.map(({ direction, description }) => `${direction} ${alertName(description)}`),
  };
}

function offered(hello: ClientHello) {
  const { serverName, versions, suites, groups, signatureAlgorithms, protocols } = hello;
  return {
    serverName: serverName ?? '',
    offeredVersions: versions.map(versionName),
    offeredSuites: suites.map(suiteName),
    offeredGroups: groups.map(groupName),
    offeredSignatures: signatureAlgorithms.map(signatureName),
    offeredProtocols: protocols,
  };
}

/** `rsa 2048`, `ec prime256v1`: of the server itself. */
function keyText(chain: readonly CertificateFacts[] | undefined): string {
  const [own] = chain ?? [];
  if (own === undefined) return '';
  return [own.keyType, own.keyBits ?? own.curve ?? ''].join(' ').trimEnd();
}

function clientCertificateOf({ clientChain, wantsClientCertificate }: Conversation) {
  if ((clientChain ?? []).length > 0) return 'sent';
  return wantsClientCertificate ? 'asked for' : '';
}

function verificationText(verification: Verification): string {
  return verification.kind === 'result' ? verification.text : 'not seen';
}

function hostText(host: HostCheck): string {
  switch (host.kind) {
    case 'none':
      return 'not checked';
    case 'set':
      return `checked by the library: ${host.name}`;
    case 'application':
      return `checked by ${host.by.module}`;
  }
}
