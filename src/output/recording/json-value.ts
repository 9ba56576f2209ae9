/** A captured value as a JSON object, described in docs/trace-schema.json. Hot path: runs at every call. */
import { assertNever } from '../../base/assert-never.js';
import type {
  Argument,
  BufferValue,
  CharacterValue,
  PointerValue,
  StringValue,
  Value,
} from '../../trace/value.js';
import { formatValue } from '../text/format-value.js';
import { PLAIN_LOOK } from '../text/look.js';
import { bytesProperty, exact, float, optionalText, quote } from './json-text.js';

/** Longer values are not written twice. */
const MOST_TEXT = 4096;

/** `[{"name":…,"value":…,"raw":…,"text":…}, …]` */
export function jsonArguments(args: readonly Argument[]): string {
  let out = '';
  for (const argument of args) {
    if (out !== '') out += ',';
    out += '{';
    if (argument.name !== undefined) out += `"name":${quote(argument.name)},`;
    out += `"value":${jsonValue(argument.value)}`;
    if (argument.raw !== undefined) out += `,"raw":${exact(argument.raw)}`;
    out += `${textProperty(argument.value)}}`;
  }
  return `[${out}]`;
}

/** `,"text":"…"`: the value as text output shows it; '' when that is very long or nothing. */
export function textProperty(value: Value): string {
  if (isLong(value)) return '';
  const text = formatValue(value, PLAIN_LOOK);
  return text === '' || text.length > MOST_TEXT ? '' : `,"text":${quote(text)}`;
}

export function jsonValue(value: Value): string {
  if (value.kind === 'integer') {
    const { bits, signed, style } = value;
    return `{"kind":"integer","value":${exact(value.value)},"bits":${bits},"signed":${signed ? 'true' : 'false'},"style":"${style}"}`;
  }
  if (value.kind === 'string') return jsonString(value);
  if (value.kind === 'pointer') return jsonPointer(value);
  if (value.kind === 'array') {
    const elements = value.elements.map(jsonValue).join(',');
    return `{"kind":"array","elements":[${elements}],"more":${value.more ? 'true' : 'false'}}`;
  }
  if (value.kind === 'struct') {
    const fields = value.fields.map(
      (field) => `{${nameProperty(field.name)}"value":${jsonValue(field.value)}}`,
    );
    return `{"kind":"struct","fields":[${fields.join(',')}]}`;
  }
  if (value.kind === 'changed') {
    return `{"kind":"changed","before":${jsonValue(value.before)},"after":${jsonValue(value.after)}}`;
  }
  if (value.kind === 'buffer') return jsonBuffer(value);
  return jsonSimple(value);
}

type Simple = Exclude<
  Value,
  { kind: 'integer' | 'string' | 'pointer' | 'array' | 'struct' | 'changed' | 'buffer' }
>;

function jsonSimple(value: Simple): string {
  switch (value.kind) {
    case 'void':
    case 'hidden':
    case 'elided':
    case 'unknown':
      return `{"kind":"${value.kind}"}`;
    case 'float':
      return `{"kind":"float","value":${float(value.value)},"bits":${value.bits},"style":"${value.style}"}`;
    case 'character':
      return jsonCharacter(value);
    case 'enumerator':
      return `{"kind":"enumerator","name":${quote(value.name)},"value":${exact(value.value)}}`;
    case 'flags':
      return `{"kind":"flags","names":[${value.names.map(quote).join(',')}],"rest":${exact(value.rest)}}`;
    case 'bits':
      return `{"kind":"bits","set":[${value.set.join(',')}],"width":${value.width}}`;
    case 'descriptor':
      return `{"kind":"descriptor","value":${value.value},"path":${quote(value.path)}}`;
    case 'unreadable':
      return `{"kind":"unreadable","address":${value.address},"errno":${value.errno}}`;
    case 'recursion':
      return `{"kind":"recursion","levels":${value.levels}}`;
    case 'redacted':
      return `{"kind":"redacted","what":${quote(value.what)}}`;
    default:
      return assertNever(value);
  }
}

function jsonCharacter(value: CharacterValue): string {
  return `{"kind":"character","code":${value.code}${value.wide === true ? ',"wide":true' : ''}}`;
}

function jsonString(value: StringValue): string {
  const address = value.address === undefined ? '' : `,"address":${value.address}`;
  return `{"kind":"string",${bytesProperty(value.bytes)},"encoding":"${value.encoding}","truncated":${value.truncated ? 'true' : 'false'}${address}}`;
}

function jsonBuffer(value: BufferValue): string {
  const address = value.address === undefined ? '' : `,"address":${value.address}`;
  return `{"kind":"buffer",${bytesProperty(value.bytes)},"length":${value.length},"style":"${value.style}"${address}}`;
}

function jsonPointer(value: PointerValue): string {
  let out = `{"kind":"pointer","address":${exact(value.address)}`;
  if (value.target !== undefined) out += `,"target":${jsonValue(value.target)}`;
  if (value.symbol !== undefined) {
    const { module, name, demangled, offset } = value.symbol;
    const readable = optionalText('demangled', demangled);
    out += `,"symbol":{"module":${quote(module)},"name":${quote(name)}${readable},"offset":${offset}}`;
  }
  if (value.note !== undefined) out += `,"note":${quote(value.note)}`;
  return `${out}}`;
}

function nameProperty(name: string | undefined): string {
  return name === undefined ? '' : `"name":${quote(name)},`;
}

/** A value as text output shows it, cut where it gets very long. */
export function shortText(value: Value): string {
  if (isLong(value)) return '...';
  const text = formatValue(value, PLAIN_LOOK);
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}...` : text;
}

/** Spares formatting megabytes only to throw them away. */
function isLong(value: Value): boolean {
  if (value.kind === 'string' || value.kind === 'buffer') return value.bytes.length > MOST_TEXT;
  return value.kind === 'pointer' && value.target !== undefined && isLong(value.target);
}
