/** The report of an audit as commands of GitHub's workflow log: each finding an annotation at its file and line. */
import type { Finding } from '../../audit/findings/finding.js';
import { type Level } from '../../audit/findings/rules.js';
import type { AuditPolicy } from '../../audit/policy/audit-policy.js';
import type { AuditReport, BlindSpot } from '../../audit/report/report.js';
import { verdictLevel, type Verdict } from '../../audit/verdict.js';
import { escapeName } from '../text/escape.js';
import { bounded } from './bounded.js';
import { decidingPlace } from './deciding-place.js';
import { originText, timesText } from './finding-words.js';

const COMMANDS: Readonly<Record<Level, string>> = {
  error: 'error',
  warning: 'warning',
  note: 'notice',
};

/** A step shows 10 of each level; the log has the others, up to these. */
const MOST_ANNOTATIONS = 50;
const MOST_CHARACTERS = 4000;

export function annotationsText(
  report: AuditReport,
  verdict: Verdict,
  { policy, anchor }: { readonly policy: AuditPolicy; readonly anchor: string | undefined },
): string {
  const open = report.findings.filter(
    ({ allowed, since }) => allowed === undefined && since !== 'known',
  );
  const blindLevel = policy.blind === 'fail' ? 'error' : 'warning';
  const lines = [
    ...open.map((finding) => {
      const place = decidingPlace(finding.first.origin, {
        report,
        program: finding.first.program,
        anchor,
      });
      const level = verdictLevel(finding, policy.denied);
      return command(level, { ...place, title: finding.rule }, findingText(finding));
    }),
    ...report.blindSpots
      .filter(({ since }) => since !== 'known')
      .map((spot) =>
        command(blindLevel, { file: spot.program, title: 'TLS-BLIND-SPOT' }, blindText(spot)),
      ),
  ];
  const rest = lines.length - MOST_ANNOTATIONS;
  return [
    ...lines.slice(0, MOST_ANNOTATIONS),
    ...(rest > 0 ? [command('warning', { title: 'tsltrace' }, `${rest} more findings`)] : []),
    `tsltrace audit: ${verdict.sentence} (exit status ${verdict.status})\n`,
  ].join('');
}

function findingText({ first, count }: Finding): string {
  return `${escapeName(first.sentence)} Decided by ${originText(first.origin)}, ${timesText(count)}.`;
}

function blindText({ module, program, count }: BlindSpot): string {
  const who = escapeName(`${module === '' ? '[anon]' : module} of ${program}`);
  return `TLS was spoken ${timesText(count)} by ${who}, whose calls cannot be seen.`;
}

interface Properties {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly title: string;
}

function command(level: Level, { file, line, column, title }: Properties, text: string): string {
  const properties = [
    ...(file === undefined || file === '' ? [] : [`file=${property(escapeName(file))}`]),
    ...(line === undefined ? [] : [`line=${line}`]),
    ...(column === undefined ? [] : [`col=${column}`]),
    `title=${property(title)}`,
  ];
  return `::${COMMANDS[level]} ${properties.join(',')}::${data(bounded(text, MOST_CHARACTERS))}\n`;
}

/** As GitHub's own toolkit escapes them: toCommandValue and escapeData of @actions/core. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
