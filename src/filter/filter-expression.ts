/** One -e, -x or -l option, compiled: what it says about a symbol in a module. */
import { withoutParameters } from './demangled-name.js';
import type { NamePattern } from './name-pattern.js';
import type {
  FilterExpression,
  FilterRule,
  ModuleIdentity,
  OutsideFit,
  SymbolIdentity,
} from './symbol-filter.js';

export type SymbolPart =
  | { readonly kind: 'any' }
  | { readonly kind: 'name'; readonly pattern: NamePattern; readonly version?: NamePattern }
  /** Also compared with C++ and Rust names in readable form. */
  | {
      readonly kind: 'demangled';
      readonly pattern: NamePattern;
      readonly version?: NamePattern;
      readonly demangle: Demangler;
    }
  | { readonly kind: 'address'; readonly address: number };

export type LibraryPart =
  | { readonly kind: 'any' }
  | { readonly kind: 'main-program' }
  | { readonly kind: 'name'; readonly pattern: NamePattern }
  | { readonly kind: 'memory'; readonly pattern: NamePattern }
  | { readonly kind: 'path'; readonly pattern: NamePattern; readonly paths: PathResolver };

/** The readable form of a C++ or Rust name; undefined for others. */
export type Demangler = (name: string) => string | undefined;

/** The path behind symbolic links, or the path itself where it leads nowhere. */
export type PathResolver = (path: string) => string;

export interface CompiledRule extends FilterRule {
  readonly symbol: SymbolPart;
  readonly library: LibraryPart;
}

export interface RuleParts {
  readonly text: string;
  readonly effect: FilterRule['effect'];
  readonly symbol: SymbolPart;
  readonly library: LibraryPart;
}

export function compileRule(parts: RuleParts): CompiledRule {
  const { symbol, library } = parts;
  return {
    ...parts,
    ...(symbol.kind === 'address' ? { address: symbol.address } : {}),
    outside: outsideFit(library),
    fits: (candidate, module) => fitsSymbol(symbol, candidate) && fitsModule(library, module),
    fitsName: (candidate) => fitsSymbol(symbol, candidate),
    fitsModule: (module) => fitsModule(library, module),
  };
}

export class ChainExpression implements FilterExpression {
  readonly literalNames: readonly string[] | undefined;
  readonly namePrefixes: readonly string[] | undefined;

  constructor(
    readonly text: string,
    readonly rules: readonly CompiledRule[],
    /** What the first rule starts from. */
    private readonly start: 'nothing' | 'everything',
  ) {
    this.literalNames = start === 'everything' ? undefined : literalNames(rules);
    this.namePrefixes = start === 'everything' ? undefined : namePrefixes(rules);
  }

  matches(symbol: SymbolIdentity, module: ModuleIdentity): boolean {
    // The last rule that fits decides, so the search begins there.
    for (let i = this.rules.length - 1; i >= 0; i--) {
      const rule = this.rules[i];
      if (rule?.fits(symbol, module) === true) return rule.effect === 'mark';
    }
    return this.start === 'everything';
  }

  canMatchModule(module: ModuleIdentity): boolean {
    let can = this.start === 'everything';
    for (const rule of this.rules) {
      if (!fitsModule(rule.library, module)) continue;
      if (rule.effect === 'mark') can = true;
      else if (rule.symbol.kind === 'any') can = false;
    }
    return can;
  }

  matchesOutside(symbol: SymbolIdentity): Exclude<OutsideFit, 'never'> | undefined {
    for (let i = this.rules.length - 1; i >= 0; i--) {
      const rule = this.rules[i];
      if (rule === undefined || rule.outside === 'never' || !rule.fitsName(symbol)) continue;
      if (rule.effect === 'mark') return rule.outside;
      // What takes away some memory leaves other.
      if (rule.outside === 'any') return undefined;
    }
    return this.start === 'everything' ? 'any' : undefined;
  }

  addressesIn(module: ModuleIdentity): readonly number[] {
    const addresses = new Set<number>();
    for (const { symbol, library, effect } of this.rules) {
      if (!fitsModule(library, module)) continue;
      if (symbol.kind === 'any' && effect === 'unmark') addresses.clear();
      if (symbol.kind !== 'address') continue;
      if (effect === 'mark') addresses.add(symbol.address);
      else addresses.delete(symbol.address);
    }
    return [...addresses];
  }
}

function literalNames(rules: readonly CompiledRule[]): readonly string[] | undefined {
  const names = new Set<string>();
  for (const { effect, symbol } of rules) {
    if (effect === 'unmark' || symbol.kind === 'address') continue;
    if (symbol.kind !== 'name' || symbol.pattern.literal === undefined) return undefined;
    names.add(symbol.pattern.literal);
  }
  return [...names];
}

function namePrefixes(rules: readonly CompiledRule[]): readonly string[] | undefined {
  const prefixes = new Set<string>();
  for (const { effect, symbol } of rules) {
    if (effect === 'unmark' || symbol.kind === 'address') continue;
    if (symbol.kind !== 'name') return undefined;
    // Tables hold bytes: only in ASCII the same prefix is certainly the same text.
    const prefix = /^[\x20-\x7e]*/.exec(symbol.pattern.prefix)?.[0] ?? '';
    if (prefix === '') return undefined;
    prefixes.add(prefix);
  }
  return [...prefixes];
}

function fitsSymbol(part: SymbolPart, symbol: SymbolIdentity): boolean {
  switch (part.kind) {
    case 'any':
      return true;
    case 'address':
      return false;
    case 'name':
      return fitsVersion(part.version, symbol) && part.pattern.matches(symbol.name);
    case 'demangled':
      return (
        fitsVersion(part.version, symbol) &&
        (part.pattern.matches(symbol.name) ||
          fitsDemangled(part.pattern, part.demangle(symbol.name)))
      );
  }
}

function fitsVersion(version: NamePattern | undefined, symbol: SymbolIdentity): boolean {
  return version?.matches(symbol.version ?? '') ?? true;
}

/** With or without the parameter list: people write `ns::f` for `ns::f(int)`. */
function fitsDemangled(pattern: NamePattern, name: string | undefined): boolean {
  if (name === undefined) return false;
  return pattern.matches(name) || pattern.matches(withoutParameters(name));
}

function fitsModule(part: LibraryPart, module: ModuleIdentity): boolean {
  switch (part.kind) {
    case 'any':
      return true;
    case 'main-program':
      return module.isMainProgram;
    case 'name':
      return part.pattern.matches(module.name);
    case 'memory':
      return part.pattern.matches(generalName(module.name)) || part.pattern.matches(module.name);
    case 'path':
      return part.pattern.matches(module.path) || part.pattern.matches(part.paths(module.path));
  }
}

/** The kernel's word for memory that the program gave no name: proc_pid_maps(5). */
const ANONYMOUS = '[anon]';

/** `[anon]` stands for `[anon:NAME]` as well: PR_SET_VMA_ANON_NAME in prctl(2). */
function generalName(name: string): string {
  return name.startsWith('[anon:') ? ANONYMOUS : name;
}

function outsideFit(part: LibraryPart): OutsideFit {
  switch (part.kind) {
    case 'any':
      return 'any';
    case 'memory':
      return 'named';
    case 'name':
      return part.pattern.matches(ANONYMOUS) ? 'named' : 'never';
    case 'main-program':
    case 'path':
      return 'never';
  }
}
