/** Writes a captured value the way ltrace does. Hot path: runs at every call. */
import { assertNever } from '../../base/assert-never.js';
import type {
  Argument,
  ArrayValue,
  BitVectorValue,
  BufferValue,
  ChangedValue,
  CharacterValue,
  FlagsValue,
  FloatValue,
  IntegerValue,
  PointerValue,
  StringValue,
  StructValue,
  Value,
} from '../../trace/value.js';
import {
  asBuffer,
  escapeBytes,
  escapeCharacterCode,
  escapeName,
  escapePath,
  escapeUtf8,
} from './escape.js';
import {
  formatFixed,
  formatGuess,
  formatHex,
  formatHexFloat,
  formatOctal,
} from './format-number.js';
import { shownName, type Look } from './look.js';

/** '' for a hidden value, and for nothing else. */
export function formatValue(value: Value, look: Look): string {
  if (value.kind === 'integer') return formatInteger(value);
  if (value.kind === 'string') return look.paint('string', formatString(value));
  if (value.kind === 'pointer') return formatPointer(value, look);
  if (value.kind === 'array' || value.kind === 'struct') return formatAggregate(value, look);
  if (value.kind === 'buffer') return look.paint('string', formatBuffer(value));
  if (value.kind === 'changed') return formatChanged(value, look);
  if (value.kind === 'float') return formatFloat(value);
  if (value.kind === 'character') return formatCharacter(value);
  return formatSimple(value);
}

/** `, `-separated; hidden ones leave no trace. */
export function formatArguments(args: readonly Argument[], look: Look): string {
  let out = '';
  for (const argument of args) {
    const text = formatNamed(argument, look);
    if (text !== '') out += out === '' ? text : `, ${text}`;
  }
  return out;
}

/** `mode=0` where the name is known and wanted. */
function formatNamed({ name, value }: Pick<Argument, 'name' | 'value'>, look: Look): string {
  const text = formatValue(value, look);
  if (look.argumentNames === 'hide' || name === undefined || text === '') return text;
  return `${escapeName(name)}=${text}`;
}

type Simple = Exclude<
  Value,
  {
    kind:
      | 'integer'
      | 'string'
      | 'pointer'
      | 'array'
      | 'struct'
      | 'buffer'
      | 'changed'
      | 'float'
      | 'character';
  }
>;

function formatSimple(value: Simple): string {
  switch (value.kind) {
    case 'void':
      return '<void>';
    case 'hidden':
      return '';
    case 'enumerator':
      return escapeName(value.name);
    case 'flags':
      return formatFlags(value);
    case 'bits':
      return formatBits(value);
    case 'descriptor':
      return value.path === '' ? `${value.value}` : `${value.value}<${escapePath(value.path)}>`;
    case 'unreadable':
      return formatHex(value.address, 64);
    case 'recursion':
      return `recurse${'^'.repeat(value.levels)}`;
    case 'elided':
      return '...';
    case 'unknown':
      return '?';
    case 'redacted':
      return `<redacted ${escapeName(value.what)}>`;
    default:
      return assertNever(value);
  }
}

function formatCharacter({ code, wide }: CharacterValue): string {
  return code === -1 ? 'EOF' : `'${escapeCharacterCode(code, wide === true ? 'wide' : 'byte')}'`;
}

function formatInteger(value: IntegerValue): string {
  switch (value.style) {
    case 'decimal':
      return `${value.value}`;
    case 'guess':
      return formatGuess(value.value, value.bits);
    case 'hex':
      return formatHex(value.value, value.bits);
    case 'octal':
      return formatOctal(value.value, value.bits);
    case 'boolean':
      return value.value == 0 ? 'false' : 'true';
    default:
      return assertNever(value.style);
  }
}

function formatFloat(value: FloatValue): string {
  return value.style === 'hex' ? formatHexFloat(value.value) : formatFixed(value.value);
}

function formatString(value: StringValue): string {
  const inside = value.encoding === 'wide' ? escapeUtf8(value.bytes) : escapeBytes(value.bytes);
  return value.truncated ? `"${inside}"...` : `"${inside}"`;
}

/** `"GET /"...` for text, `<16 bytes: 0a1b2c...>` for anything else. */
function formatBuffer(value: BufferValue): string {
  const more = value.bytes.length < value.length ? '...' : '';
  if (value.style === 'text') return `"${escapeBytes(value.bytes)}"${more}`;
  const colon = value.bytes.length === 0 ? '' : ': ';
  return `<${value.length} bytes${colon}${asBuffer(value.bytes).toString('hex')}${more}>`;
}

function formatChanged(value: ChangedValue, look: Look): string {
  const before = formatValue(value.before, look);
  const after = formatValue(value.after, look);
  return before === after ? after : `${before} => ${after}`;
}

function formatPointer(value: PointerValue, look: Look): string {
  if (value.target !== undefined) return formatValue(value.target, look);
  if (value.address == 0) return 'nil';
  const { symbol } = value;
  let text = formatHex(value.address, 64);
  if (symbol !== undefined) {
    const offset = symbol.offset === 0 ? '' : `+0x${symbol.offset.toString(16)}`;
    text = `${escapeName(symbol.module)}:${escapeName(shownName(symbol, look.names))}${offset}`;
  }
  if (value.note !== undefined) text += `<${escapePath(value.note)}>`;
  return text;
}

function formatFlags(value: FlagsValue): string {
  const names = value.names.map(escapeName).join('|');
  if (value.rest == 0) return names === '' ? '0' : names;
  const rest = formatHex(value.rest, 64);
  return names === '' ? rest : `${names}|${rest}`;
}

/** `<0-1,5>`; when more than half of the bits are set, `~` and those that are not. */
function formatBits(value: BitVectorValue): string {
  if (value.set.length * 2 <= value.width) return `<${formatRanges(value.set)}>`;
  const set = new Set(value.set);
  const clear: number[] = [];
  for (let bit = 0; bit < value.width; bit++) if (!set.has(bit)) clear.push(bit);
  return `~<${formatRanges(clear)}>`;
}

function formatRanges(ascending: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const bit of ascending) {
    const open = ranges.at(-1);
    if (open?.last === bit - 1) open.last = bit;
    else ranges.push({ first: bit, last: bit });
  }
  return ranges
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(',');
}

function formatAggregate(value: ArrayValue | StructValue, look: Look): string {
  const parts =
    value.kind === 'array'
      ? value.elements.map((element) => formatValue(element, look))
      : value.fields.map((field) => formatNamed(field, look));
  const inside = parts.filter((text) => text !== '').join(', ');
  if (value.kind === 'struct') return `{ ${inside} }`;
  return value.more ? `[ ${inside}... ]` : `[ ${inside} ]`;
}
