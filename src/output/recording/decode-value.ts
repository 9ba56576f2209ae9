/** Reads back the values that json/json-value.ts writes. */
import { toAddress } from '../../base/address.js';
import type { Argument, FloatValue, Value } from '../../trace/value.js';
import {
  asArray,
  asObject,
  BadEvent,
  choiceOf,
  countOf,
  exactOf,
  flagOf,
  integerOf,
  optionalTextOf,
  textOf,
  textsOf,
  type JsonObject,
} from './json-fields.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Far beyond what any capture nests, and far below what would exhaust the stack. */
const MOST_NESTING = 200;
const MOST_BITS = 65536;
const MOST_LEVELS = 10000;

export function decodeArguments(list: unknown): readonly Argument[] {
  return asArray(list, 'args').map((item) => {
    const object = asObject(item, 'argument');
    const argument: Mutable<Argument> = { value: decodeValue(object['value']) };
    if (object['name'] !== undefined) argument.name = textOf(object, 'name');
    if (object['raw'] !== undefined) argument.raw = exactOf(object, 'raw');
    return argument;
  });
}

/** @throws BadEvent when it is none */
export function decodeValue(json: unknown, nesting = 0): Value {
  if (nesting > MOST_NESTING) throw new BadEvent('a value is nested too deeply');
  const object = asObject(json, 'value');
  const kind = textOf(object, 'kind');
  const decode = Object.hasOwn(DECODERS, kind) ? DECODERS[kind as Value['kind']] : undefined;
  if (decode === undefined) throw new BadEvent(`no value is of the kind ${kind}`);
  return decode(object, nesting + 1);
}

type Decode<K extends Value['kind']> = (
  object: JsonObject,
  nesting: number,
) => Extract<Value, { kind: K }>;

const DECODERS: { readonly [K in Value['kind']]: Decode<K> } = {
  integer: (object) => ({
    kind: 'integer',
    value: exactOf(object, 'value'),
    bits: choiceOf(object, 'bits', [64, 32, 8, 16, 128]),
    signed: flagOf(object, 'signed'),
    style: choiceOf(object, 'style', ['decimal', 'guess', 'hex', 'octal', 'boolean']),
  }),
  float: (object) => ({
    kind: 'float',
    value: floatOf(object),
    bits: choiceOf(object, 'bits', [32, 64, 80]),
    style: choiceOf<FloatValue['style']>(object, 'style', ['decimal', 'hex']),
  }),
  character: (object) => {
    const code = integerOf(object, 'code');
    return object['wide'] === true
      ? { kind: 'character', code, wide: true }
      : { kind: 'character', code };
  },
  string: (object) => {
    const encoding = choiceOf(object, 'encoding', ['bytes', 'wide']);
    const truncated = flagOf(object, 'truncated');
    const start = { kind: 'string', bytes: bytesOf(object), encoding, truncated } as const;
    return object['address'] === undefined ? start : { ...start, address: addressOf(object) };
  },
  buffer: (object) => {
    const length = countOf(object, 'length');
    const style = choiceOf(object, 'style', ['text', 'hex']);
    const start = { kind: 'buffer', bytes: bytesOf(object), length, style } as const;
    return object['address'] === undefined ? start : { ...start, address: addressOf(object) };
  },
  pointer: decodePointer,
  enumerator: (object) => ({
    kind: 'enumerator',
    name: textOf(object, 'name'),
    value: exactOf(object, 'value'),
  }),
  flags: (object) => ({
    kind: 'flags',
    names: textsOf(object, 'names'),
    rest: exactOf(object, 'rest'),
  }),
  bits: (object) => ({
    kind: 'bits',
    set: asArray(object['set'], 'set').map((bit) => countOf({ bit }, 'bit', MOST_BITS)),
    width: countOf(object, 'width', MOST_BITS),
  }),
  array: (object, nesting) => ({
    kind: 'array',
    elements: asArray(object['elements'], 'elements').map((item) => decodeValue(item, nesting)),
    more: flagOf(object, 'more'),
  }),
  struct: (object, nesting) => ({
    kind: 'struct',
    fields: asArray(object['fields'], 'fields').map((item) => decodeField(item, nesting)),
  }),
  changed: (object, nesting) => ({
    kind: 'changed',
    before: decodeValue(object['before'], nesting),
    after: decodeValue(object['after'], nesting),
  }),
  descriptor: (object) => ({
    kind: 'descriptor',
    value: integerOf(object, 'value'),
    path: textOf(object, 'path'),
  }),
  unreadable: (object) => ({
    kind: 'unreadable',
    address: addressOf(object),
    errno: countOf(object, 'errno'),
  }),
  recursion: (object) => ({ kind: 'recursion', levels: countOf(object, 'levels', MOST_LEVELS) }),
  redacted: (object) => ({ kind: 'redacted', what: textOf(object, 'what') }),
  elided: () => ({ kind: 'elided' }),
  unknown: () => ({ kind: 'unknown' }),
  hidden: () => ({ kind: 'hidden' }),
  void: () => ({ kind: 'void' }),
};

function decodePointer(object: JsonObject, nesting: number): Extract<Value, { kind: 'pointer' }> {
  const value: Mutable<Extract<Value, { kind: 'pointer' }>> = {
    kind: 'pointer',
    address: exactOf(object, 'address'),
  };
  if (object['target'] !== undefined) value.target = decodeValue(object['target'], nesting);
  if (object['symbol'] !== undefined) {
    const symbol = asObject(object['symbol'], 'symbol');
    value.symbol = {
      module: textOf(symbol, 'module'),
      name: textOf(symbol, 'name'),
      ...optionalTextOf(symbol, 'demangled'),
      offset: integerOf(symbol, 'offset'),
    };
  }
  if (object['note'] !== undefined) value.note = textOf(object, 'note');
  return value;
}

function decodeField(
  item: unknown,
  nesting: number,
): { readonly name?: string; readonly value: Value } {
  const field = asObject(item, 'field');
  const value = decodeValue(field['value'], nesting);
  return field['name'] === undefined ? { value } : { name: textOf(field, 'name'), value };
}

function addressOf(object: JsonObject) {
  return toAddress(countOf(object, 'address'));
}

function bytesOf(object: JsonObject): Uint8Array {
  return object['text'] === undefined
    ? Buffer.from(textOf(object, 'base64'), 'base64')
    : Buffer.from(textOf(object, 'text'), 'utf8');
}

function floatOf(object: JsonObject): number {
  const value = object['value'];
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw new BadEvent('value is not a number');
}
