/** What an audit comes to, and the exit status that says so: the one place that decides both. */
import type { Finding } from './findings/finding.js';
import type { AuditReport } from './report/report.js';

/** docs/exit-status.md has them. */
export const VIOLATION = 120;
export const BLIND = 121;
export const PROGRAM_FAILED = 122;

export interface Verdict {
  readonly status: 0 | typeof VIOLATION | typeof BLIND | typeof PROGRAM_FAILED;
  /** One sentence for a person. */
  readonly sentence: string;
}

/** @param blind what TLS means that could not be looked into */
export function verdictOf(report: AuditReport, blind: 'fail' | 'warn'): Verdict {
  const violations = report.findings.filter(isViolation);
  if (violations.length > 0) {
    const count = violations.reduce((sum, finding) => sum + finding.count, 0);
    const cases = count === 1 ? '1 case' : `${count} cases`;
    const kinds = violations.length === 1 ? '1 finding' : `${violations.length} findings`;
    return { status: VIOLATION, sentence: `may not pass: ${kinds}, ${cases}` };
  }
  if (report.blindSpots.length > 0 && blind === 'fail') {
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
      sentence: `nothing found in this run, but the program ${failed.end}`,
    };
  }
  return { status: 0, sentence: 'nothing found in this run' };
}

/** Notes inform; they fail nobody. */
export function isViolation({ level }: Finding): boolean {
  return level !== 'note';
}
