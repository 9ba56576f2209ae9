/** What an audit comes to, and the exit status that says so: the one place that decides both. */
import type { Finding } from './findings/finding.js';
import type { Level } from './findings/rules.js';
import type { AuditPolicy } from './policy/audit-policy.js';
import type { AuditReport } from './report/report.js';

/** docs/exit-status.md has them. */
export const VIOLATION = 120;
export const BLIND = 121;
export const PROGRAM_FAILED = 122;
export const WORSE_THAN_BASELINE = 123;

export interface Verdict {
  readonly status:
    0 | typeof VIOLATION | typeof BLIND | typeof PROGRAM_FAILED | typeof WORSE_THAN_BASELINE;
  /** One sentence for a person. */
  readonly sentence: string;
}

/** Blind spots come after findings, and the program's own failure last. */
export function verdictOf(report: AuditReport, { blind, denied }: AuditPolicy): Verdict {
  const violations = report.findings.filter((finding) => isViolation(finding, denied));
  if (violations.length > 0) {
    return report.baseline === undefined ? found(violations) : worse(violations);
  }
  if (report.blindSpots.some(({ since }) => since !== 'known') && blind === 'fail') {
    return {
      status: BLIND,
      sentence: 'cannot say: TLS was spoken by a library that cannot be looked into',
    };
  }
  const failed = report.programs.find(
    ({ how, succeeded }) => how === 'launch' && succeeded === false,
  );
  if (failed !== undefined) {
    return {
      status: PROGRAM_FAILED,
      sentence: `${passing(report.findings)}, but the program ${failed.end}`,
    };
  }
  return { status: 0, sentence: passing(report.findings) };
}

function found(violations: readonly Finding[]): Verdict {
  const count = violations.reduce((sum, finding) => sum + finding.count, 0);
  const cases = count === 1 ? '1 case' : `${count} cases`;
  const kinds = violations.length === 1 ? '1 finding' : `${violations.length} findings`;
  return { status: VIOLATION, sentence: `may not pass: ${kinds}, ${cases}` };
}

function worse(violations: readonly Finding[]): Verdict {
  const fresh = violations.filter(({ since }) => since === 'new').length;
  const changed = violations.length - fresh;
  const sentence = `may not pass: since the baseline ${fresh} new, ${changed} changed`;
  return { status: WORSE_THAN_BASELINE, sentence };
}

function passing(findings: readonly Finding[]): string {
  const allowed = findings.filter((finding) => finding.allowed !== undefined).length;
  const known = findings.filter(({ allowed, since }) => !allowed && since === 'known').length;
  const reasons = [
    ...(allowed === 0
      ? []
      : [`${allowed === 1 ? '1 finding is' : `${allowed} findings are`} allowed`]),
    ...(known === 0 ? [] : [`${known === 1 ? '1 finding was' : `${known} findings were`} known`]),
  ];
  return reasons.length === 0 ? 'nothing found in this run' : `may pass: ${reasons.join(', ')}`;
}

/** Notes inform; they fail nobody, unless their rule is denied. What is allowed, or known, passes. */
export function isViolation(
  { level, rule, allowed, since }: Finding,
  denied: AuditPolicy['denied'],
): boolean {
  if (allowed !== undefined || since === 'known') return false;
  return level !== 'note' || denied.has(rule);
}

/** For readers that know levels alone: a note whose rule is denied fails like a warning, and must look like one. */
export function verdictLevel(finding: Finding, denied: AuditPolicy['denied']): Level {
  const isDeniedNote = finding.level === 'note' && isViolation(finding, denied);
  return isDeniedNote ? 'warning' : finding.level;
}
