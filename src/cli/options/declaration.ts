/** What is said about an option, once: parser, help, man page, completions and docs/options.md read it. */

export const OPTION_GROUPS = [
  'What to trace',
  'Which processes',
  'How it reads',
  'Values',
  'Counting',
  'Yes or no',
  'Auditing',
  'Without tracing, and other',
] as const;

export type OptionGroup = (typeof OPTION_GROUPS)[number];

/** What comes after an option, and how it is checked. */
export type OptionValue =
  | { readonly kind: 'flag' }
  /** A flag whose repetition counts: `-tt`. */
  | { readonly kind: 'count' }
  | { readonly kind: 'text'; readonly completes?: 'file' | 'directory' | 'pid' | 'user' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

export interface OptionDeclaration {
  /** The long form, without its hyphens. */
  readonly name: string;
  readonly letter?: string;
  readonly group: OptionGroup;
  readonly value: OptionValue;
  /** Placeholder of the argument: `FILTER`. Present exactly when there is one. */
  readonly argument?: string;
  /** The long form may stand alone (`--color`) and then means this; its argument needs `=`. */
  readonly aloneMeans?: string;
  /** May be given several times, and all count; otherwise the last one does. */
  readonly repeatable?: true;
  /** For --help: at most 54 characters. */
  readonly brief: string;
  /** For the manual: whole sentences; `code` in backticks. */
  readonly description: string;
}

export const FLAG = { kind: 'flag' } as const;
export const COUNT = { kind: 'count' } as const;
export const TEXT = { kind: 'text' } as const;
export const FILE = { kind: 'text', completes: 'file' } as const;

/** INT_MAX: ltrace takes no larger numbers either. */
const LARGEST = 2147483647;

export function integer(
  min: number,
  max: number = LARGEST,
): { readonly kind: 'integer'; readonly min: number; readonly max: number } {
  return { kind: 'integer', min, max };
}
