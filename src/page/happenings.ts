/** What was looked at, what could not be seen, and what else happened. */
import type { TraceData } from '../output/html/page-data.js';
import { element, paragraph } from './dom.js';
import { Table } from './table.js';
import { count } from './words.js';

export function coveragePage({ coverage, happenings }: TraceData): HTMLElement {
  const { modules, refused, unmatched } = coverage;
  const looked = new Table<(typeof modules)[number]>({
    label: 'Files that were looked at',
    sortedBy: 1,
    columns: [
      { title: 'Module', kind: 'text', by: ({ module }) => module, show: ({ module }) => module },
      {
        title: 'Breakpoints',
        kind: 'number',
        by: ({ placed }) => placed,
        show: ({ placed }) => count(placed),
      },
      { title: 'Path', kind: 'text', by: ({ path }) => path, show: ({ path }) => path },
      { title: 'Not read, since', kind: 'text', show: ({ unreadable }) => unreadable },
    ],
  });
  looked.fill(modules);
  const events = new Table<(typeof happenings)[number]>({
    label: 'Processes, signals, remarks',
    sortedBy: -1,
    columns: [
      { title: 'At', kind: 'number', show: ([at]) => `${(at / 1e9).toFixed(6)} s` },
      { title: 'Thread', kind: 'number', show: ([, thread]) => `${thread}` },
      { title: 'What', kind: 'text', show: ([, , text]) => text },
    ],
  });
  events.fill(happenings);
  return element(
    'div',
    {},
    list('What could not be seen', [...refused, ...unmatched], 'Nothing was refused.'),
    looked.node,
    events.node,
  );
}

export function list(title: string, items: readonly string[], none: string): HTMLElement {
  const body =
    items.length === 0
      ? paragraph(none)
      : element('ul', {}, ...items.map((item) => element('li', {}, item)));
  return element('section', {}, element('h3', {}, title), body);
}
