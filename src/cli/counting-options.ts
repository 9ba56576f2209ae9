/** What `-c` asks for: a table, or a page of totals. */
import { htmlFormat, summaryFormat } from '../output/formats.js';
import type { OutputFormat } from '../output/output-format.js';
import { SUMMARY_GROUPS, SUMMARY_SORTS } from '../output/summary/summary-options.js';
import { usageError } from './command-line.js';
import type { OptionName } from './options/all-options.js';
import type { ParsedOptions } from './parsed-options.js';
import { namesOf } from './names-option.js';

/** What only the figures of `-c` need, and so asks for them. */
const COUNTING: readonly OptionName[] = [
  'summary',
  'sort',
  'group-by',
  'summary-format',
  'interval',
];
const FORMS = ['text', 'csv', 'json'] as const;
const SHORTEST_INTERVAL_S = 0.01;
const LONGEST_INTERVAL_S = 1e6;

/** Those that were given; empty where calls are not to be counted. */
export function countingOptions(options: ParsedOptions): readonly OptionName[] {
  const isAudit = options.has('audit');
  return COUNTING.filter((name) => options.has(name) && !(isAudit && name === 'interval'));
}

/**
 * @param given of {@link countingOptions}
 * @param width columns of the terminal; 0: everything is shown
 */
export function countingFormat(
  options: ParsedOptions,
  given: readonly OptionName[],
  width: number,
): OutputFormat {
  const format = options.last('format');
  if (format === 'html') return countedPage(options, given);
  if (format !== undefined && format !== 'text') {
    throw usageError(
      `-c and --format ${format} exclude each other; see --summary-format, or --format html`,
    );
  }
  const [sort, groupBy] = [options.last('sort'), options.last('group-by')];
  const form = options.last('summary-format');
  return summaryFormat({
    sort: SUMMARY_SORTS.find((key) => key === sort) ?? 'total',
    groupBy: SUMMARY_GROUPS.find((name) => name === groupBy) ?? 'function',
    form: FORMS.find((name) => name === form) ?? 'text',
    clock: options.has('cpu-time') ? 'cpu' : 'wall',
    names: namesOf(options),
    interval: intervalOf(options.last('interval')),
    width,
  });
}

function countedPage(options: ParsedOptions, given: readonly OptionName[]): OutputFormat {
  const all = options.has('cpu-time') ? ([...given, 'cpu-time'] as const) : given;
  const other = all.find((name) => name !== 'summary');
  if (other !== undefined) {
    throw usageError(`--${other} is for the table of -c: a page of HTML is sorted by its reader`);
  }
  return htmlFormat({ names: namesOf(options), calls: 'counted' });
}

/** Seconds; 0 without one. */
export function intervalOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = /^[0-9]+(?:\.[0-9]+)?s?$/.test(text) ? parseFloat(text) : NaN;
  if (!(seconds >= SHORTEST_INTERVAL_S && seconds <= LONGEST_INTERVAL_S)) {
    throw usageError(
      `--interval: '${text}' is not a time from ${SHORTEST_INTERVAL_S} to ${LONGEST_INTERVAL_S} seconds`,
    );
  }
  return seconds;
}
