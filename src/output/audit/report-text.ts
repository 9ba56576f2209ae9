/** The report of an audit for a person: the verdict, the findings, then what was seen and what was not. */
import { goneLines } from '../../audit/baseline/gone.js';
import type { Finding } from '../../audit/findings/finding.js';
import { rule } from '../../audit/findings/rules.js';
import type {
  AuditReport,
  BlindSpot,
  ConnectionFacts,
  ConnectionProfile,
  ContextProfile,
} from '../../audit/report/report.js';
import type { Verdict } from '../../audit/verdict.js';
import type { Paint, Role } from '../text/color.js';
import { escapeName } from '../text/escape.js';
import { coverageText } from './coverage-text.js';
import { allowanceText, originText, stackWords } from './finding-words.js';
import { wrapped } from './wrap.js';

export interface ReportStyle {
  readonly width: number;
  readonly paint: Paint;
}

const LEVEL_ROLES: Readonly<Record<Finding['level'], Role>> = {
  error: 'failure',
  warning: 'signal',
  note: 'aside',
};
/** Of the lists that a client offers. */
const MOST_OFFERED = 6;
const LABEL = 16;
/** Columns that a value may take before it is broken at its separators. */
const MOST_UNBROKEN = 48;

export function reportText(report: AuditReport, verdict: Verdict, style: ReportStyle): string {
  const { paint, width } = style;
  const role = verdict.status === 0 ? 'string' : 'failure';
  const command = report.command.map(escapeName).join(' ');
  return [
    wrapped('TLS audit of ', command === '' ? 'a running process' : command, width, 2),
    `${paint(role, verdict.sentence)} (exit status ${verdict.status})\n`,
    wrapped('held to ', policyText(report), width),
    baselineLine(report, width),
    ...report.findings.map((finding) => findingText(finding, style)),
    ...report.blindSpots.map((spot) => blindText(spot, style)),
    goneText(report.baseline, style),
    section(
      'Connections',
      report.connections.map((one) => connectionText(one, style)),
      style,
    ),
    section(
      'Contexts',
      report.contexts.map((one) => contextText(one, style)),
      style,
    ),
    section('Looked at', [coverageText(report, width)], style),
    `Observed in this run by tsltrace ${report.version}; another run may do otherwise.\n`,
  ].join('');
}

function baselineLine({ baseline, findings }: AuditReport, width: number): string {
  if (baseline === undefined) return '';
  const { file, startedAt, gone } = baseline;
  const count = (since: Finding['since']): number =>
    findings.filter((finding) => finding.since === since).length;
  const day = startedAt === '' ? '' : ` of ${startedAt.slice(0, 10)}`;
  const counts = `${count('new')} new, ${count('changed')} changed, ${count('known')} known, ${gone.length} gone`;
  return wrapped('held against ', `${escapeName(file)}${escapeName(day)}: ${counts}`, width);
}

function sinceText(since: Finding['since']): string {
  return since === undefined ? '' : `, ${since}`;
}

/** What the baseline knows and this run did not show. */
function goneText(baseline: AuditReport['baseline'], { width, paint }: ReportStyle): string {
  if (baseline === undefined) return '';
  const lines = goneLines(baseline);
  if (lines.length === 0) return '';
  const text = lines.map((line) => wrapped('  ', escapeName(line), width, 4)).join('');
  return `\n${paint('function', 'Gone since the baseline')}\n${text}`;
}

function policyText({ policy, allowances }: AuditReport): string {
  const { name, source, remark } = policy;
  const late = allowances.filter(({ use }) => use !== 'used');
  return [
    `${name} (${source}${remark === '' ? '' : `; ${remark}`})`,
    ...late.map(({ rule, use, until = '' }) =>
      use === 'expired'
        ? `the allowance of ${rule} expired on ${until}`
        : `the allowance of ${rule} was not needed`,
    ),
  ].join('; ');
}

function section(title: string, parts: readonly string[], { paint }: ReportStyle): string {
  return parts.length === 0
    ? `\n${paint('function', title)}: none\n`
    : `\n${paint('function', title)}\n${parts.join('')}`;
}

function field(label: string, text: string, width: number): string {
  return text === '' ? '' : wrapped(`  ${label}`.padEnd(LABEL), text, width);
}

function findingText(finding: Finding, { width, paint }: ReportStyle): string {
  const { first, level, count, peers, allowed, since } = finding;
  const { cwe } = rule(finding.rule);
  const head = `${level} ${finding.rule}`;
  const reference = cwe === undefined ? '' : `, CWE-${cwe}`;
  const times = count === 1 ? '' : `, ${count} times`;
  return [
    `\n${paint(LEVEL_ROLES[level], head)}${reference}${times}${sinceText(since)}\n`,
    wrapped('  ', escapeName(first.sentence), width),
    field('decided by', finding.rule === 'CALL-MISSING' ? '' : originText(first.origin), width),
    field('allowed', allowed === undefined ? '' : allowanceText(allowed), width),
    field('stack', stackWords(first.origin).join(' < '), width),
    field('seen', first.evidence.map(escapeName).join('; '), width),
    field('peer', peers.map(escapeName).join(', '), width),
    field('program', `${escapeName(first.program)}, process ${first.pid}`, width),
    field('calls', first.calls.join(', '), width),
  ].join('');
}

function blindText(spot: BlindSpot, { width, paint }: ReportStyle): string {
  const { count, facts, peers, program, module, pid, hint, since } = spot;
  const times = count === 1 ? '' : `, ${count} times`;
  return [
    `\n${paint('failure', 'blind spot TLS-BLIND-SPOT')}${times}${sinceText(since)}\n`,
    wrapped(
      '  ',
      'TLS was spoken by a library whose calls cannot be seen; what can be said is from the bytes of its handshakes.',
      width,
    ),
    field('program', `${escapeName(program)}, process ${pid}`, width),
    field(
      'written by',
      escapeName(`${module === '' ? '[anon]' : module}${hint === '' ? '' : ` (${hint})`}`),
      width,
    ),
    field('peer', peers.map(escapeName).join(', '), width),
    factsText(facts, width),
  ].join('');
}

function connectionText(one: ConnectionProfile, { width }: ReportStyle): string {
  const { count, role, library, program, facts, peers } = one;
  const what = `${count} ${role}${count === 1 ? '' : 's'}, ${library} in ${program}`;
  return [
    wrapped('  ', escapeName(what), width, 4),
    field('  peer', peers.map(escapeName).join(', '), width),
    factsText(facts, width),
    field('  certificate', escapeName(facts.verification), width),
    field('  host name', escapeName(facts.host), width),
    field('  data', facts.data === 'moved' ? 'moved' : 'none moved', width),
  ].join('');
}

function factsText(facts: ConnectionFacts, width: number): string {
  const retried = facts.retried ? 'after a HelloRetryRequest' : '';
  const chosen = [facts.version, facts.suite, facts.group, facts.protocol, facts.resumed, retried];
  const names = chosen.filter((text) => text !== '').map(escapeName);
  return [
    field(
      '  chosen',
      names.length === 0 ? 'nothing: the handshake did not get so far' : names.join(', '),
      width,
    ),
    field('  asked for', escapeName(facts.serverName), width),
    field('  server key', facts.serverKey, width),
    field('  client cert.', facts.clientCertificate, width),
    field('  offered', offered(facts), width),
    field('  alerts', facts.alerts.join(', '), width),
  ].join('');
}

function offered({ offeredVersions, offeredSuites, offeredGroups }: ConnectionFacts): string {
  return [offeredVersions, offeredSuites, offeredGroups]
    .filter((list) => list.length > 0)
    .map((list) => shortened(list))
    .join('; ');
}

function shortened(list: readonly string[]): string {
  const rest = list.length - MOST_OFFERED;
  const shown = list.slice(0, MOST_OFFERED).map(escapeName).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** Long lists may be broken behind their separators. */
function breakable(value: string): string {
  return value.length < MOST_UNBROKEN ? value : value.replace(/[|:](?=\w|!)/g, '$& ');
}

function contextText(one: ContextProfile, { width }: ReportStyle): string {
  const { count, library, madeBy, settings, trust } = one;
  const what = `${count} of ${library}, made by ${madeBy}`;
  return [
    wrapped('  ', escapeName(what), width, 4),
    ...settings.map(([name, { value, source, who, overrode }]) => {
      const by = source === 'set' && who !== undefined ? ` by ${who.replace(/->.*/, '')}` : '';
      const before = overrode === undefined ? '' : `, in place of ${overrode.value}`;
      return wrapped(
        `    ${name}: `,
        escapeName(`${breakable(value)} (${source}${by}${before})`),
        width,
        6,
      );
    }),
    trust.length === 0 ? '' : wrapped('    trusts: ', trust.map(escapeName).join(', '), width, 6),
  ].join('');
}
