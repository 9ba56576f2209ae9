/** The report of an audit as one HTML file. */
import type { AuditReport } from '../../audit/report/report.js';
import type { Verdict } from '../../audit/verdict.js';
import { originText, stackWords } from '../audit/finding-words.js';
import { escapeName } from '../text/escape.js';
import { htmlDocument, identityFacts } from './document.js';

/** Of each part; a page with more is read by nobody. */
const MOST_OF_A_PART = 1000;
const PARTS = ['findings', 'blindSpots', 'connections', 'contexts'] as const;

export function auditDocument(report: AuditReport, verdict: Verdict): string {
  const leftOut = PARTS.flatMap((part) => {
    const rest = report[part].length - MOST_OF_A_PART;
    return rest > 0 ? [`${rest} more of the ${WORDS[part]}`] : [];
  });
  const shown = {
    ...report,
    findings: report.findings.slice(0, MOST_OF_A_PART),
    blindSpots: report.blindSpots.slice(0, MOST_OF_A_PART),
    connections: report.connections.slice(0, MOST_OF_A_PART),
    contexts: report.contexts.slice(0, MOST_OF_A_PART),
  };
  const command = report.command.map(escapeName).join(' ');
  return htmlDocument({
    title: `TLS audit of ${command === '' ? 'a running process' : command}`,
    facts: [
      ['exit status', `${verdict.status}`],
      ['held to', escapeName(`${report.policy.name} (${report.policy.source})`)],
      ...(report.startedAt === '' ? [] : [['began', report.startedAt] as const]),
      ...identityFacts(report.identity),
      ['tsltrace', escapeName(report.version)],
    ],
    audit: {
      report: escaped(shown),
      verdict,
      deciders: shown.findings.map(({ first: { origin } }) => [
        originText(origin),
        stackWords(origin).join(' < '),
      ]),
      leftOut,
    },
  });
}

const WORDS = {
  findings: 'findings',
  blindSpots: 'blind spots',
  connections: 'connections',
  contexts: 'contexts',
} as const satisfies Record<(typeof PARTS)[number], string>;

/** Every string of it made printable, whichever the program controls. */
function escaped<T>(value: T): T {
  if (typeof value === 'string') return escapeName(value) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => escaped(one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]: [string, unknown]) => [
    name,
    escaped(one),
  ]);
  return Object.fromEntries(entries) as T;
}
