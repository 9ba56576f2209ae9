/** Options of `--audit`: what the calls mean, in place of the calls. */
import type { OptionDeclaration } from './declaration.js';
import { FILE, FLAG } from './declaration.js';

const group = 'Auditing';

export const AUDITING_OPTIONS = [
  {
    name: 'audit',
    group,
    value: FLAG,
    brief: 'which TLS it does, who decided so, may it pass',
    description:
      'Look at TLS alone, children included, and report at the end which contexts and connections there were, with which settings by whom, what was negotiated, and what is wrong. Exit status 0 without findings, 120 with, 121 for TLS that could not be looked into, 122 when the program failed.',
  },
  {
    name: 'audit-format',
    group,
    value: { kind: 'choice', choices: ['text', 'json'] },
    argument: 'FMT',
    brief: 'text or json',
    description: 'How the report of `--audit` is written.',
  },
  {
    name: 'blind',
    group,
    value: { kind: 'choice', choices: ['fail', 'warn'] },
    argument: 'WHAT',
    brief: 'TLS that cannot be looked into: fail or warn',
    description:
      'Whether `--audit` ends with status 121 when TLS was spoken by a library whose calls cannot be seen.',
  },
  {
    name: 'record',
    group,
    value: FILE,
    argument: 'FILE',
    brief: 'a recording beside the report, for --audit --read',
    description:
      'Write what `--audit` saw into a recording too, from which `--audit --read FILE` makes the same report.',
  },
] as const satisfies readonly OptionDeclaration[];
