/** Single calls, searched. */
import type { CallData, SampleData } from '../output/html/page-data.js';
import { element, paragraph } from './dom.js';
import { callMatcher, SEARCH_HELP, type Searched } from './search.js';
import { Table } from './table.js';
import { count, duration, plural } from './words.js';

export function callsPage(sample: SampleData): HTMLElement {
  const table = new Table<CallData>({
    label: 'Calls',
    sortedBy: -1,
    columns: [
      {
        title: 'At',
        kind: 'number',
        by: ([, at]) => at,
        show: ([, at]) => `${(at / 1e9).toFixed(6)} s`,
      },
      {
        title: 'Took',
        kind: 'number',
        by: ([, , took]) => took,
        show: ([, , took]) => duration(took),
      },
      {
        title: 'Thread',
        kind: 'number',
        by: ([thread]) => sample.threads[thread]?.tid ?? 0,
        show: ([thread]) => `${sample.threads[thread]?.tid ?? '?'}`,
      },
      { title: 'Call', kind: 'text', show: (call) => callLine(call, sample) },
    ],
  });
  const status = element('p', { class: 'note', role: 'status' });
  const show = (query: string): void => {
    const matches = callMatcher(query);
    const found = sample.calls.filter((call) => matches(searched(call, sample)));
    status.textContent = `${plural(found.length, 'call')} of ${count(sample.calls.length)} here.`;
    table.fill(found);
  };
  const input = element('input', {
    type: 'search',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'search-help',
  });
  let waiting: number | undefined;
  input.addEventListener('input', () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => show(input.value), 100);
  });
  show('');
  const help = element('p', { class: 'note', id: 'search-help' }, SEARCH_HELP);
  return element(
    'div',
    {},
    sampleNote(sample),
    element('label', { class: 'search' }, 'Search calls ', input),
    help,
    status,
    table.node,
  );
}

/** What is not here is said. */
export function sampleNote({ all, what, calls }: SampleData): HTMLElement {
  return what === ''
    ? paragraph(`All ${plural(all, 'call')} are here.`)
    : paragraph(
        `Of ${count(all)} calls ${count(calls.length)} are here one by one: ${what}. Totals count all of them.`,
        'warning',
      );
}

export function searched(call: CallData, { threads, words }: SampleData): Searched {
  const [thread, , took, , name, caller, failed, text] = call;
  return {
    name: words[name] ?? '',
    caller: words[caller] ?? '',
    text,
    tid: threads[thread]?.tid ?? 0,
    pid: threads[thread]?.pid ?? 0,
    duration: took,
    failed: failed === 1,
  };
}

function callLine(call: CallData, sample: SampleData): HTMLElement {
  const { caller, name, text, failed } = searched(call, sample);
  const [, , , , , , , , origin] = call;
  const madeBy = sample.words[origin] ?? '';
  return element(
    'code',
    failed ? { class: 'failed' } : {},
    madeBy === '' ? '' : `[${madeBy}] `,
    `${caller}->`,
    element('b', {}, name),
    text,
  );
}
