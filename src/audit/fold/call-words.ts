/** Arguments and results of recorded calls, as the words and texts that an audit asks for. */
import type { Argument, PointerValue, Value } from '../../trace/value.js';
import type { Word } from '../ledger/objects.js';

/** The word of an argument, however it is shown; undefined where it was not recorded. */
export function wordOf(argument: Argument | undefined): Word | undefined {
  if (argument === undefined) return undefined;
  return argument.raw ?? numberOf(argument.value);
}

/** What a value is as a number: an integer, an address, an enumerator. */
export function numberOf(value: Value): Word | undefined {
  if (value.kind === 'pointer') return value.address;
  if (value.kind === 'changed') return numberOf(value.after);
  if (value.kind === 'character') return value.code;
  const isNumber =
    value.kind === 'integer' || value.kind === 'enumerator' || value.kind === 'descriptor';
  return isNumber ? value.value : undefined;
}

/** What stands behind a pointer to a word, as an output is shown. */
export function pointedNumber(value: Value | undefined): Word | undefined {
  if (value === undefined) return undefined;
  if (value.kind === 'pointer' && value.target !== undefined) return numberOf(value.target);
  if (value.kind === 'array') return pointedNumber(value.elements[0]);
  return numberOf(value);
}

/** Text of a string argument; undefined for NULL and what is no string. */
export function textOf(value: Value | undefined): string | undefined {
  if (value?.kind === 'string' || value?.kind === 'buffer') {
    return Buffer.from(value.bytes).toString('latin1');
  }
  if (value?.kind === 'pointer' && value.target !== undefined) return textOf(value.target);
  return undefined;
}

/** A value in a few words, as a line about a call shows it; '' for none. */
export function brief(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value.kind === 'integer') {
    return value.style === 'hex' ? `0x${value.value.toString(16)}` : value.value.toString();
  }
  if (value.kind === 'enumerator') return value.name;
  if (value.kind === 'flags') {
    const rest = value.rest === 0 ? [] : [`0x${value.rest.toString(16)}`];
    return [...value.names, ...rest].join('|');
  }
  if (value.kind === 'pointer') return briefPointer(value);
  if (value.kind === 'array') return value.elements.map(brief).join(':');
  const text = textOf(value);
  return text === undefined ? '…' : `"${text}"`;
}

function briefPointer({ address, target, symbol }: PointerValue): string {
  if (target !== undefined) return brief(target);
  return symbol?.name ?? (address === 0 ? 'NULL' : `0x${address.toString(16)}`);
}
