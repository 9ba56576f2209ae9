/** The symbol part of a rule as text. */
import { globPattern, regexPattern, type NamePattern } from './name-pattern.js';
import { PatternError } from './pattern-error.js';
import { isReadableForm, refuseSeparators } from './separators.js';
import type { RuleSpans, Span } from './rule-scanner.js';
import type { FunctionSet, FunctionSets } from './sets/function-sets.js';
import { unknownSet } from './sets/parse-sets.js';
import {
  anyOfNames,
  plainNames,
  readableNames,
  type Demangler,
  type NameTest,
  type SymbolPart,
} from './symbol-part.js';

export interface SymbolOptions {
  /** C++ and Rust names in readable form; without it they are compared as written. */
  readonly demangle?: Demangler;
  /** Names that the trace shows in place of that of the function: by function. Asked when a rule names any. */
  readonly shownNames?: () => ReadonlyMap<string, readonly string[]>;
  /** What `%name` means. Asked when a rule has one. */
  readonly sets?: () => FunctionSets;
}

type SymbolSpans = Pick<RuleSpans, 'symbol' | 'version' | 'start'>;

/** Throws PatternError. */
export function parseSymbol(text: string, spans: SymbolSpans, options: SymbolOptions): SymbolPart {
  const { symbol, version } = spans;
  const versioned = version === undefined ? {} : { version: spanPattern(text, version) };
  if (symbol === undefined) {
    if (version === undefined) return { kind: 'any' };
    const names = plainNames(globPattern('*', spans.start));
    return { kind: 'names', names, ...versioned, shownFor: NOBODY };
  }
  const written = text.slice(symbol.start, symbol.end);
  if (symbol.form === 'glob' && /^0x[0-9a-f]+$/i.test(written)) return addressPart(written, spans);
  // No name begins with a digit.
  if (symbol.form === 'glob' && /^0x/i.test(written)) {
    throw new PatternError(`'${written}' is no address: 0x and hexadecimal digits`, symbol.start);
  }
  if (symbol.form === 'glob' && written.startsWith('%')) {
    const names = namesOfSet(setNamed(written, symbol.start, options), options);
    return { kind: 'names', names, ...versioned, shownFor: shownFor(names, options) };
  }
  const pattern = spanPattern(text, symbol);
  if (version === undefined && pattern.fitsAll) return { kind: 'any' };
  if (symbol.form === 'glob') refuseSeparators(written, symbol.start);
  const names = namesOf(pattern, written, symbol.form, options);
  const { shownNames } = options;
  return {
    kind: 'names',
    names,
    ...versioned,
    shownFor: shownFor(names, options),
    ...(shownNames !== undefined && { shownNames }),
  };
}

const NOBODY: ReadonlySet<string> = new Set();

function addressPart(written: string, { start, version }: SymbolSpans): SymbolPart {
  const address = Number(written);
  if (version !== undefined) throw new PatternError('an address has no version', version.start);
  if (!Number.isSafeInteger(address)) throw new PatternError('address too large', start);
  return { kind: 'address', address };
}

function setNamed(written: string, start: number, { sets }: SymbolOptions): FunctionSet {
  const known: FunctionSets = sets?.() ?? new Map();
  const name = written.slice(1);
  const set = known.get(name);
  if (set === undefined) throw new PatternError(unknownSet(name, known), start);
  return set;
}

function namesOfSet({ members }: FunctionSet, options: SymbolOptions): NameTest {
  return anyOfNames(
    members.map(({ pattern, form }) => {
      const compiled = form === 'regex' ? regexPattern(pattern, 0) : globPattern(pattern, 0);
      return namesOf(compiled, pattern, form, options);
    }),
  );
}

function namesOf(
  pattern: NamePattern,
  written: string,
  form: Span['form'],
  { demangle = () => undefined }: SymbolOptions,
): NameTest {
  if (!isReadableForm(written, form)) return plainNames(pattern);
  return readableNames(pattern, written, demangle, form === 'glob' ? needleOf(written) : '');
}

/**
 * The longest name of a scope in a pattern: mangled names spell them out, where they are met first. Not those that
 * the Itanium C++ ABI abbreviates (5.1.4, "Compression").
 */
function needleOf(pattern: string): string {
  let longest = '';
  for (const [, name = ''] of pattern.matchAll(/(?<![\w\\*?\]])([A-Za-z_]\w*)::/g)) {
    if (name.length > longest.length && !ABBREVIATED.test(name)) longest = name;
  }
  return longest;
}

const ABBREVIATED = /^(?:std|allocator|char_traits|(?:basic_)?(?:string|[io]stream|iostream))$/;

function shownFor(names: NameTest, { shownNames }: SymbolOptions): ReadonlySet<string> {
  if (shownNames === undefined) return NOBODY;
  const functions = new Set<string>();
  for (const [name, shown] of shownNames()) {
    if (shown.some((one) => names.matches(one))) functions.add(name);
  }
  return functions;
}

function spanPattern(text: string, span: Span): NamePattern {
  const written = text.slice(span.start, span.end);
  return span.form === 'regex'
    ? regexPattern(written, span.start)
    : globPattern(written, span.start);
}
