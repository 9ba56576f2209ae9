/** Findings that somebody has looked at and lets pass, with the reason, and until when. */
import type { Finding } from '../findings/finding.js';
import { RULES, type RuleName } from '../findings/rules.js';

export interface Allowance {
  readonly rule: RuleName;
  /** SONAME or base name of the module that decided; every module without. */
  readonly module?: string;
  /** Base name of the program. */
  readonly program?: string;
  /** Base name of the script whose line decided. */
  readonly script?: string;
  readonly because: string;
  /** The last day on which it holds, `2027-01-31`. */
  readonly until?: string;
}

/** What became of an allowance in a run. */
export type AllowanceUse = 'used' | 'unused' | 'expired';

/** @param day the day of the run, as `until` is written */
export function allowanceFor(
  { first }: Finding,
  allowances: readonly Allowance[],
  day: string,
): Allowance | undefined {
  return allowances.find((allowance) => {
    const { rule, module, program, script } = allowance;
    const asked = first.origin?.asked;
    return (
      rule === first.rule &&
      (module === undefined || module === first.origin?.module) &&
      (program === undefined || program === baseName(first.program)) &&
      (script === undefined || (asked !== undefined && script === baseName(asked.file))) &&
      !isExpired(allowance, day)
    );
  });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function isExpired({ until }: Allowance, day: string): boolean {
  return until !== undefined && until < day;
}

export function isRuleName(name: string): name is RuleName {
  return Object.hasOwn(RULES, name);
}

/** Is a name meant that no rule has? Functions are not called so. */
export function looksLikeRule(name: string): boolean {
  return /^(?:TLS|CRYPTO|CALL)-[A-Z0-9-]*$/.test(name);
}

const MS_PER_NS = 1_000_000n;

/** The day of a moment in UTC, so that live and recorded runs say the same. */
export function dayOf(wallStart: bigint): string {
  return timeOf(wallStart).slice(0, 10);
}

/** As ISO 8601 has it, in UTC; '' for what no calendar has, which only a damaged recording says. */
export function timeOf(wallStart: bigint): string {
  const time = new Date(Number(wallStart / MS_PER_NS));
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

/** @returns a day that exists, or undefined */
export function parseDay(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const time = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time)) return undefined;
  return new Date(time).toISOString().slice(0, 10) === text ? text : undefined;
}
