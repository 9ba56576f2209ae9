/** Takes out of a value what differs between two runs of the same program: addresses and process ids. */
import { assertNever } from '../../base/assert-never.js';
import type {
  Argument,
  BufferValue,
  IntegerValue,
  PointerValue,
  Value,
} from '../../trace/value.js';
import { escapePath } from '../text/escape.js';
import { formatValue } from '../text/format-value.js';
import { PLAIN_LOOK } from '../text/look.js';

/** What a recording has said so far about the run itself. */
export interface RunFacts {
  /** Process and thread ids. */
  readonly ids: ReadonlySet<number>;
  /** When it began, in whole seconds: since 1970, and by the monotonic clock. */
  readonly wallSeconds: number;
  readonly monotonicSeconds: number;
}

/** Small numbers mean too many other things, also in a container where process ids start at 1. */
export const SMALLEST_TELLING_ID = 100;

/** Words of unknown type up to here are shown in decimal and may mean something; ltrace's limit. */
const GUESS_LIMIT = 10000;
const SMALLEST_POINTER_IN_HEX = 2 ** 32;
/** What two strings share so far is taken for equal; the rest would only cost memory. */
const MOST_BYTES = 256;

/** Times up to this far from the beginning of the run are taken for times of the run. */
const LONGEST_RUN_S = 86400;
/** A second part of a time that is smaller is rather a count: runs differ in micro- and nanoseconds. */
const SMALLEST_TELLING_FRACTION = 1000;

/** User addresses have 47 bits. */
const ADDRESS_END = 2n ** 47n;
const WORD_BYTES = 8;

const ADDRESS_IN_TEXT = /0x[0-9a-f]{5,16}/gi;
const NUMBER_IN_TEXT = /\b\d{3,7}\b/g;

/** `(1, "x", <pointer>)` without the parentheses. */
export function normalisedArguments(args: readonly Argument[], facts: RunFacts): string {
  return args
    .map((argument) => normalisedText(argument.value, facts))
    .filter((text) => text !== '')
    .join(', ');
}

export function normalisedText(value: Value, facts: RunFacts): string {
  if (value.kind === 'integer') return normalisedInteger(value, facts);
  if (value.kind === 'pointer') return normalisedPointer(value, facts);
  if (value.kind === 'unreadable') return '<pointer>';
  if (value.kind === 'buffer' && value.style === 'hex') return normalisedBuffer(value);
  if (value.kind === 'string' || value.kind === 'buffer') {
    const start = { ...value, bytes: value.bytes.subarray(0, MOST_BYTES) };
    return withoutIds(formatValue(start, PLAIN_LOOK), facts);
  }
  if (value.kind === 'array') {
    return `[ ${list(value.elements, facts)}${value.more ? '...' : ''} ]`;
  }
  if (value.kind === 'struct') {
    const values = value.fields.map((field) => field.value);
    if (isTimeOfRun(values, facts)) return '<time>';
    return `{ ${list(values, facts)} }`;
  }
  if (value.kind === 'changed') {
    return `${normalisedText(value.before, facts)} => ${normalisedText(value.after, facts)}`;
  }
  return withoutIds(formatValue(value, PLAIN_LOOK), facts);
}

function list(values: readonly Value[], facts: RunFacts): string {
  return values.map((value) => normalisedText(value, facts)).join(', ');
}

function normalisedInteger(value: IntegerValue, facts: RunFacts): string {
  const number = Number(value.value);
  if (facts.ids.has(number)) return '<id>';
  if (isNear(number, facts.wallSeconds)) return '<time>';
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
  return formatValue(value, PLAIN_LOOK);
}

function normalisedPointer(value: PointerValue, facts: RunFacts): string {
  if (value.target !== undefined) return normalisedText(value.target, facts);
  if (value.address == 0 || value.symbol !== undefined) return formatValue(value, PLAIN_LOOK);
  return value.note === undefined
    ? '<pointer>'
    : withoutIds(`<pointer to ${escapePath(value.note)}>`, facts);
}

/** What looks like an address in memory that is copied as it is. */
function normalisedBuffer(value: BufferValue): string {
  const bytes = Buffer.from(value.bytes.subarray(0, MOST_BYTES));
  let text = '';
  for (let at = 0; at < bytes.length; at += WORD_BYTES) {
    const word = at + WORD_BYTES <= bytes.length ? bytes.readBigUInt64LE(at) : 0n;
    const isAddress = word >= SMALLEST_POINTER_IN_HEX && word < ADDRESS_END;
    text += isAddress ? '<pointer>' : bytes.toString('hex', at, at + WORD_BYTES);
  }
  return `<${value.length} bytes: ${text}${value.length > bytes.length ? '...' : ''}>`;
}

/** struct timespec and timeval: seconds and a fraction, by one of the clocks. */
function isTimeOfRun(values: readonly Value[], facts: RunFacts): boolean {
  const [seconds, fraction] = values;
  if (values.length !== 2 || seconds?.kind !== 'integer' || fraction?.kind !== 'integer')
    return false;
  const whole = Number(seconds.value);
  if (isNear(whole, facts.wallSeconds)) return true;
  const isUptime = whole >= facts.monotonicSeconds && isNear(whole, facts.monotonicSeconds);
  return isUptime && Number(fraction.value) >= SMALLEST_TELLING_FRACTION;
}

function isNear(seconds: number, start: number): boolean {
  return Math.abs(seconds - start) < LONGEST_RUN_S;
}

function withoutIds(text: string, facts: RunFacts): string {
  return text
    .replace(ADDRESS_IN_TEXT, '<address>')
    .replace(NUMBER_IN_TEXT, (digits) => (facts.ids.has(Number(digits)) ? '<id>' : digits));
}
