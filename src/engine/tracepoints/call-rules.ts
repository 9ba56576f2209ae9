/** What -e and -l together say about a call: who may make it, who may receive it. */
import type {
  FilterExpression,
  ModuleIdentity,
  SymbolIdentity,
} from '../../filter/symbol-filter.js';

/** No function has this name, so a rule that fits it names no functions at all. */
const NO_FUNCTION: SymbolIdentity = { name: '\u0000' };

/** A stand-in for any main program. */
const NOWHERE_MAIN: ModuleIdentity = { name: '', path: '', isMainProgram: true };

export class CallRules {
  constructor(
    readonly calls: readonly FilterExpression[],
    readonly libraries: readonly FilterExpression[],
  ) {}

  /** Is there a rule that names functions: not `@MAIN`, not `*`? */
  get namesFunctions(): boolean {
    return this.calls.some((filter) => !filter.matches(NO_FUNCTION, NOWHERE_MAIN));
  }

  get isEmpty(): boolean {
    return this.calls.length === 0 && this.libraries.length === 0;
  }

  /** -e: may this module be the caller of the function? */
  selectsCaller(symbol: SymbolIdentity, caller: ModuleIdentity): boolean {
    return this.calls.some((filter) => filter.matches(symbol, caller));
  }

  /** Like selectsCaller, by a rule that names functions: not `@MAIN`, not `*`. */
  namesForCaller(symbol: SymbolIdentity, caller: ModuleIdentity): boolean {
    return this.calls.some(
      (filter) => filter.matches(symbol, caller) && !filter.matches(NO_FUNCTION, caller),
    );
  }

  /** What the names in -e begin with; undefined when any name may be chosen. */
  get namePrefixes(): readonly string[] | undefined {
    return namePrefixesOf(this.calls);
  }

  /** False when no rule can choose a function of this name, whoever calls it. */
  mayName(name: string): boolean {
    if (this.libraries.length > 0) return true;
    return this.calls.some(
      ({ namePrefixes }) => namePrefixes?.some((prefix) => name.startsWith(prefix)) ?? true,
    );
  }

  /** Can namesForCaller be true of any function? */
  mayNameFunctions(caller: ModuleIdentity): boolean {
    return this.calls.some(
      (filter) => filter.canMatchModule(caller) && !filter.matches(NO_FUNCTION, caller),
    );
  }

  /** Can any call that this module makes be chosen by -e? */
  mayCall(caller: ModuleIdentity): boolean {
    return this.calls.some((filter) => filter.canMatchModule(caller));
  }

  /** -l: are calls into this module wanted, whoever makes them? */
  selectsCallee(callee: ModuleIdentity): boolean {
    return this.libraries.some((filter) => filter.canMatchModule(callee));
  }

  /** -e: may code that belongs to no module be the caller of the function? */
  selectsOutside(symbol: SymbolIdentity): boolean {
    return this.calls.some((filter) => filter.matchesOutside(symbol) !== undefined);
  }

  /**
   * The same, by a rule that names functions, or one that names such memory: how it came by a pointer nobody can see,
   * so every pointer counts.
   */
  pointsFromOutside(symbol: SymbolIdentity): boolean {
    return this.calls.some((filter) => {
      const fit = filter.matchesOutside(symbol);
      return fit === 'named' || (fit === 'any' && filter.matchesOutside(NO_FUNCTION) === undefined);
    });
  }

  /** -e: rules that name functions and the memory that calls them. */
  namesOutside(symbol: SymbolIdentity): boolean {
    return this.calls.some(
      (filter) =>
        filter.matchesOutside(symbol) === 'named' && filter.matchesOutside(NO_FUNCTION) !== 'named',
    );
  }

  /** Is there a rule that names memory? */
  get namesMemory(): boolean {
    return this.calls.some(({ rules }) =>
      rules.some(({ effect, outside }) => effect === 'mark' && outside === 'named'),
    );
  }

  accepts(symbol: SymbolIdentity, caller: ModuleIdentity, callee: ModuleIdentity): boolean {
    return this.selectsCallee(callee) || this.selectsCaller(symbol, caller);
  }
}

/** What the names that any of the filters can choose begin with; undefined when that is not known. */
export function namePrefixesOf(
  filters: readonly FilterExpression[],
): readonly string[] | undefined {
  const prefixes: string[] = [];
  for (const { namePrefixes } of filters) {
    if (namePrefixes === undefined) return undefined;
    prefixes.push(...namePrefixes);
  }
  return prefixes;
}
