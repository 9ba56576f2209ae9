/** What -e and -l together say about a call: who may make it, who may receive it. */
import type {
  FilteredCall,
  FilterExpression,
  ModuleIdentity,
  SymbolIdentity,
  Verdict,
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

  get isEmpty(): boolean {
    return this.calls.length === 0 && this.libraries.length === 0;
  }

  /** -e: may this module be the caller of the function, whoever the callee? */
  selectsCaller(symbol: SymbolIdentity, caller: ModuleIdentity): boolean {
    return this.calls.some((filter) => filter.judge({ symbol, caller }) !== 'no');
  }

  /** Like selectsCaller, by a rule that names functions or the callee: not `@MAIN`, not `*`. */
  namesForCaller(symbol: SymbolIdentity, caller: ModuleIdentity, callee?: ModuleIdentity): boolean {
    const call = { symbol, caller, ...(callee !== undefined && { callee }) };
    return this.calls.some(
      (filter) => filter.judge(call) !== 'no' && !filter.takesAnything(caller),
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
    return this.calls.some((filter) => filter.canBeCaller(caller) && !filter.takesAnything(caller));
  }

  /** Can any call that this module makes be chosen by -e? */
  mayCall(caller: ModuleIdentity): boolean {
    return this.calls.some((filter) => filter.canBeCaller(caller));
  }

  /** Does a rule of -e say which module is called? */
  get namesCallees(): boolean {
    return this.calls.some((filter) => filter.namesCallees);
  }

  /** May it be called by a rule of -e that says who is called? */
  mayBeNamedCallee(callee: ModuleIdentity): boolean {
    return this.calls.some((filter) => filter.namesCallees && filter.canBeCallee(callee));
  }

  /** May a function of this module be chosen by a rule of -e that names functions or the callee? */
  mayBeNamed(callee: ModuleIdentity): boolean {
    return this.calls.some(
      (filter) => filter.canBeCallee(callee) && !filter.takesAnything(NOWHERE_MAIN),
    );
  }

  /** May the name that the trace shows for the function decide? */
  dependsOnShownName(symbol: SymbolIdentity): boolean {
    return this.calls.some((filter) => filter.dependsOnShownName(symbol));
  }

  /** False when no rule of -e takes a call of this function, whoever makes it. */
  mayTake(symbol: SymbolIdentity): boolean {
    return this.calls.some((filter) => filter.mayTake(symbol));
  }

  /** -l: are calls into this module wanted, whoever makes them? */
  selectsCallee(callee: ModuleIdentity): boolean {
    return this.libraries.some((filter) => filter.canBeCallee(callee));
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

  /** A call of which all is known but for what may be absent. */
  judge(call: FilteredCall): Verdict {
    let verdict: Verdict = 'no';
    for (const filter of [...this.libraries, ...this.calls]) {
      const judged = filter.judge(call);
      if (judged === 'yes') return 'yes';
      if (judged === 'open') verdict = 'open';
    }
    return verdict;
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
