/** The report of an audit as JSON: src/audit/report/report.ts says what stands in it. */
import { asciiJson } from '../../base/ascii-json.js';
import type { AuditReport } from '../../audit/report/report.js';
import type { Verdict } from '../../audit/verdict.js';

/** Grows when a field changes its meaning or goes away; new fields may appear without that. */
export const AUDIT_SCHEMA_VERSION = 1;

export function reportJson(report: AuditReport, verdict: Verdict): string {
  const whole = { format: 'tsltrace-audit', schema: AUDIT_SCHEMA_VERSION, verdict, ...report };
  return `${asciiJson(whole, 2)}\n`;
}
