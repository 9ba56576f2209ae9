/** What decides how `-c` counts and shows. */

export const SUMMARY_GROUPS = [
  'function',
  'caller',
  'site',
  'library',
  'thread',
  'process',
] as const;

export type SummaryGroup = (typeof SUMMARY_GROUPS)[number];

export const SUMMARY_SORTS = [
  'total',
  'calls',
  'errors',
  'mean',
  'median',
  'deviation',
  'min',
  'max',
  'p95',
  'p99',
  'name',
] as const;

export type SummarySort = (typeof SUMMARY_SORTS)[number];

export interface SummaryOptions {
  /** 'caller': one row for each caller and function; 'site': for each place that calls, and function. */
  readonly groupBy: SummaryGroup;
  /** Largest first; names in alphabetical order. */
  readonly sort: SummarySort;
  readonly form: 'text' | 'csv' | 'json';
  /** 'cpu': time the thread ran, as far as the events carry it. */
  readonly clock: 'wall' | 'cpu';
  readonly names: 'mangled' | 'demangled';
  /** Columns of the terminal: what does not fit is left out; 0: everything is shown. */
  readonly width: number;
  /** Seconds between tables of what happened since the last one; 0: one table at the end. */
  readonly interval: number;
}
