/** Options that say which processes are traced, and for how long. */
import type { OptionDeclaration } from './declaration.js';
import { COUNT, TEXT } from './declaration.js';

const group = 'Which processes';

export const PROCESS_OPTIONS = [
  {
    name: 'attach',
    letter: 'p',
    group,
    value: { kind: 'text', completes: 'pid' },
    argument: 'PID',
    repeatable: true,
    brief: 'trace a running process: 12 or 12,13',
    description:
      'Trace a process that runs already, with all its threads; a thread id will do. Several may be given, as a list with commas or as several options, and a command besides. Ctrl-C lets them go on without us.',
  },
  {
    name: 'follow',
    letter: 'f',
    group,
    value: COUNT,
    brief: 'follow children; -ff: a file for each (with -o)',
    description:
      'Trace the children of fork, vfork, clone and posix_spawn too, and show the thread id on each line. Threads are always traced. `-ff` with `-o FILE` writes each process to a file of its own, `FILE.PID`.',
  },
  {
    name: 'follow-only',
    group,
    value: TEXT,
    argument: 'NAME',
    repeatable: true,
    brief: 'follow only children that run the program NAME',
    description:
      'Follow children as `-f` does, but only where the base name of the program fits NAME, a pattern such as `python3*` or a comma list of them. Decided anew at each exec.',
  },
  {
    name: 'user',
    letter: 'u',
    group,
    value: { kind: 'text', completes: 'user' },
    argument: 'USER',
    brief: 'run the command as USER (root only)',
    description:
      'Run the command with the user id, group id and supplementary groups of USER, a name or a number.',
  },
  {
    name: 'detach-after',
    group,
    value: TEXT,
    argument: 'N|Ns',
    brief: 'stop tracing after N calls or N seconds',
    description:
      'Let the program go on without us after N calls (`--detach-after 1000`) or N seconds (`--detach-after 5s`, `0.5s`, `200ms`).',
  },
] as const satisfies readonly OptionDeclaration[];
