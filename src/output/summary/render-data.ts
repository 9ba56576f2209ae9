/** The table of `-c` for programs: CSV and JSON, times in nanoseconds. */
import { quote } from '../recording/json-text.js';
import { escapeName } from '../text/escape.js';
import type { SummaryGroup } from './summary-options.js';
import type { SummaryRow, SummaryTable } from './summary-row.js';

const NUMBERS = [
  'calls',
  'errors',
  'total',
  'share',
  'mean',
  'median',
  'deviation',
  'min',
  'max',
  'p95',
  'p99',
] as const;

/** The first line of a CSV file. */
export function csvHeader(group: SummaryGroup): string {
  return `${[group, ...NUMBERS, 'tracing', 'from', 'to'].join(',')}\n`;
}

/** RFC 4180; `tracing` is the part of the row's total that tracing itself takes. */
export function renderCsv(table: SummaryTable): string {
  const lines = table.rows.map((row) => {
    const numbers = NUMBERS.map((name) => number(row[name]));
    const tracing = number(row.stopped * table.tracingCost);
    return `${[csvField(row.name), ...numbers, tracing, table.from, table.to].join(',')}\n`;
  });
  return lines.join('');
}

/** One line. */
export function renderJson(table: SummaryTable, group: SummaryGroup): string {
  const rows = table.rows.map((row) => {
    const numbers = NUMBERS.map((name) => `"${name}":${number(row[name])}`);
    return `{"name":${quote(row.name)},${numbers.join(',')}}`;
  });
  return (
    `{"format":"tsltrace-summary","schema":1,"groupBy":"${group}","from":${table.from},"to":${table.to}` +
    `,"tracingCost":${table.tracingCost},"calls":${table.calls},"errors":${table.errors}` +
    `,"total":${table.total},"rows":[${rows.join(',')}]}\n`
  );
}

/** Six decimals are enough for shares; times are whole nanoseconds or fractions of one. */
function number(value: SummaryRow['total']): string {
  return String(Math.round(value * 1e6) / 1e6);
}

/** A name that a spreadsheet would take for a formula, and run, gets the mark that makes it text there. */
function csvField(name: string): string {
  const escaped = escapeName(name).replace(FORMULA, "'$&");
  return /[",]/.test(escaped) ? `"${escaped.replaceAll('"', '""')}"` : escaped;
}

/** What begins one in any of them: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@]/;
