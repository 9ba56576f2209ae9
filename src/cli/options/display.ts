/** Options that say where the trace goes and how it reads. */
import type { OptionDeclaration } from './declaration.js';
import { COUNT, FILE, FLAG, integer } from './declaration.js';
import { FORMAT_NAMES } from '../formats.js';

const group = 'How it reads';

/** Wider than any terminal, and still a line that can be padded. */
const WIDEST_ALIGN = 10000;
/** ltrace's limit. */
const WIDEST_INDENT = 20;
/** Deeper than any stack that somebody reads. */
const DEEPEST_BACKTRACE = 100000;

export const DISPLAY_OPTIONS = [
  {
    name: 'output',
    letter: 'o',
    group,
    value: FILE,
    argument: 'FILE',
    brief: "write there; FILE.%p: a file each; '|COMMAND': a pipe",
    description:
      'Write the trace to FILE in place of standard error; `-` is standard output. `%p` in it stands for the process id: each process gets its own. A name that begins with `|` is a command that reads the trace. `.gz` and `.zst` at the end compress.',
  },
  {
    name: 'format',
    group,
    value: { kind: 'choice', choices: FORMAT_NAMES },
    argument: 'FORMAT',
    brief: 'text, json, chrome, html, folded or speedscope',
    description:
      'How the trace is written: `text` as ltrace does, `json` one object a line (which `--read` reads back), `chrome` a trace that Perfetto and chrome://tracing open, `html` one file for a browser, with nothing loaded from elsewhere, `folded` the time of each stack (of `-w`) for flamegraph.pl and its kin, `speedscope` the same for speedscope. A FILE of `-o` that ends in `.ndjson` (also `.gz`, `.zst`) is json without being told.',
  },
  {
    name: 'align',
    letter: 'a',
    group,
    value: integer(0, WIDEST_ALIGN),
    argument: 'COLUMN',
    brief: 'column of the results',
    description:
      'Column in which the `=` of results stands. Default: 5/8 of the width of the terminal (or of COLUMNS), 50 without one.',
  },
  {
    name: 'indent',
    letter: 'n',
    group,
    value: integer(0, WIDEST_INDENT),
    argument: 'N',
    brief: 'indent nested calls by N',
    description: 'Indent calls by N spaces for each traced call that encloses them.',
  },
  {
    name: 'instruction-pointer',
    letter: 'i',
    group,
    value: FLAG,
    brief: 'where each call returns to',
    description:
      'Begin each line with the place that the call returns to: its address, and the module and the offset in it.',
  },
  {
    name: 'origin',
    group,
    value: FLAG,
    brief: 'the line of script or source that makes each call',
    description:
      'Begin each line with the line that makes the call: of the Python script that the calling thread executes, `[client.py:12 in fetch]`, else of the C, C++, Rust or Go function, where it has debug information. See docs/frames.md.',
  },
  {
    name: 'backtrace',
    letter: 'w',
    group,
    value: integer(1, DEEPEST_BACKTRACE),
    argument: 'N',
    brief: 'backtrace of N frames',
    description:
      'Show a backtrace of at most N frames after each call. Frames of a Python script stand in the place of the interpreter that executes them.',
  },
  {
    name: 'timestamps',
    letter: 't',
    group,
    value: COUNT,
    brief: 'time; -tt: us; -ttt: epoch',
    description:
      'Begin each line with the time of day; `-tt` with microseconds; `-ttt` as seconds since 1970 with microseconds.',
  },
  {
    name: 'relative-timestamps',
    letter: 'r',
    group,
    value: FLAG,
    brief: 'time since the line before',
    description: 'Begin each line with the time since the line before. Not together with `-t`.',
  },
  {
    name: 'duration',
    letter: 'T',
    group,
    value: FLAG,
    brief: 'time spent in each call',
    description: 'End each line with the time spent in the call, `<0.000545>` seconds.',
  },
  {
    name: 'demangle',
    letter: 'C',
    group,
    value: FLAG,
    brief: 'readable C++ and Rust names',
    description:
      'Show C++ and Rust names in readable form. Filters fit both forms, with this option or without.',
  },
  {
    name: 'names',
    group,
    value: FLAG,
    brief: 'arguments with their names',
    description:
      'Show the names of arguments and of the members of structures, `open(path="a", flags=O_RDONLY)`, where a prototype or debug information knows them; at the end a line says of which functions they are not known.',
  },
  {
    name: 'color',
    group,
    value: { kind: 'choice', choices: ['auto', 'always', 'never'] },
    argument: 'WHEN',
    aloneMeans: 'always',
    brief: 'auto, always, never',
    description:
      'Colours: `always`, `never`, or `auto`, which is the default: on a terminal, unless NO_COLOR is set. `--color` alone means `always`. Files never get any with `auto`.',
  },
  {
    name: 'quiet',
    group,
    value: FLAG,
    brief: 'calls only, no remarks',
    description: 'Show no `+++ exited` lines and none of our own remarks and warnings.',
  },
] as const satisfies readonly OptionDeclaration[];
