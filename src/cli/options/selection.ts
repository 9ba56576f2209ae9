/** Options that say what is traced. */
import type { OptionDeclaration } from './declaration.js';
import { FILE, FLAG, integer, TEXT } from './declaration.js';

const group = 'What to trace';

export const SELECTION_OPTIONS = [
  {
    name: 'calls',
    letter: 'e',
    group,
    value: TEXT,
    argument: 'FILTER',
    repeatable: true,
    brief: 'calls from one module into another (default: @MAIN)',
    description:
      'Trace the calls that cross from one module into another, whatever their route: PLT, `-fno-plt`, function pointers. ' +
      'The library part of FILTER names the module that calls: `-e malloc` takes malloc from everywhere, `-e @MAIN` all that the program itself calls, `-e %tls` all functions of a set. ' +
      'Without `-e`, `-l` and `-L` the filter is `@MAIN`; with one of them each line says who calls, `caller->function`. ' +
      'Several `-e` are joined: what any of them takes is traced. The language of filters is described in docs/filters.md.',
  },
  {
    name: 'functions',
    letter: 'x',
    group,
    value: TEXT,
    argument: 'FILTER',
    repeatable: true,
    brief: 'entries of functions, however they are called',
    description:
      'Trace functions at their first instruction, however they are called: local functions, functions inside one library, static programs. ' +
      'The library part of FILTER names the module that contains the function; `0x1234@lib` is the address 0x1234 in that file. ' +
      'It adds to the default of `-e`; to see nothing else, give `-L` too.',
  },
  {
    name: 'library',
    letter: 'l',
    group,
    value: TEXT,
    argument: 'PATTERN',
    repeatable: true,
    brief: 'calls into libraries that fit PATTERN',
    description:
      'Trace the calls that any module makes into libraries whose SONAME fits PATTERN (or whose path does, when it begins with a slash). `+` and `-` are part of the name here.',
  },
  {
    name: 'sets',
    group,
    value: FILE,
    argument: 'FILE',
    repeatable: true,
    brief: 'more sets of functions, such as %tls:  --list %',
    description:
      'Read sets of functions from FILE, besides the bundled ones and those of `~/.config/tsltrace/functions.sets`. In a filter `%tls` stands for all functions of a set: `-e %tls`, `-x %crypto@MAIN`, `-e @MAIN-%memory`. `--list %` lists the sets, `--list %tls` what belongs to one. The format is described in docs/filters.md.',
  },
  {
    name: 'no-default-filter',
    letter: 'L',
    group,
    value: FLAG,
    brief: 'do not fall back on @MAIN',
    description:
      'Do not fall back on `-e @MAIN`. With `-x` only function entries are shown; alone only signals, exec and exit, and system calls with `-S`. It cannot be given together with `-e`.',
  },
  {
    name: 'all-syscalls',
    letter: 'S',
    group,
    value: FLAG,
    brief: 'system calls too',
    description: 'Show system calls too, all of them.',
  },
  {
    name: 'syscalls',
    group,
    value: TEXT,
    argument: 'SET',
    repeatable: true,
    brief: 'some system calls: open,%file  or  !%memory',
    description:
      'Show some system calls: a comma list of names, of classes such as `%file`, `%network`, `%process`, `%memory`, and of `/regex/`. A `!` before the whole list means all but these. It needs no `-S`.',
  },
  {
    name: 'where',
    group,
    value: TEXT,
    argument: 'EXPR',
    repeatable: true,
    brief: 'only calls that fit:  arg1 > 4096 && retval == 0',
    description:
      'Report only calls for which EXPR is true, for example `arg1 == 123 && retval != 1`, `errno == ENOENT`, `duration > 2ms`, `path =~ "/etc/*"`. Several are all to be true. See docs/filters.md. ' +
      'A number alone is the depth of a backtrace, as in ltrace: `--where=5` is `-w 5`.',
  },
  {
    name: 'depth',
    group,
    value: integer(1),
    argument: 'N',
    brief: 'N levels of traced calls',
    description:
      'Report only calls that fewer than N other traced calls enclose: with 1 what happens inside of a call is left out.',
  },
  {
    name: 'successful-only',
    letter: 'z',
    group,
    value: FLAG,
    brief: 'only calls that succeeded',
    description:
      'Show only calls that did not fail. A line is held back until its result is known.',
  },
  {
    name: 'failed-only',
    letter: 'Z',
    group,
    value: FLAG,
    brief: 'only calls that failed',
    description:
      'Show only calls that failed: whose prototype says that the result means failure, or a system call that returned an error.',
  },
  {
    name: 'no-signals',
    letter: 'b',
    group,
    value: FLAG,
    brief: 'no lines about signals',
    description:
      'Do not show the signals that the program gets. It still gets them, and one that kills it is still shown.',
  },
] as const satisfies readonly OptionDeclaration[];
