/** Options whose answer is the exit status. */
import type { OptionDeclaration } from './declaration.js';
import { FLAG, TEXT } from './declaration.js';

const group = 'Yes or no';

export const VERDICT_OPTIONS = [
  {
    name: 'compare',
    group,
    value: FLAG,
    brief: 'compare two recordings: --compare OLD NEW',
    description:
      'Compare two recordings, `--compare OLD NEW`: calls that came, went, changed their number, arguments or results. The exit status is 1 when they differ, and 125 when they do not as far as they could be read: one is cut off or damaged. What fits nothing in both is told of, also with `--quiet`.',
  },
  {
    name: 'fail-if-called',
    group,
    value: TEXT,
    argument: 'FILTER',
    repeatable: true,
    brief: 'exit with 119 when a call that fits was made',
    description:
      'Trace the calls of FILTER, which is one of `-e`, and exit with 119 when one of them was made, whatever the command itself ends with; a line on standard error says which. Conditions of `--where` count. It works with `--read` too, of what was recorded.',
  },
  {
    name: 'fail-unless-called',
    group,
    value: TEXT,
    argument: 'FILTER',
    repeatable: true,
    brief: 'exit with 118 when none was',
    description: 'The opposite: exit with 118 when no call of FILTER was made.',
  },
  {
    name: 'ignore-counts',
    group,
    value: FLAG,
    brief: '--compare: how often says nothing',
    description:
      'With `--compare`: a function that is called more often or less, with the same arguments and results, does not differ.',
  },
] as const satisfies readonly OptionDeclaration[];
