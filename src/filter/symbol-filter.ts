/** What the engine asks of the expressions behind -e, -x and -l. */

/** A module as a filter sees it; also memory with code that belongs to none. */
export interface ModuleIdentity {
  /** DT_SONAME, or the file's base name where it has none; of memory `[anon]`, `[vdso]`, `[heap]`. */
  readonly name: string;
  /** Absolute path of the file; '' where there is none. */
  readonly path: string;
  readonly isMainProgram: boolean;
}

/** Code of which nothing is known. The trace shows it as `?`. */
export const NOWHERE: ModuleIdentity = { name: '', path: '', isMainProgram: false };

/** A function as a filter sees it. */
export interface SymbolIdentity {
  /** Without version. */
  readonly name: string;
  /** Symbol version, without '@'. */
  readonly version?: string;
  /** True when `version` is the default one (`@@`). */
  readonly isDefaultVersion?: boolean;
}

/** A call as far as it is known: before it is made much of it is not. */
export interface FilteredCall {
  readonly symbol: SymbolIdentity;
  /** The name that the trace shows: often that of the symbol. Absent while it is not known. */
  readonly shownAs?: string;
  /** Absent while it is not known; {@link NOWHERE} when it is no module. */
  readonly caller?: ModuleIdentity;
  readonly callee?: ModuleIdentity;
}

/** 'open': that depends on what is not known of the call. */
export type Verdict = 'yes' | 'no' | 'open';

/** One -e, -x or -l option, parsed. */
export interface FilterExpression {
  /** As the user wrote it. */
  readonly text: string;
  readonly rules: readonly FilterRule[];
  /** Takes no functions inside a module where nobody imports them, and that there are none is no mistake. */
  readonly betweenModulesAlone?: true;
  /** Rules applied left to right; 'yes' when the last one that fits marks. */
  judge(call: FilteredCall): Verdict;
  /** False when it takes no call of this function, whoever makes it: much cheaper than to judge each. */
  mayTake(symbol: SymbolIdentity): boolean;
  /** The rule that decides on a call; undefined when none fits it. */
  deciding(call: FilteredCall): FilterRule | undefined;
  /** False when no call that this module makes can match: its imports need not be read. */
  canBeCaller(module: ModuleIdentity): boolean;
  /** False when no function of this module can match: its tables need not be read. */
  canBeCallee(module: ModuleIdentity): boolean;
  /**
   * Does a call of the function by code that belongs to no module match, and by which kind of rule? The memory may
   * not exist yet, so a rule for only some of it counts as well.
   */
  matchesOutside(symbol: SymbolIdentity): Exclude<OutsideFit, 'never'> | undefined;
  /** Does it take whatever this module calls: `@MAIN`, `*`? */
  takesAnything(caller: ModuleIdentity): boolean;
  /** May the name decide that the trace shows for calls of this function? */
  dependsOnShownName(symbol: SymbolIdentity): boolean;
  /** Does any rule say which module is called? */
  readonly namesCallees: boolean;
  /**
   * Every name that the marking rules can fit begins with one of these, in ASCII; undefined when nothing is
   * known of them. Then most entries of a table need not be read.
   */
  readonly namePrefixes: readonly string[] | undefined;
  /** `-x 0x1234@lib`: addresses to trace in modules that match. */
  addressesIn(module: ModuleIdentity): readonly number[];
}

/**
 * Does a rule fit code that belongs to no module: made at run time, in the vdso? 'any': whoever calls. 'named': it
 * names such memory, as `[anon]` does.
 */
export type OutsideFit = 'any' | 'named' | 'never';

export interface FilterRule {
  readonly text: string;
  readonly effect: 'mark' | 'unmark';
  /** Nobody wrote it: that it fits nothing is no mistake to be told of. */
  readonly isOurs?: true;
  /** `0x1234@lib`: an address in the image, which fits no symbol; see FilterExpression.addressesIn. */
  readonly address?: number;
  readonly outside: OutsideFit;
  /** As of the expression, for this rule. */
  readonly namePrefixes: readonly string[] | undefined;
  /** Does it read the form of every C++ and Rust name? That costs some hundred times as much. */
  readonly readsNames: boolean;
  /** What it names exactly, where it does: for guesses at what was meant. */
  readonly literal: { readonly symbol?: string; readonly modules: readonly string[] };
  /** What traces show in place of names of functions, by function: it may have been meant. */
  readonly shownNames?: () => ReadonlyMap<string, readonly string[]>;
  /** Does this rule alone fit, whatever the others say? For reports of rules that matched nothing. */
  fits(call: FilteredCall): Verdict;
  /** Its parts alone. */
  fitsName(symbol: SymbolIdentity): boolean;
  fitsCaller(module: ModuleIdentity): boolean;
  fitsCallee(module: ModuleIdentity): boolean;
}
