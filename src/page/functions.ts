/** The functions: totals, and how the durations of each are distributed. */
import type { FunctionData, TraceData } from '../output/html/page-data.js';
import { button, element, paragraph, svg } from './dom.js';
import { matcher } from './search.js';
import { Table, type Column } from './table.js';
import { count, duration, plural } from './words.js';

export function functionsPage({ functions, functionsLeftOut }: TraceData): HTMLElement {
  const table = new Table<FunctionData>({ label: 'Functions', columns: COLUMNS, sortedBy: 4 });
  table.fill(functions);
  const search = searchField('Search functions', (matches) =>
    table.fill(functions.filter(({ name, library }) => matches(`${name} ${library}`))),
  );
  const rest =
    functionsLeftOut === 0
      ? []
      : [paragraph(`${plural(functionsLeftOut, 'more function')} with less time are left out.`)];
  const note = paragraph(
    'A call that encloses others contains their time. Choose a function to see how its durations are distributed.',
  );
  return element('div', {}, search, note, table.node, ...rest);
}

/** A labelled input that tells what fits on each change. */
export function searchField(
  label: string,
  onChange: (matches: (text: string) => boolean) => void,
): HTMLElement {
  const input = element('input', { type: 'search', autocomplete: 'off', spellcheck: 'false' });
  input.addEventListener('input', () => onChange(matcher(input.value)));
  return element('label', { class: 'search' }, `${label} `, input);
}

const time = (title: string, of: (row: FunctionData) => number): Column<FunctionData> => ({
  title,
  kind: 'number',
  by: of,
  show: (row) => duration(of(row)),
});

const COLUMNS: readonly Column<FunctionData>[] = [
  {
    title: 'Function',
    kind: 'text',
    by: ({ name }) => name,
    show: (row) => button(row.name, () => showDetails(row), { class: 'link' }),
  },
  { title: 'Library', kind: 'text', by: ({ library }) => library, show: ({ library }) => library },
  { title: 'Calls', kind: 'number', by: ({ calls }) => calls, show: ({ calls }) => count(calls) },
  {
    title: 'Failed',
    kind: 'number',
    by: ({ errors }) => errors,
    show: ({ errors }) => count(errors),
  },
  time('Total', ({ total }) => total),
  time('Mean', ({ mean }) => mean),
  time('Median', ({ median }) => median),
  time('p99', ({ p99 }) => p99),
  time('Longest', ({ max }) => max),
  { title: 'Distribution', kind: 'text', show: (row) => bars(row, 96, 20) },
];

/** A bar for each doubling; its height is the share of the calls. */
function bars(row: FunctionData, width: number, height: number): SVGElement {
  const { counts } = row.octaves;
  const most = Math.max(1, ...counts);
  const step = Math.min(width / Math.max(1, counts.length), 12);
  const label = `from ${duration(row.min)} to ${duration(row.max)}, median ${duration(row.median)}`;
  return svg(
    'svg',
    { width, height, role: 'img', 'aria-label': label, class: 'bars' },
    ...counts.map((calls, index) => {
      // What is there at all shows.
      const tall = calls === 0 ? 0 : Math.max(1, (calls / most) * height);
      return svg('rect', {
        x: index * step,
        y: height - tall,
        width: Math.max(1, step - 1),
        height: tall,
      });
    }),
  );
}

function showDetails(row: FunctionData): void {
  const { from, counts } = row.octaves;
  const most = Math.max(1, ...counts);
  const lines = counts.map((calls, index) => {
    const low = index === 0 && from === 5 ? 0 : 2 ** (from + index);
    const range = `${duration(low)} to ${duration(2 ** (from + index + 1))}`;
    const bar = svg('svg', { class: 'bars', width: 200, height: 12, 'aria-hidden': 'true' });
    bar.append(svg('rect', { x: 0, y: 1, width: (calls / most) * 200, height: 10 }));
    return element(
      'tr',
      {},
      element('th', { scope: 'row', class: 'number' }, range),
      element('td', {}, bar),
      element('td', { class: 'number' }, plural(calls, 'call')),
    );
  });
  const close = button('Close', () => dialog.close());
  const facts = `${plural(row.calls, 'call')}, ${count(row.errors)} failed; median ${duration(row.median)}, p95 ${duration(row.p95)}, p99 ${duration(row.p99)}, longest ${duration(row.max)}.`;
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'dialog-title' },
    element('h2', { id: 'dialog-title' }, `${row.name} of ${row.library}`),
    element('p', {}, facts),
    element(
      'table',
      {},
      element('caption', {}, 'Calls by duration'),
      element('tbody', {}, ...lines),
    ),
    close,
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
