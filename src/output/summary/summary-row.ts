/** A table of calls as plain rows: grouped, sorted, ready to be written in any form. */
import type { CallStatistics } from './call-statistics.js';
import type { SummarySort } from './summary-options.js';

/** Times in nanoseconds. */
export interface SummaryRow {
  readonly name: string;
  readonly calls: number;
  /** Of the calls, those that stopped the program. */
  readonly stopped: number;
  readonly errors: number;
  readonly total: number;
  /** Of the total of all rows, 0 to 1. */
  readonly share: number;
  readonly mean: number;
  readonly median: number;
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  readonly p95: number;
  readonly p99: number;
}

export interface SummaryTable {
  readonly rows: readonly SummaryRow[];
  readonly calls: number;
  /** Of the calls, those that stopped the program. */
  readonly stopped: number;
  readonly errors: number;
  readonly total: number;
  /** Nanoseconds since the session started that the table covers. */
  readonly from: number;
  readonly to: number;
  /** What tracing adds to a call that stops, ns; 0 when not measured. */
  readonly tracingCost: number;
  /** And at most to one that does not, ns: the shortest of them took no longer. */
  readonly insideCost: number;
}

export interface TablePeriod {
  readonly from: number;
  readonly to: number;
  readonly tracingCost: number;
  readonly insideCost: number;
}

export function makeTable(
  groups: ReadonlyMap<string, CallStatistics>,
  sort: SummarySort,
  period: TablePeriod,
): SummaryTable {
  let calls = 0;
  let stopped = 0;
  let errors = 0;
  let total = 0;
  for (const group of groups.values()) {
    calls += group.calls;
    stopped += group.calls - group.inside;
    errors += group.errors;
    total += group.total;
  }
  const rows = [...groups].map(([name, group]) => makeRow(name, group, total));
  return { rows: rows.sort(ordering(sort)), calls, stopped, errors, total, ...period };
}

function makeRow(name: string, group: CallStatistics, totalOfAll: number): SummaryRow {
  return {
    name,
    calls: group.calls,
    stopped: group.calls - group.inside,
    errors: group.errors,
    total: group.total,
    share: totalOfAll === 0 ? 0 : group.total / totalOfAll,
    mean: group.average,
    median: group.percentile(0.5),
    deviation: group.deviation,
    min: group.min,
    max: group.max,
    p95: group.percentile(0.95),
    p99: group.percentile(0.99),
  };
}

function ordering(sort: SummarySort): (a: SummaryRow, b: SummaryRow) => number {
  const byName = (a: SummaryRow, b: SummaryRow) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  if (sort === 'name') return byName;
  return (a, b) => b[sort] - a[sort] || byName(a, b);
}
