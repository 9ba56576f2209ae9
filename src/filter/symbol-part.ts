/** The part of a rule that says which functions: `malloc`, `SSL_*`, `ns::f`, `%tls`, `0x1234`. */
import { withoutParameters } from './demangled-name.js';
import type { NamePattern } from './name-pattern.js';
import type { FilteredCall, SymbolIdentity, Verdict } from './symbol-filter.js';

export type SymbolPart =
  { readonly kind: 'any' } | NamePart | { readonly kind: 'address'; readonly address: number };

export interface NamePart {
  readonly kind: 'names';
  /** Any of them may fit. */
  readonly names: NameTest;
  readonly version?: NamePattern;
  /** Functions that are called something else, and shown under a name that fits. */
  readonly shownFor: ReadonlySet<string>;
  /** All of them, by function. */
  readonly shownNames?: () => ReadonlyMap<string, readonly string[]>;
}

/** What can be asked of names, of one pattern or of many. */
export interface NameTest {
  readonly literal: string | undefined;
  /** What every name begins with that it fits; undefined when nothing is known. */
  readonly prefixes: readonly string[] | undefined;
  /** Is the readable form of every C++ and Rust name read? */
  readonly readsNames: boolean;
  matches(name: string): boolean;
}

/** The readable form of a C++ or Rust name; undefined for others. */
export type Demangler = (name: string) => string | undefined;

export function plainNames(pattern: NamePattern): NameTest {
  const { literal } = pattern;
  return {
    literal,
    prefixes: prefixesOf([pattern.prefix]),
    readsNames: false,
    matches: (name) => pattern.matches(name),
  };
}

/**
 * Also compared with readable forms.
 *
 * @param written the pattern as it was written: a name that the trace showed may hold what patterns read otherwise,
 *   `f[abi:cxx11](int)`
 * @param needle a text that the mangled name of everything that fits must hold; reading the form of others is spared
 */
export function readableNames(
  pattern: NamePattern,
  written: string,
  demangle: Demangler,
  needle: string,
): NameTest {
  const fits = (name: string): boolean => pattern.matches(name) || name === written;
  return {
    literal: pattern.literal,
    prefixes: undefined,
    readsNames: needle === '',
    matches: (name) => {
      if (fits(name)) return true;
      if (!name.includes(needle)) return false;
      const readable = demangle(name);
      // With or without the list of parameters: people write `ns::f` for `ns::f(int)`.
      return readable !== undefined && (fits(readable) || fits(withoutParameters(readable)));
    },
  };
}

/** Many at once: exact names are looked up, however many there are. */
export function anyOfNames(tests: readonly NameTest[]): NameTest {
  const isExact = ({ literal, prefixes }: NameTest): boolean =>
    literal !== undefined && prefixes !== undefined;
  const exact = new Set(tests.filter(isExact).flatMap(({ literal }) => literal ?? []));
  const others = tests.filter((test) => !isExact(test));
  const prefixes = tests.flatMap((test) => test.prefixes ?? ['']);
  return {
    literal: undefined,
    prefixes: prefixesOf(prefixes),
    readsNames: others.some(({ readsNames }) => readsNames),
    matches: (name) => exact.has(name) || others.some((test) => test.matches(name)),
  };
}

/** With more of them each table would be searched for too many texts. */
const MOST_PREFIXES = 48;
const SHORT_PREFIX = 3;

function prefixesOf(prefixes: readonly string[]): readonly string[] | undefined {
  // Tables hold bytes: only in ASCII the same prefix is certainly the same text.
  const ascii = prefixes.map((prefix) => /^[\x20-\x7e]*/.exec(prefix)?.[0] ?? '');
  if (ascii.includes('')) return undefined;
  const all = [...new Set(ascii)];
  if (all.length <= MOST_PREFIXES) return all;
  return [...new Set(all.map((prefix) => prefix.slice(0, SHORT_PREFIX)))];
}

export function fitsName(part: SymbolPart, symbol: SymbolIdentity): boolean {
  return fitsSymbol(part, { symbol }) !== 'no';
}

export function fitsSymbol(part: SymbolPart, { symbol, shownAs }: FilteredCall): Verdict {
  if (part.kind === 'any') return 'yes';
  if (part.kind === 'address') return symbol.name === hex(part.address) ? 'yes' : 'no';
  if (part.version?.matches(symbol.version ?? '') === false) return 'no';
  if (part.names.matches(symbol.name)) return 'yes';
  if (shownAs === undefined) return part.shownFor.has(symbol.name) ? 'open' : 'no';
  return shownAs !== symbol.name && part.names.matches(shownAs) ? 'yes' : 'no';
}

/** As the trace shows a function that was asked for by its address. */
const hex = (address: number): string => `0x${address.toString(16)}`;

/** What every symbol begins with that can fit; undefined when nothing is known. */
export function namePrefixes(part: SymbolPart): readonly string[] | undefined {
  if (part.kind === 'address') return [];
  if (part.kind === 'any' || part.names.prefixes === undefined) return undefined;
  return [...part.names.prefixes, ...part.shownFor];
}
