/** The expressions of -e, -x and -l as text, see docs/filters.md. */
import { ChainExpression, compileRule, type RuleParts } from './filter-expression.js';
import type { LibraryPart, PathResolver } from './library-part.js';
import type { NamePattern } from './name-pattern.js';
import { globPattern, regexPattern } from './name-pattern.js';
import { PatternError, withMarkedErrors } from './pattern-error.js';
import type { RuleSpans, Span } from './rule-scanner.js';
import { scanChain } from './rule-scanner.js';
import type { FilterExpression } from './symbol-filter.js';
import { parseSymbol, type SymbolOptions } from './parse-symbol.js';
import { anyOfNames, plainNames, type SymbolPart } from './symbol-part.js';

export interface ParseOptions extends SymbolOptions {
  /** Follows symbolic links, for `@/path/of/a/library`; without it paths are compared as written. */
  readonly paths?: PathResolver;
}

/** `-e`: a library part alone is the caller. Throws UserError ('usage') with the place marked. */
export function parseCallFilter(
  text: string,
  options: ParseOptions = {},
  option = '-e',
): FilterExpression {
  return parseChain({ option, alone: 'caller' }, text, options);
}

/** `-x`: a library part alone holds the function; a symbol may be an address (`0x1234@lib`). */
export function parseFunctionFilter(text: string, options: ParseOptions = {}): FilterExpression {
  return parseChain({ option: '-x', alone: 'callee' }, text, options);
}

const ANY = { kind: 'any' } as const;

/** `-l`: the whole text is one library pattern, without operators. */
export function parseLibraryFilter(text: string, options: ParseOptions = {}): FilterExpression {
  return withMarkedErrors('-l', text, () => {
    if (text === '') throw new PatternError('a pattern for the name of a library is missing', 0);
    if (/^%\w+$/.test(text)) {
      throw new PatternError('a set names functions, not libraries: use -e', 0);
    }
    const isRegex = text.length > 1 && text.startsWith('/') && text.endsWith('/');
    const span: Span = isRegex
      ? { start: 1, end: text.length - 1, form: 'regex' }
      : { start: 0, end: text.length, form: 'glob' };
    const callee = libraryPart(text, span, options);
    const rule = compileRule({ text, effect: 'mark', symbol: ANY, caller: ANY, callee });
    return new ChainExpression(text, [rule], 'nothing');
  });
}

/**
 * Functions of exactly these names, in whatever module, as one rule.
 *
 * @param text what the rule is called in messages
 */
export function functionsNamed(text: string, names: readonly string[]): FilterExpression {
  return new ChainExpression(text, [ruleForNames(text, names)], 'nothing');
}

/**
 * The same where other modules call them than those that `notFrom`, a glob each, name.
 *
 * @param text what the rules are called in messages
 */
export function callsNamed(
  text: string,
  names: readonly string[],
  notFrom: readonly string[],
): FilterExpression {
  const others = notFrom.map((glob) => {
    const caller = { kind: 'name', pattern: globPattern(glob, 0) } as const;
    return compileRule({ text, effect: 'unmark', symbol: ANY, caller, callee: ANY });
  });
  return new BetweenModules(text, [ruleForNames(text, names), ...others], 'nothing');
}

class BetweenModules extends ChainExpression {
  readonly betweenModulesAlone = true;
}

function ruleForNames(text: string, names: readonly string[]) {
  const patterns = names.map((name) => plainNames(globPattern(name, 0)));
  const symbol: SymbolPart = {
    kind: 'names',
    names: anyOfNames(patterns),
    shownFor: new Set(),
  };
  return {
    ...compileRule({ text, effect: 'mark', symbol, caller: ANY, callee: ANY }),
    isOurs: true as const,
  };
}

interface ChainKind {
  /** For messages. */
  readonly option: string;
  /** What `@library` without an arrow names. */
  readonly alone: 'caller' | 'callee';
}

function parseChain(kind: ChainKind, text: string, options: ParseOptions): FilterExpression {
  return withMarkedErrors(kind.option, text, () => {
    const { fromEverything, rules } = scanChain(text);
    const compiled = rules.map((spans) => {
      const symbol = parseSymbol(text, spans, options);
      if (symbol.kind === 'address' && kind.alone === 'caller') {
        throw new PatternError('an address needs -x', spans.start);
      }
      return compileRule({
        text: text.slice(spans.start, spans.end),
        effect: spans.effect,
        symbol,
        ...librariesOf(spans, symbol, kind, (span) => libraryPart(text, span, options)),
      });
    });
    return new ChainExpression(text, compiled, fromEverything ? 'everything' : 'nothing');
  });
}

function librariesOf(
  { library, arrow }: RuleSpans,
  symbol: SymbolPart,
  { alone }: ChainKind,
  part: (span: Span | undefined) => LibraryPart,
): Pick<RuleParts, 'caller' | 'callee'> {
  const caller = part(arrow?.caller ?? (alone === 'caller' ? library : undefined));
  const calleeSpan = arrow?.callee ?? (alone === 'callee' ? library : undefined);
  // An address means something in one file only; without a name that is the program.
  const isOfProgram = symbol.kind === 'address' && calleeSpan === undefined;
  return { caller, callee: isOfProgram ? { kind: 'main-program' } : part(calleeSpan) };
}

function libraryPart(text: string, span: Span | undefined, options: ParseOptions): LibraryPart {
  if (span === undefined) return ANY;
  const written = text.slice(span.start, span.end);
  if (span.form === 'glob' && written === 'MAIN') return { kind: 'main-program' };
  if (span.form === 'glob' && MEMORY.test(written)) {
    return { kind: 'memory', pattern: globPattern(written.replace(/^\[/, '\\['), span.start) };
  }
  const pattern = spanPattern(text, span);
  if (span.form === 'glob' && pattern.fitsAll) return ANY;
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
