/** Cuts a chain of filter rules into its parts; knows where operators are operators and where text. */
import { endOfSet, isEmptyBrackets } from './glob.js';
import { ARROW, LeadingCallers } from './leading-callers.js';
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
  /** Behind `@`, on neither side of an arrow. */
  readonly library: Span | undefined;
  /** `symbol@caller->callee`, `caller->symbol@callee`. */
  readonly arrow: ArrowSpans | undefined;
}

export interface ArrowSpans {
  readonly caller: Span | undefined;
  readonly callee: Span | undefined;
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
  const callers = new LeadingCallers(text);
  const fromEverything = /^(?:!|-(?!>))/.test(text);
  if (fromEverything) effect = 'unmark';
  if (fromEverything || text.startsWith('+')) at = 1;
  while (at < text.length) {
    const rule = scanRule(text, { start: at, effect, callers });
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

function scanRule(
  text: string,
  rule: Pick<RuleStart, 'start' | 'effect'> & { readonly callers: LeadingCallers },
): RuleSpans {
  const { start, effect, callers } = rule;
  const callerEnd = callers.endAt(start);
  if (callerEnd === undefined) {
    if (isOperator(text, start)) throw missingRule(text, start);
    return scanFromSymbol(text, { start, at: start, effect, caller: undefined });
  }
  refusePlace(text, start, callerEnd);
  const caller = callerEnd === start ? 'any' : spanOf(text, start, callerEnd);
  return scanFromSymbol(text, { start, at: callerEnd + ARROW.length, effect, caller });
}

/** `ls+0x1248->malloc`: the `+` would join a rule for `ls` with one for the calls of a module called `0x1248`. */
function refusePlace(text: string, start: number, callerEnd: number): void {
  const place = text.slice(start, callerEnd);
  if (start < 2 || text[start - 1] !== '+' || !/^0x[0-9a-f]+$/i.test(place)) return;
  throw new PatternError(
    `a rule names a module, not a place in it: leave out '+${place}'`,
    start - 1,
  );
}

interface RuleStart {
  readonly start: number;
  /** Where the symbol begins. */
  readonly at: number;
  readonly effect: RuleSpans['effect'];
  /** That of `caller->symbol`; undefined for a rule without. */
  readonly caller: Span | 'any' | undefined;
}

function scanFromSymbol(text: string, { start, at: from, effect, caller }: RuleStart): RuleSpans {
  const whole = caller === undefined ? scanRegexOfBothParts(text, from) : undefined;
  if (whole !== undefined) return { effect, start, ...whole, arrow: undefined };
  let at = from;
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
  const callee = caller === undefined ? scanCallee(text, at) : undefined;
  if (callee !== undefined) at = afterSpan(callee);
  if (at < text.length && !isOperator(text, at)) {
    throw new PatternError(`unexpected '${text.charAt(at)}'`, at);
  }
  const spans = { effect, start, end: at, symbol: orAny(symbol), version };
  return { ...spans, ...librarySpans(caller, orAny(library), callee) };
}

/** `@library` is the callee behind `caller->symbol`, the caller before `->callee`, and otherwise stands alone. */
function librarySpans(
  leading: RuleStart['caller'],
  library: Span | undefined,
  callee: Span | undefined,
): Pick<RuleSpans, 'library' | 'arrow'> {
  if (leading !== undefined) {
    const caller = leading === 'any' ? undefined : leading;
    return { library: undefined, arrow: { caller, callee: library } };
  }
  return callee === undefined
    ? { library, arrow: undefined }
    : { library: undefined, arrow: { caller: library, callee } };
}

/** The library behind `->`. */
function scanCallee(text: string, at: number): Span | undefined {
  if (!text.startsWith(ARROW, at)) return undefined;
  const callee = scanLibrary(text, at + ARROW.length);
  if (orAny(callee) === undefined) {
    throw new PatternError("a library is missing after '->'", at + ARROW.length);
  }
  return callee;
}

function spanOf(text: string, start: number, end: number): Span {
  return text[start] === '/' && text[end - 1] === '/' && end - start > 1
    ? { start: start + 1, end: end - 1, form: 'regex' }
    : { start, end, form: 'glob' };
}

function orAny(span: Span | undefined): Span | undefined {
  return span !== undefined && span.start === span.end ? undefined : span;
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
  while (at < text.length && text[at] !== '@') {
    const name = isOperator(text, at) ? partOfName(text, start, at) : 0;
    if (name === 0 && isOperator(text, at)) break;
    at = name > 0 ? at + name : nextInGlob(text, at);
  }
  return { start, end: Math.min(at, text.length), form: 'glob' };
}

/**
 * Length of a `+`, `-` or `->` that is part of a readable name, such as `ns::A::operator+(A)` and `ns::f<-1>()`; 0
 * when it is none.
 */
function partOfName(text: string, start: number, at: number): number {
  if (at > start && '<( '.includes(text.charAt(at - 1))) return 1;
  const before = text.slice(Math.max(start, at - CPP_OPERATOR_WORD.length), at);
  if (!/(?:^|::)operator$/.test(before)) return 0;
  CPP_OPERATOR.lastIndex = at;
  return CPP_OPERATOR.exec(text)?.[0].length ?? 0;
}

const CPP_OPERATOR_WORD = '::operator';
/** Nothing but parameters may follow; then `x::operator-y` is still a chain. */
const CPP_OPERATOR = /(?:->\*?|--|-=|-|\+\+|\+=|\+)(?=[(<]|$)/y;

function nextInGlob(text: string, at: number): number {
  if (text[at] === '\\' || isEmptyBrackets(text, at)) return at + 2;
  return text[at] === '[' ? endOfSet(text, at) : at + 1;
}

/**
 * The names of libraries are full of `-` and `+`: `ld-linux-x86-64.so.2`, `/usr/lib/x86_64-linux-gnu/…`.
 * One that a `/` or `.so` follows before the next `@` belongs to the name, since no symbol has those.
 */
function scanLibrary(text: string, start: number): Span {
  if (text[start] === '/') {
    const close = endOfRegex(text, start);
    const isWhole =
      close !== undefined && (close + 1 === text.length || isOperator(text, close + 1));
    if (close !== undefined && isWhole) {
      return { start: start + 1, end: close, form: 'regex' };
    }
  }
  const nameGoesOnUntil = lastSignOfLibrary(text, start);
  let at = start;
  while (at < text.length && text[at] !== '@' && !text.startsWith(ARROW, at)) {
    if (isOperator(text, at) && (at >= nameGoesOnUntil || text[at + 1] === '/')) break;
    at = nextInGlob(text, at);
  }
  return { start, end: Math.min(at, text.length), form: 'glob' };
}

/**
 * Index of the arrow behind the library, or of the last `/` or `.so` in it; `start` when there is none. Before an
 * arrow all hyphens belong to the name.
 */
function lastSignOfLibrary(text: string, start: number): number {
  const next = text.indexOf('@', start);
  const rest = text.slice(start, next === -1 ? text.length : next);
  if (/^MAIN(?:[-+]|$)/.test(rest)) return start;
  const arrow = rest.indexOf(ARROW);
  const beforeArrow = arrow === -1 ? rest : rest.slice(0, arrow);
  if (arrow !== -1 && !/\+(?![-+.])/.test(beforeArrow)) return start + arrow;
  let last = 0;
  for (const sign of beforeArrow.matchAll(/\/|\.so(?![A-Za-z_])/g)) last = sign.index;
  return start + last;
}
