/** Sets of functions with a name: what `%tls` means in a filter. */

export interface FunctionSet {
  /** Without `%`. */
  readonly name: string;
  /** One line, in words; '' where there is none. */
  readonly description: string;
  /** Globs and `/regex/`, as in filters. */
  readonly members: readonly SetMember[];
}

export interface SetMember {
  readonly pattern: string;
  readonly form: 'glob' | 'regex';
}

/** By name, without `%`. */
export type FunctionSets = ReadonlyMap<string, FunctionSet>;
