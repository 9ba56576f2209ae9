/** Makes what the tracee controls safe to print: it can neither drive a terminal nor fake a line. */
import { isUtf8 } from 'node:buffer';

/** Octal escapes always have three digits, so that a digit that follows cannot be taken for one. */
const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
};

/** What each byte looks like outside quotes. */
const ESCAPED_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  const printable = byte >= 0x20 && byte <= 0x7e;
  return NAMED_ESCAPES[character] ?? (printable ? character : octal(byte));
});

const PLAIN_TEXT = /^[ !#-[\]-~]*$/;
const PLAIN_NAME = /^[ -[\]-~]*$/;
/** The inside of a string literal: `"` and `\` are escaped, bytes beyond ASCII are octal. */
export function escapeBytes(bytes: Uint8Array): string {
  const text = asBuffer(bytes).toString('latin1');
  return PLAIN_TEXT.test(text) ? text : escapeEach(bytes, '"');
}

/** Like {@link escapeBytes} for UTF-8 from a wide string: printable characters stay. */
export function escapeUtf8(bytes: Uint8Array): string {
  return escapeCharacters(asBuffer(bytes).toString('utf8'), '"');
}

/** The inside of a character literal. */
export function escapeCharacterCode(code: number, width: 'byte' | 'wide' = 'byte'): string {
  if (code === 0) return '\\0';
  if (code === 0x27) return "\\'";
  const isWide = code > 0xff || (width === 'wide' && code > 0x7f);
  if (isWide && code <= 0x10ffff) return escapeCharacters(String.fromCodePoint(code), "'");
  return ESCAPED_BYTES[code & 0xff] ?? '?';
}

/** Names of functions, modules and files. They arrive as text, or as Latin-1 of the bytes in a file. */
export function escapeName(name: string): string {
  if (PLAIN_NAME.test(name)) return name;
  const known = escapedNames.get(name);
  if (known !== undefined) return known;
  const escaped = escapeForeignName(name);
  if (escapedNames.size >= MOST_NAMES) escapedNames.clear();
  escapedNames.set(name, escaped);
  return escaped;
}

/** Only names that need work are kept, and a program cannot make us keep more than these. */
const MOST_NAMES = 4096;
const escapedNames = new Map<string, string>();

/** A path between `<` and `>`: those two are escaped as well. */
export function escapePath(path: string): string {
  return escapeName(path).replace(/[<>]/g, (bracket) => octal(bracket.charCodeAt(0)));
}

function escapeEach(bytes: Uint8Array, quote: string): string {
  const quoteByte = quote.charCodeAt(0);
  let out = '';
  for (const byte of bytes) {
    out += byte === quoteByte ? `\\${quote}` : (ESCAPED_BYTES[byte] ?? '');
  }
  return out;
}

function escapeCharacters(text: string, quote: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === quote) out += `\\${quote}`;
    else if (code < 0x80) out += ESCAPED_BYTES[code] ?? '';
    else if (isUnprintable(character)) out += escapeEach(Buffer.from(character, 'utf8'), '');
    else out += character;
  }
  return out;
}

/**
 * Controls, format characters (bidirectional overrides), unassigned code points, line separators. V8 takes a
 * millisecond to read the expression: only for whom it is needed.
 */
function isUnprintable(character: string): boolean {
  return /[\p{C}\p{Zl}\p{Zp}]/u.test(character);
}

/** The bytes of a name as the file system or an ELF file has them. */
export function nameBytes(name: string): Uint8Array {
  const bytes = Buffer.from(name, 'latin1');
  return bytes.toString('latin1') === name ? bytes : Buffer.from(name, 'utf8');
}

/** ELF names are read as Latin-1; when those bytes are UTF-8, that is what their author wrote. */
function escapeForeignName(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  if (bytes.toString('latin1') !== name) return escapeCharacters(name, '');
  return isUtf8(bytes) ? escapeCharacters(bytes.toString('utf8'), '') : escapeEach(bytes, '');
}

/** The same memory with Buffer's conversions. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
