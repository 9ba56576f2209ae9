/** Cuts a chain of filter rules into its parts; knows where operators are operators and where text. */
import { endOfSet } from './glob.js';
import { PatternError } from './pattern-error.js';

/** A piece of the expression: `text.slice(start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Enclosed in slashes, which the span leaves out. */
  readonly form: 'glob' | 'regex';
}

export interface RuleSpans {
  readonly effect: 'mark' | 'unmark';
  readonly start: number;
  readonly end: number;
  /** Each undefined when it was left out. */
  readonly symbol: Span | undefined;
  readonly version: Span | undefined;
  readonly library: Span | undefined;
}

export interface ScannedChain {
  /** The chain begins with `-` or `!`: it takes away from everything. */
  readonly fromEverything: boolean;
  readonly rules: readonly RuleSpans[];
}

/** Throws PatternError at the place of the mistake. Linear in the length of `text`. */
export function scanChain(text: string): ScannedChain {
  const rules: RuleSpans[] = [];
  let at = 0;
  let effect: RuleSpans['effect'] = 'mark';
  const fromEverything = text.startsWith('-') || text.startsWith('!');
  if (fromEverything) effect = 'unmark';
  if (fromEverything || text.startsWith('+')) at = 1;
  while (at < text.length) {
    const rule = scanRule(text, at, effect);
    rules.push(rule);
    at = rule.end;
    if (at === text.length) break;
    effect = text[at] === '+' ? 'mark' : 'unmark';
    at++;
    // A `+` at the very end adds nothing; a `-` there would take everything away: surely a slip.
    if (at === text.length && effect === 'unmark') throw missingRule(text, at);
  }
  if (fromEverything && rules.length === 0) throw missingRule(text, at);
  return { fromEverything, rules };
}

function missingRule(text: string, at: number): PatternError {
  return new PatternError(`a rule is missing after '${text.charAt(at - 1)}'`, at);
}

function scanRule(text: string, start: number, effect: RuleSpans['effect']): RuleSpans {
  if (isOperator(text, start)) throw missingRule(text, start);
  const whole = scanRegexOfBothParts(text, start);
  if (whole !== undefined) return { effect, start, ...whole };
  let at = start;
  let symbol: Span | undefined;
  let version: Span | undefined;
  let library: Span | undefined;
  if (text[at] !== '@') {
    symbol = text[at] === '/' ? scanRegex(text, at, 'symbol name') : scanGlob(text, at);
    at = afterSpan(symbol);
  }
  if (text.startsWith('@@', at)) {
    version = scanGlob(text, at + 2);
    at = version.end;
    if (version.start === at) throw new PatternError("a version is missing after '@@'", at);
  }
  if (text[at] === '@') {
    library = scanLibrary(text, at + 1);
    at = afterSpan(library);
  }
  if (at < text.length && !isOperator(text, at)) {
    throw new PatternError(`unexpected '${text.charAt(at)}'`, at);
  }
  return {
    effect,
    start,
    end: at,
    symbol,
    version,
    library: isEmpty(library) ? undefined : library,
  };
}

function isEmpty(span: Span | undefined): boolean {
  return span !== undefined && span.start === span.end;
}

function afterSpan(span: Span): number {
  return span.form === 'regex' ? span.end + 1 : span.end;
}

function isOperator(text: string, at: number): boolean {
  return text[at] === '+' || text[at] === '-';
}

/** `/symbol@library/` is short for `/symbol/@/library/`. */
function scanRegexOfBothParts(
  text: string,
  start: number,
): Pick<RuleSpans, 'symbol' | 'version' | 'library' | 'end'> | undefined {
  if (text[start] !== '/') return undefined;
  const close = endOfRegex(text, start);
  if (close === undefined) return undefined;
  const split = findAt(text, start + 1, close);
  if (split === undefined) return undefined;
  return {
    symbol: { start: start + 1, end: split, form: 'regex' },
    version: undefined,
    library: { start: split + 1, end: close, form: 'regex' },
    end: close + 1,
  };
}

function findAt(text: string, start: number, end: number): number | undefined {
  for (let at = start; at < end; at = nextInRegex(text, at)) {
    if (text[at] === '@') return at;
  }
  return undefined;
}

function scanRegex(text: string, open: number, what: string): Span {
  const close = endOfRegex(text, open);
  if (close === undefined) throw new PatternError(`unmatched '/' in ${what}`, open);
  return { start: open + 1, end: close, form: 'regex' };
}

/** Index of the slash that closes the one at `open`. */
function endOfRegex(text: string, open: number): number | undefined {
  let at = open + 1;
  while (at < text.length && text[at] !== '/') at = nextInRegex(text, at);
  return at < text.length ? at : undefined;
}

/** Steps over an escaped character or a `[set]`; one that does not end is told of by its parser. */
function nextInRegex(text: string, at: number): number {
  if (text[at] === '\\') return at + 2;
  if (text[at] !== '[') return at + 1;
  const first = text[at + 1] === '^' ? at + 2 : at + 1;
  const close = text.indexOf(']', first + 1);
  return close === -1 ? text.length : close + 1;
}

function scanGlob(text: string, start: number): Span {
  let at = start;
  while (at < text.length && text[at] !== '@' && !isOperator(text, at)) at = nextInGlob(text, at);
  return { start, end: Math.min(at, text.length), form: 'glob' };
}

function nextInGlob(text: string, at: number): number {
  if (text[at] === '\\') return at + 2;
  return text[at] === '[' ? endOfSet(text, at) : at + 1;
}

/**
 * The names of libraries are full of `-` and `+`: `ld-linux-x86-64.so.2`, `/usr/lib/x86_64-linux-gnu/…`.
 * One that a `/` or `.so` follows before the next `@` belongs to the name, since no symbol has those.
 */
function scanLibrary(text: string, start: number): Span {
  if (text[start] === '/') {
    const close = endOfRegex(text, start);
    if (close !== undefined && (close + 1 === text.length || isOperator(text, close + 1))) {
      return { start: start + 1, end: close, form: 'regex' };
    }
  }
  const nameGoesOnUntil = lastSignOfLibrary(text, start);
  let at = start;
  while (at < text.length && text[at] !== '@') {
    if (isOperator(text, at) && (at >= nameGoesOnUntil || text[at + 1] === '/')) break;
    at = nextInGlob(text, at);
  }
  return { start, end: Math.min(at, text.length), form: 'glob' };
}

/** Index of the last `/` or `.so` before the next `@`; `start` when there is none. */
function lastSignOfLibrary(text: string, start: number): number {
  const next = text.indexOf('@', start);
  const rest = text.slice(start, next === -1 ? text.length : next);
  if (/^MAIN(?:[-+]|$)/.test(rest)) return start;
  let last = 0;
  for (const sign of rest.matchAll(/\/|\.so(?![A-Za-z_])/g)) last = sign.index;
  return start + last;
}
