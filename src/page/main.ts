/** Builds the page from the data that stands in it. */
import type { PageData, SampleData } from '../output/html/page-data.js';
import { auditCoveragePage, findingsPage, ledgerPage } from './audit.js';
import { callsPage } from './calls.js';
import { element } from './dom.js';
import { flamePage } from './flame.js';
import { functionsPage } from './functions.js';
import { connectionsPage } from './handshake.js';
import { coveragePage } from './happenings.js';
import { modulesPage } from './modules.js';
import { timelinePage } from './timeline.js';

interface Page {
  readonly id: string;
  readonly title: string;
  /** Called when it is looked at for the first time. */
  readonly make: () => HTMLElement;
}

function pagesOf({ trace, audit }: PageData): readonly Page[] {
  return [
    ...(audit === undefined
      ? []
      : [
          { id: 'findings', title: 'Findings', make: () => findingsPage(audit) },
          { id: 'connections', title: 'Connections', make: () => connectionsPage(audit) },
          { id: 'ledger', title: 'Settings', make: () => ledgerPage(audit) },
          { id: 'coverage', title: 'Coverage', make: () => auditCoveragePage(audit) },
        ]),
    ...(trace === undefined
      ? []
      : [
          { id: 'functions', title: 'Functions', make: () => functionsPage(trace) },
          { id: 'modules', title: 'Modules', make: () => modulesPage(trace) },
          ...singleCalls('timeline', 'Timeline', trace.sample, timelinePage),
          { id: 'stacks', title: 'Flame graph', make: () => flamePage(trace) },
          ...singleCalls('calls', 'Calls', trace.sample, callsPage),
          { id: 'looked-at', title: 'Coverage', make: () => coveragePage(trace) },
        ]),
  ];
}

/** None where calls were counted only. */
function singleCalls(
  id: string,
  title: string,
  sample: SampleData | undefined,
  make: (sample: SampleData) => HTMLElement,
): readonly Page[] {
  return sample === undefined ? [] : [{ id, title, make: () => make(sample) }];
}

/** The pattern "tabs" of the ARIA Authoring Practices Guide: arrows move, the page follows. */
class Tabs {
  private readonly tabs: readonly HTMLButtonElement[];
  private readonly panels: readonly HTMLElement[];
  private readonly made = new Set<number>();

  constructor(private readonly pages: readonly Page[]) {
    this.tabs = pages.map(({ id, title }) =>
      element(
        'button',
        { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `page-${id}` },
        title,
      ),
    );
    this.panels = pages.map(({ id, title }) =>
      element(
        'section',
        { role: 'tabpanel', id: `page-${id}`, 'aria-labelledby': `tab-${id}` },
        element('h2', {}, title),
      ),
    );
    for (const [index, tab] of this.tabs.entries()) {
      tab.addEventListener('click', () => this.show(index));
      tab.addEventListener('keydown', (event) => this.key(event, index));
    }
  }

  putInto(header: HTMLElement, main: HTMLElement): void {
    header.append(
      element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Pages' }, ...this.tabs),
    );
    main.append(...this.panels);
    const named = this.pages.findIndex(({ id }) => `#${id}` === location.hash);
    this.show(Math.max(0, named));
  }

  private key(event: KeyboardEvent, index: number): void {
    const last = this.tabs.length - 1;
    const targets: Readonly<Record<string, number>> = {
      ArrowRight: index === last ? 0 : index + 1,
      ArrowLeft: index === 0 ? last : index - 1,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.show(target);
    this.tabs[target]?.focus();
  }

  private show(chosen: number): void {
    for (const [index, tab] of this.tabs.entries()) {
      tab.setAttribute('aria-selected', `${index === chosen}`);
      tab.tabIndex = index === chosen ? 0 : -1;
      const panel = this.panels[index];
      if (panel !== undefined) panel.hidden = index !== chosen;
    }
    const page = this.pages[chosen];
    if (page === undefined) return;
    if (!this.made.has(chosen)) {
      this.made.add(chosen);
      this.panels[chosen]?.append(page.make());
    }
    history.replaceState(null, '', `#${page.id}`);
  }
}

function build(): void {
  const data = JSON.parse(document.getElementById('data')?.textContent ?? '{}') as PageData;
  const facts = data.facts.map(([label, text]) =>
    element('div', {}, element('dt', {}, label), element('dd', {}, text)),
  );
  const header = element(
    'header',
    {},
    element('h1', {}, data.title),
    element('dl', { class: 'facts' }, ...facts),
  );
  const main = element('main');
  const footer = element(
    'footer',
    {},
    element(
      'p',
      {},
      'Observed in this run; another run may do otherwise. Made by tsltrace; nothing here is loaded from elsewhere.',
    ),
  );
  document.body.prepend(header, main, footer);
  new Tabs(pagesOf(data)).putInto(header, main);
  document.body.dataset['ready'] = 'yes';
}

build();
