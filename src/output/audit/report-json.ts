/** The report of an audit as JSON, described in docs/audit-schema.json. */
import type { AuditReport } from '../../audit/report/report.js';
import type { Verdict } from '../../audit/verdict.js';

/** Grows when a field changes its meaning or goes away; new fields may appear without that. */
export const AUDIT_SCHEMA_VERSION = 1;

export function reportJson(report: AuditReport, verdict: Verdict): string {
  const whole = { format: 'tsltrace-audit', schema: AUDIT_SCHEMA_VERSION, verdict, ...report };
  return `${JSON.stringify(whole, plainNumbers, 2)}\n`;
}

/** Numbers beyond 2^53 as text: JSON readers round them. */
function plainNumbers(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
