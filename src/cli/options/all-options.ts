/** Every option, in the order of the help. */
import { AUDITING_OPTIONS } from './auditing.js';
import { COUNTING_OPTIONS } from './counting.js';
import type { OptionDeclaration } from './declaration.js';
import { DISPLAY_OPTIONS } from './display.js';
import { OTHER_OPTIONS } from './other.js';
import { PROCESS_OPTIONS } from './processes.js';
import { SELECTION_OPTIONS } from './selection.js';
import { VALUE_OPTIONS } from './values.js';
import { VERDICT_OPTIONS } from './verdicts.js';

const DECLARED = [
  ...SELECTION_OPTIONS,
  ...PROCESS_OPTIONS,
  ...DISPLAY_OPTIONS,
  ...VALUE_OPTIONS,
  ...COUNTING_OPTIONS,
  ...VERDICT_OPTIONS,
  ...AUDITING_OPTIONS,
  ...OTHER_OPTIONS,
] as const;

export type OptionName = (typeof DECLARED)[number]['name'];

export const ALL_OPTIONS: readonly (OptionDeclaration & { readonly name: OptionName })[] = DECLARED;

export interface Example {
  readonly command: string;
  readonly shows: string;
}

export const EXAMPLES: readonly Example[] = [
  { command: "tsltrace -e 'SSL_CTX*@*' python3 fetch.py", shows: 'TLS set-up, by any library' },
  { command: "tsltrace -x '*@libz*' -L -p 1234", shows: 'functions of zlib in a running process' },
  { command: 'tsltrace -c -f make', shows: 'where the time goes' },
  {
    command: 'tsltrace -o run.ndjson ls; tsltrace --read run.ndjson -c',
    shows: 'record, then ask',
  },
];

/** Does the option take an argument, in whatever form? */
export function takesArgument(option: OptionDeclaration): boolean {
  return option.argument !== undefined;
}
