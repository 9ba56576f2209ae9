/** docs/tsltrace.1, written from the declarations in the man(7) language. */
import { longArgument } from '../help.js';
import { ALL_OPTIONS, EXAMPLES } from '../options/all-options.js';
import { OPTION_GROUPS, type OptionDeclaration } from '../options/declaration.js';
import { details } from './details.js';

export function manPage(): string {
  const groups = OPTION_GROUPS.map((group) => {
    const options = ALL_OPTIONS.filter((option) => option.group === group);
    return `.SS ${group}\n${options.map(entry).join('')}`;
  });
  return `.\\" Written by "npm run docs" from src/cli/options; do not edit.
.TH TSLTRACE 1 "" "tsltrace" "User Commands"
.SH NAME
tsltrace \\- trace library calls
.SH SYNOPSIS
.B tsltrace
.RI [ OPTION ]...
.RI [ \\-\\- ]
.I COMMAND
.RI [ ARGUMENT ]...
.br
.B tsltrace
.RI [ OPTION ]...
.B \\-p
.I PID
.SH DESCRIPTION
${paragraphs(DESCRIPTION)}.SH OPTIONS
${paragraphs(OPTION_SYNTAX)}${groups.join('')}.SH FILTERS
${paragraphs(FILTERS)}.SH EXIT STATUS
${paragraphs(EXIT_STATUS)}.SH EXAMPLES
${EXAMPLES.map(({ command, shows }) => `.TP\n${bold(command)}\n${roff(shows)}\n`).join('')}.SH ENVIRONMENT
${paragraphs(ENVIRONMENT)}.SH SEE ALSO
.BR ltrace (1),
.BR strace (1),
.BR ltrace.conf (5),
.BR ptrace (2)
`;
}

function entry(option: OptionDeclaration): string {
  const { letter, name, argument } = option;
  const long = `${bold(`--${name}`)}${italicArgument(longArgument(option))}`;
  const short =
    letter === undefined
      ? ''
      : `${bold(`-${letter}`)}${argument === undefined ? '' : ` ${italic(argument)}`}, `;
  return `.TP\n${short}${long}\n${roff(`${option.description}${details(option)}`)}\n`;
}

/** ` FILE`, `[=WHEN]` or nothing. */
function italicArgument(text: string): string {
  return text.replace(/[A-Z]+(?:\|[A-Za-z]+)*/, (word) => italic(word));
}

function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** Text with `code` in bold. A line that begins with a dot or a quote would be a request. */
function roff(text: string): string {
  const marked = text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? bold(part) : escaped(part)))
    .join('');
  return marked.replace(/^(?=[.'])/gm, '\\&');
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...');
}

function paragraphs(texts: readonly string[]): string {
  return texts.map((text) => `.PP\n${roff(text)}\n`).join('');
}

const DESCRIPTION = [
  'tsltrace runs a command, or attaches to a process, and shows which library called which function, with arguments and results. It reads the options and filters of ltrace(1), and prints as ltrace does.',
  'The program behaves as without us: its output, its exit status, its signals. tsltrace ends as the program does.',
];

const OPTION_SYNTAX = [
  'Options end at the command: what follows it belongs to it. Letters may be joined (`-fc`), arguments glued (`-efoo`, `-A5`), long options abbreviated. Integers are read as in C: `20`, `0x14`, `024`.',
];

const FILTERS = [
  'A filter is a chain of rules: `rule+rule-rule`. A rule is `symbol@library`, where either part may be missing; `+` adds what fits, `-` takes it away, from left to right. A chain that begins with `-` or `!` takes away from everything.',
  'Either part is a pattern (`*`, `?`, `[set]`, `[!set]`, `[[:class:]]`, `\\x`) or a basic regular expression between slashes. `MAIN` is the program; a library that begins with a slash is a path. `symbol@@VERSION` selects a version. C++ and Rust names may be written in readable form.',
];

const EXIT_STATUS = [
  'The exit status of the command; if a signal killed it, tsltrace dies by the same signal. Without a command 0. Own failures: 2 wrong command line, 125 tsltrace failed, 126 the command cannot be executed, 127 it was not found. `--compare` exits with 1 when the recordings differ.',
];

const ENVIRONMENT = [
  '`COLUMNS`: width of the terminal, for the column of results. `NO_COLOR`: no colours unless `--color` asks for them. `PATH`: where the command is looked for.',
];
