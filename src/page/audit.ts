/** The pages of an audit: findings first, the handshakes, the ledger of settings, and always what was looked at. */
import { goneLines } from '../audit/baseline/gone.js';
import type { Comparison } from '../audit/baseline/known.js';
import type { Finding } from '../audit/findings/finding.js';
import type { BlindSpot, ContextProfile } from '../audit/report/report.js';
import type { AuditData } from '../output/html/page-data.js';
import { element, facts, paragraph, scrolling } from './dom.js';
import { handshake } from './handshake.js';
import { list } from './happenings.js';
import { plural, times } from './words.js';

export function findingsPage({ report, verdict, deciders, leftOut }: AuditData): HTMLElement {
  const { findings, blindSpots, baseline } = report;
  const fine = findings.length + blindSpots.length === 0;
  return element(
    'div',
    {},
    paragraph(verdict.sentence, `verdict ${verdict.status === 0 ? 'good' : 'bad'}`),
    ...(leftOut.length === 0 ? [] : [paragraph(`Not here: ${leftOut.join(', ')}.`, 'warning')]),
    ...findings.map((finding, index) => findingCard(finding, deciders[index])),
    ...blindSpots.map(blindCard),
    ...(fine
      ? [
          paragraph(
            'No finding and no blind spot. That means something only where TLS was looked into: see Coverage.',
          ),
        ]
      : []),
    ...(baseline === undefined ? [] : [baselinePart(baseline)]),
  );
}

function baselinePart(baseline: Comparison): HTMLElement {
  const { file, startedAt } = baseline;
  const lines = goneLines(baseline);
  const day = startedAt === '' ? '' : ` of ${startedAt.slice(0, 10)}`;
  return list(`Gone since the baseline ${file}${day}`, lines, 'Nothing of the baseline is gone.');
}

function findingCard(
  finding: Finding,
  decider: AuditData['deciders'][number] | undefined,
): HTMLElement {
  const { rule, level, count, first, peers, allowed, since } = finding;
  const [decidedBy, stack] = decider ?? ['', ''];
  const head = element(
    'h3',
    {},
    element('span', { class: `level ${level}` }, level),
    ` ${rule}`,
    ...(since === undefined ? [] : [element('span', { class: 'since' }, since)]),
  );
  return element(
    'article',
    { class: `card ${level}` },
    head,
    element('p', {}, first.sentence),
    facts([
      ['decided by', decidedBy],
      [
        'allowed',
        allowed === undefined
          ? ''
          : `${allowed.because}${allowed.until === undefined ? '' : ` (until ${allowed.until})`}`,
      ],
      ['stack', stack],
      ['seen', first.evidence.join('; ')],
      ['how often', times(count)],
      ['peers', peers.join(', ')],
      ['program', `${first.program}, process ${first.pid}`],
      ['calls', first.calls.join(', ')],
    ]),
  );
}

function blindCard({
  count,
  program,
  module,
  hint,
  peers,
  facts: of,
  since,
}: BlindSpot): HTMLElement {
  return element(
    'article',
    { class: 'card error' },
    element(
      'h3',
      {},
      element('span', { class: 'level error' }, 'blind spot'),
      ' TLS-BLIND-SPOT',
      ...(since === undefined ? [] : [element('span', { class: 'since' }, since)]),
    ),
    element(
      'p',
      {},
      'TLS was spoken by a library whose calls cannot be seen; what can be said is from the bytes of its handshakes.',
    ),
    facts([
      ['written by', `${module === '' ? '[anon]' : module}${hint === '' ? '' : ` (${hint})`}`],
      ['program', program],
      ['how often', times(count)],
      ['peers', peers.join(', ')],
    ]),
    handshake(of),
  );
}

export function ledgerPage({ report }: AuditData): HTMLElement {
  if (report.contexts.length === 0) return paragraph('No context was made.');
  return element('div', {}, ...report.contexts.map(contextCard));
}

function contextCard({
  count,
  library,
  madeBy,
  program,
  settings,
  trust,
}: ContextProfile): HTMLElement {
  const rows = settings.map(([name, { value, source, overrode }]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', {}, value),
      element(
        'td',
        {},
        source,
        ...(overrode === undefined ? [] : [`, in place of ${overrode.value}`]),
      ),
    ),
  );
  const head = element(
    'tr',
    {},
    ...['setting', 'value', 'by'].map((text) => element('th', { scope: 'col' }, text)),
  );
  const table = scrolling(
    'Settings',
    element(
      'table',
      { class: 'ledger' },
      element('caption', {}, 'Settings'),
      element('thead', {}, head),
      element('tbody', {}, ...rows),
    ),
  );
  return element(
    'article',
    { class: 'card' },
    element('h3', {}, `${plural(count, 'context')} of ${library}, made by ${madeBy}`),
    facts([
      ['program', program],
      ['trusts', trust.join(', ')],
    ]),
    rows.length === 0 ? paragraph('Nothing was set.') : table,
  );
}

export function auditCoveragePage({ report }: AuditData): HTMLElement {
  const { coverage, programs } = report;
  return element(
    'div',
    {},
    list(
      'Programs',
      programs.map(
        ({ path, pid, end }) => `${path}, process ${pid}, ${end === '' ? 'still running' : end}`,
      ),
      'None.',
    ),
    list(
      'Libraries',
      coverage.libraries.map(
        ({ module, path, placed, calls }) =>
          `${module} (${path}): ${plural(placed, 'place')}, ${calls === 0 ? 'loaded, never called' : plural(calls, 'call')}`,
      ),
      'None that speaks TLS was loaded.',
    ),
    list(
      'Not read',
      coverage.unreadable.map(({ path, reason }) => `${path}: ${reason}`),
      'Every file was read.',
    ),
    list(
      'Not seen',
      [
        ...coverage.refused.map(
          ({ module, symbol, reason }) => `${symbol} of ${module}: ${reason}`,
        ),
        ...coverage.notFollowed,
      ],
      'No place was refused.',
    ),
    list('Not looked at', coverage.notes, 'Nothing.'),
  );
}
