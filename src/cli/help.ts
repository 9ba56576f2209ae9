/** `--help`: every option on a screen of 80 columns, those of a purpose of its own on a page of their own. */
import { ALL_OPTIONS, EXAMPLES } from './options/all-options.js';
import { OPTION_GROUPS, type OptionDeclaration, type OptionGroup } from './options/declaration.js';

const INDENT = '  ';
/** Where the second of two short entries begins. */
const HALF = 38;

/** Groups with a page of their own: on the first page stands what leads there. */
const PAGES: Readonly<Partial<Record<OptionGroup, Page>>> = {
  Counting: { ask: 'tsltrace -c --help', behind: '' },
  'Yes or no': {
    ask: 'tsltrace --compare --help',
    behind: 'Exit status: 119 called, 118 not called; --compare: 1 when they differ.\n',
  },
  Auditing: {
    ask: 'tsltrace --audit --help',
    behind:
      'Exit status: 0 nothing found, 120 findings, 121 TLS that could not be looked\n' +
      'into, 122 the program failed, 123 worse than --baseline. docs/audit.md says\n' +
      'what the report means.\n',
  },
};

interface Page {
  readonly ask: string;
  readonly behind: string;
}

const USAGE = 'Usage: tsltrace [OPTION]... COMMAND [ARG]...  or  tsltrace [OPTION]... -p PID\n';

/** The first page: every option but those that have another. */
export function helpText(): string {
  const groups = OPTION_GROUPS.map((group) => {
    const options = optionsOf(group);
    const page = PAGES[group];
    const more = page === undefined ? '' : ` (more: ${page.ask})`;
    return `${group}${more}:\n${rows(page === undefined ? options : options.slice(0, 1)).join('')}`;
  });
  const examples = EXAMPLES.map(({ command }) => `${INDENT}${command}\n`).join('');
  return `${USAGE}${groups.join('')}Examples:\n${examples}`;
}

/** The page of a group; undefined for a group that stands on the first. */
export function helpPage(group: OptionGroup): string | undefined {
  const page = PAGES[group];
  if (page === undefined) return undefined;
  const entries = optionsOf(group).map((option) => `${INDENT}${longEntry(option)}\n`);
  return `${USAGE}${group}:\n${entries.join('')}${page.behind}`;
}

function optionsOf(group: OptionGroup): typeof ALL_OPTIONS {
  return ALL_OPTIONS.filter((option) => option.group === group);
}

/** `-e, --calls FILTER`; `--color[=WHEN]` where the argument may be left out. */
export function synopsis(option: OptionDeclaration): string {
  const { letter, name } = option;
  return `${letter === undefined ? '' : `-${letter}, `}--${name}${longArgument(option)}`;
}

export function longArgument({ argument, aloneMeans }: OptionDeclaration): string {
  if (argument === undefined) return '';
  return aloneMeans === undefined ? ` ${argument}` : `[=${argument}]`;
}

/** Long entries first, a row each; then short ones, two in a row. */
function rows(options: readonly OptionDeclaration[]): readonly string[] {
  const short = options.filter((option) => shortEntry(option) !== undefined);
  // One that finds no partner stands with the long ones.
  const paired = short.slice(0, short.length - (short.length % 2));
  const single = options.filter((option) => !paired.includes(option)).map(longEntry);
  const pairs: string[] = [];
  for (let i = 0; i < paired.length; i += 2) {
    const [left, right] = paired.slice(i, i + 2).map(shortEntry);
    pairs.push(`${left?.padEnd(HALF) ?? ''}${right ?? ''}`);
  }
  return [...single, ...pairs].map((row) => `${INDENT}${row}\n`);
}

/** Width of the forms in a row of their own, and in half a row. */
const LONG_FORM = 20;
const SHORT_FORM = 9;

function longEntry(option: OptionDeclaration): string {
  return `${form(option).padEnd(LONG_FORM)} ${option.brief}`;
}

/** undefined when it takes more than half a row. */
function shortEntry(option: OptionDeclaration): string | undefined {
  const text = `${form(option).padEnd(SHORT_FORM)} ${option.brief}`;
  return text.length < HALF && form(option).length <= SHORT_FORM ? text : undefined;
}

/** By the letter where there is one: the long forms are in the manual. */
function form(option: OptionDeclaration): string {
  const { letter, argument } = option;
  if (letter === undefined) return synopsis(option);
  return `-${letter}${argument === undefined ? '' : ` ${argument}`}`;
}
