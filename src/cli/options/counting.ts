/** Options of `-c`: figures in place of a trace. */
import { SUMMARY_GROUPS, SUMMARY_SORTS } from '../../output/summary/summary-options.js';
import type { OptionDeclaration } from './declaration.js';
import { FLAG, TEXT } from './declaration.js';

const group = 'Counting';

export const COUNTING_OPTIONS = [
  {
    name: 'summary',
    letter: 'c',
    group,
    value: FLAG,
    brief: 'count calls, errors and time; a table at the end',
    description:
      'Show no calls but, at the end, a table: calls, errors, total, share, mean, median, standard deviation, minimum, maximum, 95th and 99th percentile, and beside them what tracing itself costs.',
  },
  {
    name: 'sort',
    group,
    value: { kind: 'choice', choices: SUMMARY_SORTS },
    argument: 'KEY',
    brief: 'total, calls, errors, mean, median, p95, name, ...',
    description: 'Order of the table of `-c`; `name` ascends, all others descend. Implies `-c`.',
  },
  {
    name: 'group-by',
    group,
    value: { kind: 'choice', choices: SUMMARY_GROUPS },
    argument: 'WHAT',
    brief: 'function, caller, site, library, thread, process',
    description:
      'What a row of the table of `-c` stands for: a function; a function and its `caller`; a `site`, which is the place of the call in its module; the `library` that was called; a thread; a process. Implies `-c`.',
  },
  {
    name: 'summary-format',
    group,
    value: { kind: 'choice', choices: ['text', 'csv', 'json'] },
    argument: 'FMT',
    brief: 'text, csv or json',
    description: 'How the figures of `-c` are written. Implies `-c`.',
  },
  {
    name: 'interval',
    group,
    value: TEXT,
    argument: 'SECONDS',
    brief: 'the table every so often, and start afresh',
    description:
      'Write the table of `-c` every so many seconds and count afresh, for a server that does not end. Implies `-c`; with `--audit`, write the report of all that was seen so far.',
  },
  {
    name: 'cpu-time',
    group,
    value: FLAG,
    brief: 'count CPU time in place of wall time',
    description:
      'Measure the CPU time that the thread spent in each call; with `-c` it is what the table shows.',
  },
  {
    name: 'engine',
    group,
    value: { kind: 'choice', choices: ['auto', 'trap', 'inline'] },
    argument: 'HOW',
    brief: 'auto, trap; inline: count without stops (with -c)',
    description:
      'How calls are caught. `trap`: each stops the thread twice. `inline`: with `-c`, calls through PLT stubs on x86-64 are counted by code of ours inside the program, a hundred times faster, wherever that is sure to change nothing; all others by traps. `auto`, the default, is `trap` today.',
  },
] as const satisfies readonly OptionDeclaration[];
