/** `--host` and `--label`: which run this is among those of many machines. */
import { hostname } from 'node:os';
import { newIdentity, ownName } from '../request/new-identity.js';
import type { RunIdentity } from '../trace/event.js';
import { usageError } from './command-line.js';
import type { ParsedOptions } from './parsed-options.js';

/** RFC 1035 has none longer. */
const LONGEST_HOST = 255;
const MOST_LABELS = 64;
const LONGEST_VALUE = 1024;
/** What is a name of a column nearly everywhere. */
const KEY = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** Throws UserError ('usage'). */
export function identityOf(options: ParsedOptions, nameOfMachine = hostname()): RunIdentity {
  const host = options.last('host') ?? ownName(nameOfMachine);
  if (host === '' || host.length > LONGEST_HOST) {
    throw usageError(`--host: a name has 1 to ${LONGEST_HOST} characters`);
  }
  const labels = Object.fromEntries(options.all('label').map(labelOf));
  if (Object.keys(labels).length > MOST_LABELS) {
    throw usageError(`--label: there may be at most ${MOST_LABELS}`);
  }
  return newIdentity(labels, host);
}

/** A recording says itself whose it is. */
export function refuseIdentity(options: ParsedOptions): void {
  for (const name of ['host', 'label'] as const) {
    if (options.has(name)) throw usageError(`--${name} is for what is traced now`);
  }
}

function labelOf(text: string): readonly [key: string, value: string] {
  const at = text.indexOf('=');
  const key = text.slice(0, at);
  if (at < 0) throw usageError(`--label: '${text}' is not KEY=VALUE`);
  if (!KEY.test(key)) {
    throw usageError(`--label: '${key}' is no key`, 'letters, digits, _ . - and no digit first');
  }
  const value = text.slice(at + 1);
  if (value.length > LONGEST_VALUE) {
    throw usageError(`--label: the value of '${key}' has more than ${LONGEST_VALUE} characters`);
  }
  return [key, value];
}
