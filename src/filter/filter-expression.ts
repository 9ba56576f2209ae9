/** One -e, -x or -l option, compiled: what it says about the calls of a function between two modules. */
import {
  fitsLibrary,
  fitsModule,
  literalModule,
  outsideFit,
  type LibraryPart,
} from './library-part.js';
import type {
  FilteredCall,
  FilterExpression,
  FilterRule,
  ModuleIdentity,
  OutsideFit,
  SymbolIdentity,
  Verdict,
} from './symbol-filter.js';
import { fitsName, fitsSymbol, namePrefixes, type SymbolPart } from './symbol-part.js';

export interface RuleParts {
  readonly text: string;
  readonly effect: FilterRule['effect'];
  readonly symbol: SymbolPart;
  readonly caller: LibraryPart;
  readonly callee: LibraryPart;
}

export type CompiledRule = FilterRule & RuleParts;

export function compileRule(parts: RuleParts): CompiledRule {
  const { symbol, caller, callee } = parts;
  const literal = symbol.kind === 'names' ? symbol.names.literal : undefined;
  const shownNames = symbol.kind === 'names' ? symbol.shownNames : undefined;
  return {
    ...parts,
    ...(symbol.kind === 'address' ? { address: symbol.address } : {}),
    ...(shownNames === undefined ? {} : { shownNames }),
    outside: outsideFit(caller),
    namePrefixes: namePrefixes(symbol),
    readsNames: symbol.kind === 'names' && symbol.names.readsNames,
    literal: {
      ...(literal === undefined ? {} : { symbol: literal }),
      modules: [...literalModule(caller), ...literalModule(callee)],
    },
    fits: (call) => {
      const library = both(fitsLibrary(caller, call.caller), fitsLibrary(callee, call.callee));
      return library === 'no' ? 'no' : both(library, fitsSymbol(symbol, call));
    },
    fitsName: (candidate) => fitsName(symbol, candidate),
    fitsCaller: (module) => fitsModule(caller, module),
    fitsCallee: (module) => fitsModule(callee, module),
  };
}

function both(one: Verdict, other: Verdict): Verdict {
  if (one === 'no' || other === 'no') return 'no';
  return one === 'open' || other === 'open' ? 'open' : 'yes';
}

/** No function has this name, so a rule that fits it names no functions at all. */
const NO_FUNCTION = { name: '\u0000' };

export class ChainExpression implements FilterExpression {
  readonly namePrefixes: readonly string[] | undefined;
  readonly namesCallees: boolean;

  constructor(
    readonly text: string,
    readonly rules: readonly CompiledRule[],
    /** What the first rule starts from. */
    private readonly start: 'nothing' | 'everything',
  ) {
    this.namePrefixes = start === 'everything' ? undefined : prefixesOfMarks(rules);
    this.namesCallees = rules.some(({ callee }) => callee.kind !== 'any');
  }

  judge(call: FilteredCall): Verdict {
    // The last rule that fits decides, so the search begins there.
    let mayBeYes = false;
    let mayBeNo = false;
    for (let i = this.rules.length - 1; i >= 0; i--) {
      const rule = this.rules[i];
      const fit = rule?.fits(call) ?? 'no';
      if (fit === 'no') continue;
      if (rule?.effect === 'mark') mayBeYes = true;
      else mayBeNo = true;
      if (fit === 'yes') return verdictOf(mayBeYes, mayBeNo);
    }
    return this.start === 'everything' ? verdictOf(true, mayBeNo) : verdictOf(mayBeYes, true);
  }

  mayTake(symbol: SymbolIdentity): boolean {
    if (this.start === 'everything') return true;
    return this.rules.some((rule) => rule.effect === 'mark' && rule.fitsName(symbol));
  }

  deciding(call: FilteredCall): FilterRule | undefined {
    return this.rules.findLast((rule) => rule.fits(call) !== 'no');
  }

  canBeCaller(module: ModuleIdentity): boolean {
    return this.canMatch((rule) => fitsModule(rule.caller, module), 'callee');
  }

  canBeCallee(module: ModuleIdentity): boolean {
    return this.canMatch((rule) => fitsModule(rule.callee, module), 'caller');
  }

  takesAnything(caller: ModuleIdentity): boolean {
    return this.judge({ symbol: NO_FUNCTION, shownAs: '', caller }) === 'yes';
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

  dependsOnShownName({ name }: SymbolIdentity): boolean {
    return this.rules.some(({ symbol }) => symbol.kind === 'names' && symbol.shownFor.has(name));
  }

  addressesIn(module: ModuleIdentity): readonly number[] {
    const addresses = new Set<number>();
    for (const { symbol, callee, effect } of this.rules) {
      if (!fitsModule(callee, module)) continue;
      if (symbol.kind === 'any' && effect === 'unmark') addresses.clear();
      if (symbol.kind !== 'address') continue;
      if (effect === 'mark') addresses.add(symbol.address);
      else addresses.delete(symbol.address);
    }
    return [...addresses];
  }

  /** @param other the part of a rule that may say more: then it does not take everything away */
  private canMatch(fits: (rule: CompiledRule) => boolean, other: 'caller' | 'callee'): boolean {
    let can = this.start === 'everything';
    for (const rule of this.rules) {
      if (!fits(rule)) continue;
      if (rule.effect === 'mark') can = true;
      else if (rule.symbol.kind === 'any' && rule[other].kind === 'any') can = false;
    }
    return can;
  }
}

function verdictOf(mayBeYes: boolean, mayBeNo: boolean): Verdict {
  if (mayBeYes && mayBeNo) return 'open';
  return mayBeYes ? 'yes' : 'no';
}

function prefixesOfMarks(rules: readonly CompiledRule[]): readonly string[] | undefined {
  const prefixes = new Set<string>();
  for (const rule of rules) {
    if (rule.effect === 'unmark') continue;
    if (rule.namePrefixes === undefined) return undefined;
    for (const prefix of rule.namePrefixes) prefixes.add(prefix);
  }
  return [...prefixes];
}
