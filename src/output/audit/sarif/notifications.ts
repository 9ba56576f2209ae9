/** What could not be seen, as notification objects, SARIF section 3.58: no result means something only without them. */
import type { AuditPolicy } from '../../../audit/policy/audit-policy.js';
import type { AuditReport, BlindSpot } from '../../../audit/report/report.js';
import { escapeName } from '../../text/escape.js';
import { uriOf } from '../deciding-place.js';
import { timesText } from '../finding-words.js';
import { message } from './message.js';

const KINDS = {
  'TLS-BLIND-SPOT': 'TLS was spoken by a library that cannot be looked into.',
  'NOT-READ': 'A file could not be read, so that nothing of it was seen.',
  'NOT-SEEN': 'A place could not be instrumented.',
  'NOT-LOOKED-AT': 'What an audit does not look at.',
  'LEFT-OUT': 'More was found than stands here.',
} as const;

type Kind = keyof typeof KINDS;

/** Of the places of one kind. */
const MOST_OF_A_KIND = 200;

export function notificationDescriptors(): readonly unknown[] {
  return Object.entries(KINDS).map(([id, text]) => ({ id, shortDescription: { text } }));
}

export function notificationsOf(
  { blindSpots, coverage }: AuditReport,
  { blind, unsaid }: { readonly blind: AuditPolicy['blind']; readonly unsaid: number },
): readonly unknown[] {
  const { unreadable, refused, notFollowed, notes } = coverage;
  return [
    ...limited(blindSpots, (spot) => ({
      ...notification('TLS-BLIND-SPOT', blind === 'fail' ? 'error' : 'warning', blindText(spot)),
      ...at(spot.program),
    })),
    ...limited(unreadable, ({ path, reason }) => ({
      ...notification('NOT-READ', 'warning', `${escapeName(path)}: ${escapeName(reason)}`),
      ...at(path),
    })),
    ...limited(refused, ({ module, symbol, reason }) =>
      notification('NOT-SEEN', 'warning', escapeName(`${symbol} of ${module}: ${reason}`)),
    ),
    ...limited(notFollowed, (what) => notification('NOT-SEEN', 'warning', escapeName(what))),
    ...notes.map((note) => notification('NOT-LOOKED-AT', 'note', note)),
    ...(unsaid > 0
      ? [notification('LEFT-OUT', 'warning', `${unsaid} more findings do not stand here`)]
      : []),
  ];
}

function limited<T>(all: readonly T[], write: (one: T) => unknown): readonly unknown[] {
  const rest = all.length - MOST_OF_A_KIND;
  const shown = all.slice(0, MOST_OF_A_KIND).map(write);
  return rest > 0
    ? [...shown, notification('LEFT-OUT', 'warning', `${rest} more of the same kind`)]
    : shown;
}

function notification(id: Kind, level: 'error' | 'warning' | 'note', text: string): object {
  return {
    descriptor: { id, index: Object.keys(KINDS).indexOf(id) },
    level,
    message: message(text),
  };
}

function at(file: string): object {
  if (file === '') return {};
  return { locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) } } }] };
}

function blindText({ module, hint, facts, count, program }: BlindSpot): string {
  const who = `${module === '' ? '[anon]' : module}${hint === '' ? '' : ` (${hint})`}`;
  const chosen = [facts.version, facts.suite, facts.group].filter((text) => text !== '').join(', ');
  return escapeName(
    `TLS was spoken ${timesText(count)} by ${who} of ${program}, whose calls cannot be seen; chosen: ${chosen === '' ? 'nothing' : chosen}`,
  );
}
