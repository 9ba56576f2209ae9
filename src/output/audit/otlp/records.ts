/**
 * Findings and connections of an audit as log records of OpenTelemetry, with the names of its semantic conventions where
 * they have one (attribute registry: tls, server, code, process, host).
 */
import type { Finding } from '../../../audit/findings/finding.js';
import type { Origin } from '../../../audit/ledger/setting.js';
import type { AuditReport, ConnectionProfile } from '../../../audit/report/report.js';
import { escapeName } from '../../text/escape.js';
import { originText, sourceLineOf } from '../finding-words.js';

export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What is handed to another thread; there it becomes a record of the official packages. */
export interface LogRecord {
  readonly event: string;
  /** SeverityNumber of the logs data model: 9 INFO, 13 WARN, 17 ERROR. */
  readonly severity: 9 | 13 | 17;
  readonly body: string;
  readonly attributes: Attributes;
}

const SEVERITIES = { note: 9, warning: 13, error: 17 } as const;
const SEVERITY_OF_ALLOWED = 9;
/** Longer texts are no names. */
const MOST_CHARACTERS = 1024;

/** Of the process that was looked at, and the run. */
export function resourceOf({ programs, command, identity }: AuditReport): Attributes {
  const path = programs[0]?.path ?? command[0] ?? '';
  return plain({
    'service.name': path.slice(path.lastIndexOf('/') + 1) || 'unknown',
    'process.executable.path': path,
    'process.command_args': command,
    ...(identity !== undefined && {
      'host.name': identity.host,
      'tsltrace.run.id': identity.run,
      ...Object.fromEntries(
        Object.entries(identity.labels).map(([key, value]) => [`tsltrace.label.${key}`, value]),
      ),
    }),
  });
}

export function recordsOf({ findings, connections }: AuditReport): readonly LogRecord[] {
  return [...findings.map(findingRecord), ...connections.map(connectionRecord)];
}

function findingRecord({ rule, level, count, first, peers, allowed, since }: Finding): LogRecord {
  const { sentence, evidence, origin, pid, program } = first;
  return {
    event: 'tsltrace.finding',
    severity: allowed === undefined ? SEVERITIES[level] : SEVERITY_OF_ALLOWED,
    body: text(sentence),
    attributes: plain({
      'tsltrace.finding.rule': rule,
      'tsltrace.finding.level': level,
      'tsltrace.finding.count': count,
      'tsltrace.finding.evidence': evidence,
      'tsltrace.finding.allowed': allowed !== undefined,
      ...(since !== undefined && { 'tsltrace.finding.since': since }),
      'tsltrace.decided_by': originText(origin),
      'process.pid': pid,
      'process.executable.path': program,
      ...peersOf(peers),
      ...codeOf(origin),
    }),
  };
}

function connectionRecord(profile: ConnectionProfile): LogRecord {
  const { count, program, library, role, facts, peers, by } = profile;
  const { version, suite, group, serverName, protocol, resumed, verification, host } = facts;
  const [name = '', number = ''] = version.split(' ');
  const times = count === 1 ? '' : `, ${count} times`;
  return {
    event: 'tsltrace.connection',
    severity: SEVERITY_OF_ALLOWED,
    body: text(`${role} of ${library}: ${version || 'no handshake'} ${suite}`.trimEnd() + times),
    attributes: plain({
      'tsltrace.connection.count': count,
      'tsltrace.connection.role': role,
      'tsltrace.connection.library': library,
      'tsltrace.connection.verification': verification,
      'tsltrace.connection.host_check': host,
      'tls.protocol.name': name.toLowerCase(),
      'tls.protocol.version': number,
      'tls.cipher': suite,
      'tls.curve': group,
      'tls.next_protocol': protocol,
      'tls.resumed': resumed === 'resumed',
      'server.address': serverName,
      'process.executable.path': program,
      ...peersOf(peers),
      ...codeOf(by),
    }),
  };
}

/** The conventions know one peer, with its port beside it; of several the first stands there, and all are listed. */
function peersOf(peers: readonly string[]): Attributes {
  const [first] = peers;
  if (first === undefined) return {};
  // Names of local sockets have no port, whatever is at their end.
  const [, address = first, port] = /^([^/@].*):(\d{1,5})$/s.exec(first) ?? [];
  return {
    'network.peer.address': address.replace(/^\[(.*)\]$/s, '$1'),
    ...(port !== undefined && { 'network.peer.port': Number(port) }),
    'tsltrace.peers': peers,
  };
}

/** The line of a script that wanted it, else of the source, as far as either is known. */
function codeOf(origin: Origin | undefined): Attributes {
  if (origin === undefined) return {};
  const { asked } = origin;
  if (asked !== undefined) {
    return {
      'code.file.path': asked.file,
      'code.function.name': asked.function,
      ...(asked.line !== undefined && { 'code.line.number': asked.line }),
    };
  }
  const source = sourceLineOf(origin);
  return source === undefined
    ? {}
    : { 'code.file.path': source.file, 'code.line.number': source.line };
}

/** Nothing that a program named drives a terminal or a query; what is not known is left out. */
function plain(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0))
      .map(([key, value]) => [
        text(key),
        typeof value === 'string'
          ? text(value)
          : typeof value === 'object'
            ? value.map(text)
            : value,
      ]),
  );
}

function text(value: string): string {
  const escaped = escapeName(value);
  return escaped.length > MOST_CHARACTERS ? `${escaped.slice(0, MOST_CHARACTERS)}…` : escaped;
}
