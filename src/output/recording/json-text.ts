/** JSON literals for text, bytes and numbers that JSON has no literal for. Hot path: runs at every call. */
import { isUtf8 } from 'node:buffer';
import { asBuffer } from '../text/escape.js';

const NEEDS_NO_ESCAPE = /^[ !#-[\]-~]*$/;
/** JSON allows these as they are, but a terminal that shows the file would obey some of them. */
const DRIVES_TERMINALS = /[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export function quote(text: string): string {
  if (NEEDS_NO_ESCAPE.test(text)) return `"${text}"`;
  return plainData(text);
}

/** Of texts, whole numbers, lists and objects of them. */
export function plainData(data: object | string): string {
  return JSON.stringify(data).replace(
    DRIVES_TERMINALS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A property behind others, where there is one. */
export function optionalText(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quote(value)}`;
}

/** Exact: a number where every JSON reader keeps it, a string of digits beyond ±2^53. */
export function exact(value: number | bigint): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return `${value}`;
  const digits = value.toString();
  const small =
    typeof value === 'bigint' &&
    value <= Number.MAX_SAFE_INTEGER &&
    value >= Number.MIN_SAFE_INTEGER;
  return small ? digits : `"${digits}"`;
}

/** NaN and the infinities as strings of their JavaScript names; -0 keeps its sign. */
export function float(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0.0' : `${value}`;
}

/** `"text":…` for UTF-8, `"base64":…` for any other bytes: both give back exactly the same bytes. */
export function bytesProperty(bytes: Uint8Array): string {
  const buffer = asBuffer(bytes);
  return isUtf8(buffer)
    ? `"text":${quote(buffer.toString('utf8'))}`
    : `"base64":"${buffer.toString('base64')}"`;
}
