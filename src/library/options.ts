/** What a user of the library may ask for. */

/** One expression, or several that are joined. */
export type Expressions = string | readonly string[];

/** Options of `trace` and `attach`. Every one may be left out. */
export interface TraceOptions {
  /**
   * Calls that cross from one module into another, as `-e` of the command (docs/filters.md): `malloc` from
   * everywhere, `@MAIN` all that the program itself calls. Default: `@MAIN`, unless `libraries` is given;
   * an empty list for none.
   */
  readonly calls?: Expressions;
  /** SONAMEs whose functions are traced, whoever calls them, as `-l`. */
  readonly libraries?: Expressions;
  /** Functions at their first instruction, however they are called, as `-x`. */
  readonly functions?: Expressions;
  /** System calls: all with `true`, or a set such as `open,%network`, as `--syscalls`. Default: none. */
  readonly syscalls?: boolean | Expressions;
  /** Conditions that a call must fulfil to be reported, all of them, as `--where`. */
  readonly where?: Expressions;
  /** Trace children: all with `true`, or those whose program's base name fits one of these globs. Default: none. */
  readonly follow?: boolean | readonly string[];
  /** Most bytes of a string that are read. Default: 32. */
  readonly stringLength?: number;
  /** Most elements of an array that are read. Default: 4. */
  readonly arrayLength?: number;
  /** Frames of the backtrace of each call. Default: 0. */
  readonly backtrace?: number;
  /**
   * Give calls the line that makes them: of the Python script that the thread executes, in `CallEvent.script`, else of the
   * caller, in `CallSite.source`, where it has debug information. Default: false.
   */
  readonly origin?: boolean;
  /** Show what prototypes mark as secret: keys, passwords, payload. Default: false. */
  readonly showSecrets?: boolean;
  /** Give file descriptors with the path behind them. Default: false. */
  readonly descriptorPaths?: boolean;
  /** CPU time of each call, in `ReturnEvent.cpuTime`. Default: false. */
  readonly cpuTime?: boolean;
  /** Files and directories with prototypes; the first one that knows a function counts. */
  readonly prototypePaths?: readonly string[];
  /**
   * Ends the trace, as leaving the loop does; the iteration and `finished` then reject with the signal's reason.
   */
  readonly signal?: AbortSignal;
}

/** A descriptor of a program: this process's own, none, a new pipe, or one that is open here. */
export type StdioEntry =
  'inherit' | 'ignore' | 'pipe' | number | { readonly fd: number } | null | undefined;

/** One word for the first three, or an entry for each. */
export type Stdio = 'inherit' | 'ignore' | 'pipe' | readonly StdioEntry[];

export type Variables = Readonly<Record<string, string | number | boolean | undefined>>;

/** Options of `trace` alone, as those of `child_process.spawn`. */
export interface LaunchOptions extends TraceOptions {
  /** Where the program starts; its path, when relative, counts from there. Default: where this process is. */
  readonly cwd?: string | URL;
  /** All variables of the program; undefined ones are left out. Default: those of this process. */
  readonly env?: Variables;
  /** The same as `env`. */
  readonly environment?: Variables;
  /** What it reads from and writes to. Default: 'inherit'. For a 'pipe' the trace has a stream. */
  readonly stdio?: Stdio;
}
