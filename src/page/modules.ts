/** Who calls whom: a matrix of modules, and the same as a list. */
import type { EdgeData, TraceData } from '../output/html/page-data.js';
import { element, paragraph, scrolling } from './dom.js';
import { Table } from './table.js';
import { count, duration, plural } from './words.js';

/** Larger ones cannot be looked over. */
const MOST = 16;
const SHADES = 5;

export function modulesPage({ edges, edgesLeftOut }: TraceData): HTMLElement {
  const table = new Table<EdgeData>({
    label: 'Calls between modules',
    sortedBy: 2,
    columns: [
      { title: 'Caller', kind: 'text', by: ({ caller }) => caller, show: ({ caller }) => caller },
      { title: 'Callee', kind: 'text', by: ({ callee }) => callee, show: ({ callee }) => callee },
      {
        title: 'Calls',
        kind: 'number',
        by: ({ calls }) => calls,
        show: ({ calls }) => count(calls),
      },
      {
        title: 'Time',
        kind: 'number',
        by: ({ total }) => total,
        show: ({ total }) => duration(total),
      },
    ],
  });
  table.fill(edges);
  const rest =
    edgesLeftOut === 0
      ? []
      : [paragraph(`${plural(edgesLeftOut, 'more pair')} with fewer calls are left out.`)];
  return element('div', {}, matrix(edges), table.node, ...rest);
}

function matrix(edges: readonly EdgeData[]): HTMLElement {
  const callers = busiest(edges, ({ caller }) => caller);
  const callees = busiest(edges, ({ callee }) => callee);
  const calls = new Map(edges.map((edge) => [`${edge.caller}\n${edge.callee}`, edge.calls]));
  const most = Math.max(1, ...calls.values());
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'from \\ to'),
    ...callees.map((name) => element('th', { scope: 'col' }, name)),
  );
  const rows = callers.map((caller) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, caller),
      ...callees.map((callee) => {
        const number = calls.get(`${caller}\n${callee}`) ?? 0;
        const shade =
          number === 0 ? 0 : Math.ceil((Math.log1p(number) / Math.log1p(most)) * SHADES);
        return element('td', { class: `number shade${shade}` }, number === 0 ? '' : count(number));
      }),
    ),
  );
  const caption = element('caption', {}, 'Calls from row to column, the busiest modules');
  return scrolling(
    'Matrix of modules',
    element(
      'table',
      { class: 'matrix' },
      caption,
      element('thead', {}, head),
      element('tbody', {}, ...rows),
    ),
  );
}

function busiest(edges: readonly EdgeData[], of: (edge: EdgeData) => string): readonly string[] {
  const sums = new Map<string, number>();
  for (const edge of edges) sums.set(of(edge), (sums.get(of(edge)) ?? 0) + edge.calls);
  return [...sums]
    .sort(([, left], [, right]) => right - left)
    .slice(0, MOST)
    .map(([name]) => name);
}
