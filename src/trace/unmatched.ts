/** Why a rule of a filter matched nothing, as data: output/text/unmatched-text.ts has the words. */

/** Which list of filters the rule stands in: `-e`, `-l`, `-x` of the command. */
export type FilterKind = 'calls' | 'libraries' | 'functions';

export interface UnmatchedRule {
  /** As the user wrote it. */
  readonly rule: string;
  /** Absent in recordings of schema 1. */
  readonly filter?: FilterKind;
  readonly reason: UnmatchedReason;
}

/** Some modules: the names of the first of them, and how many there are. */
export interface SomeModules {
  readonly names: readonly string[];
  readonly count: number;
}

export type UnmatchedReason =
  /** The process ended before any module could be read. */
  | { readonly kind: 'no-modules' }
  /** No module has the name that the library part gives; `near` have names like it. */
  | { readonly kind: 'no-such-module'; readonly looked: number; readonly near: readonly string[] }
  /** The same, where a static program has no symbols by which libraries could be seen that it may load itself. */
  | { readonly kind: 'libraries-unseen'; readonly program: string }
  /** `-l`: nobody imports anything that these export. */
  | { readonly kind: 'library-not-called'; readonly library: SomeModules }
  /** `-x 0x1234@lib`: there is no code. */
  | { readonly kind: 'no-code-there'; readonly module: SomeModules }
  /** Others call such functions, not those that the rule names. */
  | {
      readonly kind: 'called-by-others';
      readonly callers: SomeModules;
      readonly wanted: SomeModules;
    }
  /** What fits the rule is taken away by a later rule of its chain, in these modules. */
  | { readonly kind: 'taken-away'; readonly by: string; readonly modules: SomeModules }
  /** Nobody calls such a function from outside; it is in these modules. */
  | { readonly kind: 'not-called'; readonly owners: SomeModules }
  /** The same, of one module that the rule names itself. */
  | { readonly kind: 'only-inside'; readonly module: string; readonly functions: number }
  /** `f@[anon]`: no pointer to the function is known that code of no file could call. */
  | { readonly kind: 'no-pointer'; readonly owners: SomeModules }
  /** `-x`: such functions are in other modules than the rule names. */
  | {
      readonly kind: 'function-elsewhere';
      readonly owners: SomeModules;
      readonly wanted: SomeModules;
    }
  /** `-x`: the function is called, but no module that was loaded contains it. */
  | {
      readonly kind: 'only-imported';
      readonly importers: SomeModules;
      readonly stripped: SomeModules;
    }
  /** Nobody calls or contains such a function. `wanted`: the modules that the rule names, if not all. */
  | {
      readonly kind: 'unknown-function';
      readonly looked: number;
      readonly wanted?: SomeModules;
      /** Without a symbol table: local functions have no names there. */
      readonly stripped: SomeModules;
      /** Names of functions like that of the rule. */
      readonly near: readonly string[];
    }
  /** No TLS library is there: the program brings its own, written in this language. */
  | { readonly kind: 'own-tls'; readonly language: TlsLanguage; readonly module: string }
  /** It names a system call as the trace shows it, `SYS_open`. */
  | { readonly kind: 'system-call'; readonly name: string }
  /** Of a recording: such functions were recorded as entries only, which `-x` asks for. */
  | { readonly kind: 'recorded-as-entries' }
  /** Of a recording: no call of it is to such a function. `near` were recorded under names like it. */
  | { readonly kind: 'not-recorded'; readonly functions: number; readonly near: readonly string[] }
  /** Something fits, but the process ended before its breakpoints were placed. */
  | { readonly kind: 'too-late' }
  /** There were too many functions to look at all of them. */
  | { readonly kind: 'not-searched' }
  /** Of a recording of schema 1: what was said then. */
  | { readonly kind: 'told'; readonly text: string };

/** Languages whose programs have a TLS implementation of their own. */
export type TlsLanguage = 'Go' | 'Java' | 'Rust';
