/** Connections, and their handshakes as two columns: what was offered, and what came of it. */
import type { ConnectionFacts, ConnectionProfile } from '../audit/report/report.js';
import type { AuditData } from '../output/html/page-data.js';
import { element, facts, paragraph, scrolling } from './dom.js';
import { plural } from './words.js';

export function connectionsPage({ report }: AuditData): HTMLElement {
  if (report.connections.length === 0) return paragraph('No connection was seen.');
  return element('div', {}, ...report.connections.map(connectionCard));
}

function connectionCard({
  count,
  role,
  library,
  program,
  peers,
  facts: of,
}: ConnectionProfile): HTMLElement {
  return element(
    'article',
    { class: 'card' },
    element(
      'h3',
      {},
      `${plural(count, role === 'unknown' ? 'connection' : role)} of ${library} in ${program}`,
    ),
    facts([
      ['peers', peers.join(', ')],
      ['asked for', of.serverName],
      ['certificate', of.verification],
      ['host name', of.host],
      ['data', of.data === 'moved' ? 'moved' : 'none moved'],
      ['alerts', of.alerts.join(', ')],
    ]),
    handshake(of),
  );
}

export function handshake(of: ConnectionFacts): HTMLElement {
  const rows: readonly (readonly [string, readonly string[], string])[] = [
    ['version', of.offeredVersions, of.version],
    ['suite', of.offeredSuites, of.suite],
    ['group', of.offeredGroups, of.group],
    ['signature', of.offeredSignatures, ''],
    ['protocol', [], of.protocol],
    ['session', [], of.resumed],
  ];
  const lines = rows
    .filter(([, offered, chosen]) => offered.length > 0 || chosen !== '')
    .map(([what, offered, chosen]) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, what),
        element('td', {}, ...offeredList(offered, chosen)),
        element('td', {}, chosen === '' ? '–' : element('b', {}, chosen)),
      ),
    );
  const head = element(
    'tr',
    {},
    ...['', 'offered', 'chosen'].map((text) =>
      text === '' ? element('td') : element('th', { scope: 'col' }, text),
    ),
  );
  return scrolling(
    'Handshake',
    element(
      'table',
      { class: 'handshake' },
      element('caption', {}, 'Handshake'),
      element('thead', {}, head),
      element('tbody', {}, ...lines),
    ),
  );
}

function offeredList(
  offered: readonly string[],
  chosen: string,
): readonly (HTMLElement | string)[] {
  if (offered.length === 0) return ['not seen'];
  return offered.flatMap((one, index) => {
    const shown = one === chosen ? element('b', {}, one) : one;
    return index === 0 ? [shown] : [', ', shown];
  });
}
