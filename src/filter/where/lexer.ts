/** The words of a `--where` condition. */
import { PatternError } from '../pattern-error.js';

export type Token =
  | { readonly kind: 'symbol'; readonly text: string; readonly at: number }
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  | { readonly kind: 'text'; readonly value: string; readonly at: number }
  | {
      readonly kind: 'number';
      readonly value: number | bigint;
      /** A duration, in nanoseconds. */
      readonly hasUnit: boolean;
      readonly at: number;
    }
  | { readonly kind: 'end'; readonly at: number };

/** Throws PatternError. The last token is always 'end'. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(text.charAt(at))) at++;
    if (at >= text.length) return [...tokens, { kind: 'end', at }];
    const { token, end } = bareText(text, at, tokens) ?? nextToken(text, at);
    tokens.push(token);
    at = end;
  }
}

interface Lexed {
  readonly token: Token;
  readonly end: number;
}

/** What is compared with a name of something. */
const NAMED = '(?:caller|library|function|(?:script|py|perl)\\.(?:function|file))';
const FIELD = /^(?:script|py|perl)\.(?:function|file|line)$/;
const IS_NAMED = new RegExp(`^${NAMED}$`);
/** Without quotes, up to a space, a parenthesis or an operator: `libc.so.6`, `ld-linux-x86-64.so.2`, `std::exit`. */
const BARE = /(?!["'])[^\s()!=<>&|\\]+/y;
const BEFORE_NAMED = new RegExp(`\\s*(?:==|!=)\\s*${NAMED}(?![\\w.])`, 'y');

/** `library == libc.so.6`, in either order; undefined for what is a word or a number of its own. */
function bareText(text: string, at: number, before: readonly Token[]): Lexed | undefined {
  const bare = match(BARE, text, at);
  if (bare === undefined || isWhole(NUMBER, bare) || isWhole(WORD, bare) || FIELD.test(bare)) {
    return undefined;
  }
  const [field, operator] = before.slice(-2);
  const isBehind =
    field?.kind === 'name' &&
    IS_NAMED.test(field.text) &&
    operator?.kind === 'symbol' &&
    /^[=!]=$/.test(operator.text);
  if (!isBehind && match(BEFORE_NAMED, text, at + bare.length) === undefined) return undefined;
  return { token: { kind: 'text', value: bare, at }, end: at + bare.length };
}

function isWhole(pattern: RegExp, text: string): boolean {
  return match(pattern, text, 0) === text;
}

const SYMBOL = /&&|\|\||==|!=|=~|!~|<=|>=|[<>()!]/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
/** A dot: `py.line`. */
const NAME = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?/y;
const NUMBER = /-?(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?)/y;
const UNIT = /(?:ns|us|ms|s)\b/y;

function nextToken(text: string, at: number): Lexed {
  const first = text.charAt(at);
  if (first === '"' || first === "'") return quoted(text, at);
  const number = match(NUMBER, text, at);
  if (number !== undefined) return numeric(text, at, number);
  const name = match(NAME, text, at);
  if (name !== undefined) return { token: { kind: 'name', text: name, at }, end: at + name.length };
  const symbol = match(SYMBOL, text, at);
  if (symbol === undefined) {
    const hint = hintFor(first, text.slice(at + 1));
    throw new PatternError(`unexpected '${first}'${hint}`, at);
  }
  return { token: { kind: 'symbol', text: symbol, at }, end: at + symbol.length };
}

function hintFor(first: string, behind: string): string {
  if (first === '=') return ' (equality is ==)';
  if (first === '/' || first === '.') return ' (text stands in quotes)';
  // -ENOENT, as the kernel returns it.
  return first === '-' && /^E[A-Z0-9]{2}/.test(behind) ? ' (compare errno: errno == ENOENT)' : '';
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** A backslash takes the meaning from the character after it. */
function quoted(text: string, open: number): Lexed {
  let value = '';
  let at = open + 1;
  while (at < text.length && text[at] !== text[open]) {
    if (text[at] === '\\') {
      // Kept for what a pattern reads as special; see parse-where.
      value += text.slice(at, at + 2);
      at += 2;
    } else value += text.charAt(at++);
  }
  if (at >= text.length) throw new PatternError('text that does not end', open);
  return { token: { kind: 'text', value, at: open }, end: at + 1 };
}

const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

function numeric(text: string, at: number, written: string): Lexed {
  const end = at + written.length;
  const unit = match(UNIT, text, end);
  if (unit !== undefined) {
    const value = Number(written) * (NANOSECONDS[unit] ?? 1);
    return { token: { kind: 'number', value, hasUnit: true, at }, end: end + unit.length };
  }
  if (/[A-Za-z0-9_.]/.test(text.charAt(end))) {
    throw new PatternError(`unexpected '${text.charAt(end)}' in a number`, end);
  }
  return { token: { kind: 'number', value: exact(written, at), hasUnit: false, at }, end };
}

/** A number where that is exact, else a bigint; octal behind a leading 0, as in C. */
function exact(written: string, at: number): number | bigint {
  if (written.includes('.')) return Number(written);
  const negative = written.startsWith('-');
  let digits = negative ? written.slice(1) : written;
  if (/^0[0-9]/.test(digits)) {
    if (/[89]/.test(digits)) throw new PatternError('a digit that is not octal', at);
    digits = `0o${digits.slice(1)}`;
  }
  const value = negative ? -BigInt(digits) : BigInt(digits);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
