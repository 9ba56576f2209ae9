/**
 * The table of `-c`: ltrace's columns, and between the calls and the name as many more as fit. On a
 * terminal of 70 columns or less it is ltrace's table.
 */
import { escapeName } from '../text/escape.js';
import { formatSeconds } from '../text/prefix.js';
import type { SummaryGroup } from './summary-options.js';
import type { SummaryRow, SummaryTable } from './summary-row.js';

interface Column {
  readonly title: string;
  readonly width: number;
  /** Those with the lowest numbers stay longest when the terminal is narrow. */
  readonly rank: number;
  readonly cell: (row: SummaryRow) => string;
  readonly footer?: (table: SummaryTable) => string;
}

const microseconds = (nanoseconds: number): string => (nanoseconds / 1000).toFixed(1);

const EXTRA_COLUMNS: readonly Column[] = [
  {
    title: 'errors',
    width: 9,
    rank: 1,
    cell: (row) => `${row.errors}`,
    footer: (table) => `${table.errors}`,
  },
  { title: 'min', width: 10, rank: 5, cell: (row) => microseconds(row.min) },
  { title: 'median', width: 10, rank: 3, cell: (row) => microseconds(row.median) },
  { title: 'p95', width: 10, rank: 2, cell: (row) => microseconds(row.p95) },
  { title: 'p99', width: 10, rank: 6, cell: (row) => microseconds(row.p99) },
  { title: 'max', width: 10, rank: 4, cell: (row) => microseconds(row.max) },
  { title: 'stddev', width: 10, rank: 7, cell: (row) => microseconds(row.deviation) },
];

/** ltrace's columns, with 20 for the name. */
const LTRACE_WIDTH = 61;

export function renderText(table: SummaryTable, group: SummaryGroup, width: number): string {
  const extras = columnsThatFit(width === 0 ? Infinity : width - LTRACE_WIDTH);
  const cells = (content: (column: Column) => string) =>
    extras.map((column) => ` ${content(column).padStart(column.width)}`).join('');
  const rule = `------ ----------- ----------- ---------${cells((column) => '-'.repeat(column.width))} --------------------\n`;
  const titles = cells((column) => column.title);
  const lines = table.rows.map(
    (row) => start(row) + cells((column) => column.cell(row)) + end(row),
  );
  const total = ` ${seconds(table.total)} ${' '.repeat(11)} ${String(table.calls).padStart(9)}`;
  const footer = cells((column) => column.footer?.(table) ?? '');
  return (
    `% time     seconds  usecs/call     calls${titles}      ${GROUP_TITLES[group]}\n` +
    `${rule}${lines.join('')}${rule}100.00${total}${footer} total\n${costLine(table)}`
  );
}

const GROUP_TITLES: Readonly<Record<SummaryGroup, string>> = {
  function: 'function',
  caller: 'caller->function',
  site: 'call site',
  library: 'library',
  thread: 'thread',
  process: 'process',
};

function start(row: SummaryRow): string {
  const share = (row.share * 100).toFixed(2).padStart(6);
  const mean = String(Math.floor(row.mean / 1000)).padStart(11);
  return `${share} ${seconds(row.total)} ${mean} ${String(row.calls).padStart(9)}`;
}

function end(row: SummaryRow): string {
  return ` ${escapeName(row.name)}\n`;
}

function seconds(nanoseconds: number): string {
  return formatSeconds(nanoseconds).padStart(11);
}

/** Nobody shall take what tracing costs for what the program costs. */
function costLine(table: SummaryTable): string {
  if (table.calls === 0) return '';
  if (table.tracingCost === 0) return 'Times include tracing; how much was not measured.\n';
  const { calls, stopped, tracingCost, insideCost } = table;
  const each = `at least ${microseconds(tracingCost)} us`;
  const together = `${formatSeconds(stopped * tracingCost)} s in all`;
  if (stopped === calls) return `Times include tracing: ${each} a call, ${together}.\n`;
  const inside = `${calls - stopped} were counted inside the program: at most ${insideCost} ns each`;
  return `Times include tracing: ${each} for each of ${stopped} calls that stopped, ${together}; ${inside}.\n`;
}

function columnsThatFit(room: number): readonly Column[] {
  let left = room;
  const chosen = [...EXTRA_COLUMNS]
    .sort((a, b) => a.rank - b.rank)
    .filter((column) => {
      left -= column.width + 1;
      return left >= 0;
    });
  return EXTRA_COLUMNS.filter((column) => chosen.includes(column));
}
