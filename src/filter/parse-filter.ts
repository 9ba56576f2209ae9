/** The expressions of -e, -x and -l as text, see docs/filters.md. */
import type { Demangler, LibraryPart, PathResolver, SymbolPart } from './filter-expression.js';
import { ChainExpression, compileRule } from './filter-expression.js';
import type { NamePattern } from './name-pattern.js';
import { globPattern, regexPattern } from './name-pattern.js';
import { PatternError, withMarkedErrors } from './pattern-error.js';
import type { RuleSpans, Span } from './rule-scanner.js';
import { scanChain } from './rule-scanner.js';
import type { FilterExpression } from './symbol-filter.js';

export interface ParseOptions {
  /** Follows symbolic links, for `@/path/of/a/library`; without it paths are compared as written. */
  readonly paths?: PathResolver;
  /** C++ and Rust names in readable form; without it they are compared as written. */
  readonly demangle?: Demangler;
}

/** `-e`: the library part is the caller. Throws UserError ('usage') with the place marked. */
export function parseCallFilter(text: string, options: ParseOptions = {}): FilterExpression {
  return parseChain('-e', text, options);
}

/** `-x`: the library part holds the function; a symbol may be an address (`0x1234@lib`). */
export function parseFunctionFilter(text: string, options: ParseOptions = {}): FilterExpression {
  return parseChain('-x', text, options);
}

/** `-l`: the whole text is one library pattern, without operators. */
export function parseLibraryFilter(text: string, options: ParseOptions = {}): FilterExpression {
  return withMarkedErrors('-l', text, () => {
    const isRegex = text.length > 1 && text.startsWith('/') && text.endsWith('/');
    const span: Span = isRegex
      ? { start: 1, end: text.length - 1, form: 'regex' }
      : { start: 0, end: text.length, form: 'glob' };
    const library = libraryPart(text, text === '' ? undefined : span, options);
    const rule = compileRule({ text, effect: 'mark', symbol: { kind: 'any' }, library });
    return new ChainExpression(text, [rule], 'nothing');
  });
}

function parseChain(option: '-e' | '-x', text: string, options: ParseOptions): FilterExpression {
  return withMarkedErrors(option, text, () => {
    const { fromEverything, rules } = scanChain(text);
    const compiled = rules.map((spans) => {
      const symbol = symbolPart(text, spans, option, options);
      // An address means something in one file only; without a name that is the program.
      const library: LibraryPart =
        symbol.kind === 'address' && spans.library === undefined
          ? { kind: 'main-program' }
          : libraryPart(text, spans.library, options);
      return compileRule({
        text: text.slice(spans.start, spans.end),
        effect: spans.effect,
        symbol,
        library,
      });
    });
    return new ChainExpression(text, compiled, fromEverything ? 'everything' : 'nothing');
  });
}

function symbolPart(
  text: string,
  spans: RuleSpans,
  option: '-e' | '-x',
  options: ParseOptions,
): SymbolPart {
  const { symbol, version } = spans;
  const versionPattern = version === undefined ? undefined : spanPattern(text, version);
  if (symbol === undefined) {
    if (versionPattern === undefined) return { kind: 'any' };
    return { kind: 'name', pattern: globPattern('*', spans.start), version: versionPattern };
  }
  const written = text.slice(symbol.start, symbol.end);
  if (symbol.form === 'glob' && /^0x[0-9a-f]+$/i.test(written)) {
    return addressPart(written, spans, option);
  }
  const pattern = spanPattern(text, symbol);
  if (versionPattern === undefined && pattern.fitsAll) return { kind: 'any' };
  const versioned = versionPattern === undefined ? {} : { version: versionPattern };
  const demangle = options.demangle ?? (() => undefined);
  return isReadableForm(written, symbol.form)
    ? { kind: 'demangled', pattern, demangle, ...versioned }
    : { kind: 'name', pattern, ...versioned };
}

function addressPart(written: string, spans: RuleSpans, option: '-e' | '-x'): SymbolPart {
  const address = Number(written);
  if (option === '-e') throw new PatternError('an address needs -x', spans.start);
  if (spans.version !== undefined) {
    throw new PatternError('an address has no version', spans.version.start);
  }
  if (!Number.isSafeInteger(address)) throw new PatternError('address too large', spans.start);
  return { kind: 'address', address };
}

/** No mangled name holds these; who writes them thinks of the demangled one. */
function isReadableForm(pattern: string, form: Span['form']): boolean {
  const text = form === 'regex' ? pattern.replaceAll('\\(', '') : pattern;
  return /::|[(<~ ]/.test(text);
}

function libraryPart(text: string, span: Span | undefined, options: ParseOptions): LibraryPart {
  if (span === undefined) return { kind: 'any' };
  const written = text.slice(span.start, span.end);
  if (span.form === 'glob' && written === 'MAIN') return { kind: 'main-program' };
  if (span.form === 'glob' && MEMORY.test(written)) {
    return { kind: 'memory', pattern: globPattern(written.replace(/^\[/, '\\['), span.start) };
  }
  const pattern = spanPattern(text, span);
  if (span.form === 'glob' && pattern.fitsAll) return { kind: 'any' };
  if (span.form === 'regex' || !/^\^?\//.test(written)) return { kind: 'name', pattern };
  const paths = options.paths ?? ((path: string) => path);
  // `/lib/libc.so.6` and `/usr/lib/libc.so.6` are often one file: compare what links lead to.
  return pattern.literal === undefined
    ? { kind: 'path', pattern, paths }
    : { kind: 'path', pattern: eitherPath(pattern, paths(pattern.literal)), paths };
}

/**
 * What proc_pid_maps(5) calls memory that is no file on a disk, and no set of letters here; the names that programs give
 * to theirs may be patterns.
 */
const MEMORY = /^(?:\[(?:heap|stack|vdso|vsyscall|anon(?:_shmem)?(?::.*)?)\]|memfd:.*)$/;

function eitherPath(pattern: NamePattern, resolved: string): NamePattern {
  return { ...pattern, matches: (path) => path === pattern.literal || path === resolved };
}

function spanPattern(text: string, span: Span): NamePattern {
  const written = text.slice(span.start, span.end);
  return span.form === 'regex'
    ? regexPattern(written, span.start)
    : globPattern(written, span.start);
}
