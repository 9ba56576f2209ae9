/** Options that trace nothing, or are about tsltrace itself. */
import type { OptionDeclaration } from './declaration.js';
import { FILE, FLAG, TEXT } from './declaration.js';

const group = 'Without tracing, and other';

export const OTHER_OPTIONS = [
  {
    name: 'list',
    group,
    value: FLAG,
    brief: 'what would be traced in the command or -p PID',
    description:
      'Do not run the command; list what the filters would take in it and its libraries, by which route, with the prototype that is known, and what cannot be traced and why. With `-p PID` the same of a process that runs: it is attached to and left at once. `-o` and `-C` count, `-F` adds prototypes.',
  },
  {
    name: 'read',
    group,
    value: FILE,
    argument: 'FILE',
    brief: 'read a recording (-o x.ndjson) in place of tracing',
    description:
      'Read a trace that `--format json` wrote, `-` for what is piped into tsltrace, in place of tracing a program. Filters, `--where`, `-c` and all formats work on it.',
  },
  {
    name: 'debug',
    letter: 'D',
    group,
    value: TEXT,
    argument: 'CHANNELS',
    aloneMeans: 'all',
    brief: 'what tsltrace does; channels: help lists them',
    description:
      'Say on standard error what tsltrace does: a comma list of channels, `all`, or an octal mask of them as ltrace takes (`77` is all); `help` lists the channels. `--debug` alone is all.',
  },
  {
    name: 'no-spin',
    group,
    value: FLAG,
    brief: 'never keep a CPU awake while waiting',
    description:
      'Never hold the CPU awake or spin while waiting for the program: slower, kinder to a laptop.',
  },
  {
    name: 'completion',
    group,
    value: { kind: 'choice', choices: ['bash', 'zsh', 'fish'] },
    argument: 'SHELL',
    brief: 'print completions for bash, zsh or fish',
    description:
      'Print a completion script for the shell, for example: `source <(tsltrace --completion bash)`.',
  },
  {
    name: 'help',
    letter: 'h',
    group,
    value: FLAG,
    brief: 'this text',
    description: 'Print a summary of the options.',
  },
  {
    name: 'version',
    letter: 'V',
    group,
    value: FLAG,
    brief: 'the version',
    description: 'Print the version.',
  },
] as const satisfies readonly OptionDeclaration[];
