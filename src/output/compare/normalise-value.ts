/** Takes out of a value what differs between two runs of the same program: addresses and process ids. */
import { assertNever } from '../../base/assert-never.js';
import type { Argument, IntegerValue, PointerValue, Value } from '../../trace/value.js';
import { plain } from '../text/color.js';
import { escapePath } from '../text/escape.js';
import { formatValue } from '../text/format-value.js';

/** Process and thread ids that the recording has shown so far. */
export type KnownIds = ReadonlySet<number>;

/** Small numbers mean too many other things, also in a container where process ids start at 1. */
export const SMALLEST_TELLING_ID = 100;

/** Words of unknown type up to here are shown in decimal and may mean something; ltrace's limit. */
const GUESS_LIMIT = 10000;
const SMALLEST_POINTER_IN_HEX = 2 ** 32;
/** What two strings share so far is taken for equal; the rest would only cost memory. */
const MOST_BYTES = 256;

const ADDRESS_IN_TEXT = /0x[0-9a-f]{5,16}/gi;
const NUMBER_IN_TEXT = /\b\d{3,7}\b/g;

/** `(1, "x", <pointer>)` without the parentheses. */
export function normalisedArguments(args: readonly Argument[], ids: KnownIds): string {
  return args
    .map((argument) => normalisedText(argument.value, ids))
    .filter((text) => text !== '')
    .join(', ');
}

export function normalisedText(value: Value, ids: KnownIds): string {
  if (value.kind === 'integer') return normalisedInteger(value, ids);
  if (value.kind === 'pointer') return normalisedPointer(value, ids);
  if (value.kind === 'unreadable') return '<pointer>';
  if (value.kind === 'string' || value.kind === 'buffer') {
    const start = { ...value, bytes: value.bytes.subarray(0, MOST_BYTES) };
    return withoutIds(formatValue(start, plain), ids);
  }
  if (value.kind === 'array') {
    return `[ ${list(value.elements, ids)}${value.more ? '...' : ''} ]`;
  }
  if (value.kind === 'struct') {
    const values = value.fields.map((field) => field.value);
    return `{ ${list(values, ids)} }`;
  }
  if (value.kind === 'changed') {
    return `${normalisedText(value.before, ids)} => ${normalisedText(value.after, ids)}`;
  }
  return withoutIds(formatValue(value, plain), ids);
}

function list(values: readonly Value[], ids: KnownIds): string {
  return values.map((value) => normalisedText(value, ids)).join(', ');
}

function normalisedInteger(value: IntegerValue, ids: KnownIds): string {
  const number = Number(value.value);
  if (ids.has(number)) return '<id>';
  switch (value.style) {
    case 'guess':
      if (Math.abs(number) > GUESS_LIMIT) return '<word>';
      break;
    case 'hex':
      if (number >= SMALLEST_POINTER_IN_HEX) return '<word>';
      break;
    case 'decimal':
    case 'octal':
    case 'boolean':
      break;
    default:
      return assertNever(value.style);
  }
  return formatValue(value, plain);
}

function normalisedPointer(value: PointerValue, ids: KnownIds): string {
  if (value.target !== undefined) return normalisedText(value.target, ids);
  if (value.address == 0 || value.symbol !== undefined) return formatValue(value, plain);
  return value.note === undefined
    ? '<pointer>'
    : withoutIds(`<pointer to ${escapePath(value.note)}>`, ids);
}

function withoutIds(text: string, ids: KnownIds): string {
  return text
    .replace(ADDRESS_IN_TEXT, '<address>')
    .replace(NUMBER_IN_TEXT, (digits) => (ids.has(Number(digits)) ? '<id>' : digits));
}
