/** Options that say how arguments and results are read. */
import type { OptionDeclaration } from './declaration.js';
import { FILE, FLAG, integer } from './declaration.js';

const group = 'Values';

export const VALUE_OPTIONS = [
  {
    name: 'string-limit',
    letter: 's',
    group,
    value: integer(0),
    argument: 'N',
    brief: 'most bytes of a string (32)',
    description: 'Show at most N bytes of a string. Default: 32.',
  },
  {
    name: 'array-limit',
    letter: 'A',
    group,
    value: integer(0),
    argument: 'N',
    brief: 'array elements (4)',
    description:
      'Show at most N elements of an array, and follow pointers to structures of one type at most N deep. Default: 4.',
  },
  {
    name: 'config',
    letter: 'F',
    group,
    value: FILE,
    argument: 'FILE',
    repeatable: true,
    brief: 'prototypes: .conf or C declarations, directories',
    description:
      'Read prototypes from FILE, an ltrace.conf(5) file or C declarations; a directory holds files named after libraries. Several may be joined by colons. They come before all others. A pipe is read to its end; a FILE that cannot be read ends tsltrace before anything is started.',
  },
  {
    name: 'descriptor-paths',
    letter: 'y',
    group,
    value: FLAG,
    brief: 'paths behind descriptors',
    description: 'Show what file descriptors refer to: `read(3</etc/passwd>, …)`.',
  },
  {
    name: 'show-secrets',
    group,
    value: FLAG,
    brief: 'keys, passwords and payload as they are',
    description:
      'Show private keys, passwords and transmitted data, which are otherwise left out of the trace. Files that `-o` writes may then be read by their owner alone.',
  },
] as const satisfies readonly OptionDeclaration[];
