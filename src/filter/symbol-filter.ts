/** What the engine asks of the expressions behind -e, -x and -l. */

/** A module as a filter sees it; also memory with code that belongs to none. */
export interface ModuleIdentity {
  /** DT_SONAME, or the file's base name where it has none; of memory `[anon]`, `[vdso]`, `[heap]`. */
  readonly name: string;
  /** Absolute path of the file; '' where there is none. */
  readonly path: string;
  readonly isMainProgram: boolean;
}

/** A function as a filter sees it. */
export interface SymbolIdentity {
  /** Without version. */
  readonly name: string;
  /** Symbol version, without '@'. */
  readonly version?: string;
  /** True when `version` is the default one (`@@`). */
  readonly isDefaultVersion?: boolean;
}

/** One -e, -x or -l option, parsed. */
export interface FilterExpression {
  /** As the user wrote it. */
  readonly text: string;
  readonly rules: readonly FilterRule[];
  /** Rules applied left to right; true when the last one that fits marks. */
  matches(symbol: SymbolIdentity, module: ModuleIdentity): boolean;
  /** False when no symbol of this module can match: its tables need not be read. */
  canMatchModule(module: ModuleIdentity): boolean;
  /**
   * Does a call of the function by code that belongs to no module match, and by which kind of rule? The memory may
   * not exist yet, so a rule for only some of it counts as well.
   */
  matchesOutside(symbol: SymbolIdentity): Exclude<OutsideFit, 'never'> | undefined;
  /** Exact names that the marking rules name, when all of them do; then tables are searched by hash. */
  readonly literalNames: readonly string[] | undefined;
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
  /** `0x1234@lib`: an address in the image, which fits no symbol; see FilterExpression.addressesIn. */
  readonly address?: number;
  readonly outside: OutsideFit;
  /** Does this rule alone fit, whatever the others say? For reports of rules that matched nothing. */
  fits(symbol: SymbolIdentity, module: ModuleIdentity): boolean;
  /** Its two parts alone. */
  fitsName(symbol: SymbolIdentity): boolean;
  fitsModule(module: ModuleIdentity): boolean;
}
