/**
 * Reads argv as getopt_long(3) does for ltrace: clusters (`-fc`), glued arguments (`-efoo`), long options
 * with `=` or abbreviated, `--`; and stops at the command, whose words nobody touches.
 *
 * yargs-parser, which sorts the result into types, would take `-efoo` for four flags; so it gets every
 * option in one form, `--name` or `--name=value`.
 */
import { UserError } from '../base/errors.js';
import { onOneLine } from '../filter/pattern-error.js';
import { nearestName } from '../base/nearest-name.js';
import { ALL_OPTIONS, takesArgument, type OptionName } from './options/all-options.js';

export interface CommandLine {
  /** Options in one form each, in their order. */
  readonly options: readonly OptionWord[];
  /** The command and its arguments, untouched. */
  readonly operands: readonly string[];
}

export interface OptionWord {
  readonly name: OptionName;
  /** undefined for options that take none. */
  readonly value: string | undefined;
}

type Option = (typeof ALL_OPTIONS)[number];

/** Throws UserError ('usage'). */
export function readCommandLine(words: readonly string[]): CommandLine {
  const options: OptionWord[] = [];
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? '';
    if (word === '--') return { options, operands: words.slice(at + 1) };
    if (!word.startsWith('-') || word === '-') break;
    const following = words[at + 1];
    const read = word.startsWith('--')
      ? readLong(word.slice(2), following)
      : readCluster(word.slice(1), following);
    options.push(...read.options);
    at += read.tookNext ? 2 : 1;
  }
  return { options, operands: words.slice(at) };
}

/** A mistake in the command line, and where to look. */
export function usageError(message: string, hint = "try 'tsltrace --help'"): UserError {
  return new UserError(onOneLine(message), hint, 'usage');
}

interface ReadWord {
  readonly options: readonly OptionWord[];
  readonly tookNext: boolean;
}

function readLong(text: string, following: string | undefined): ReadWord {
  const equals = text.indexOf('=');
  const written = equals === -1 ? text : text.slice(0, equals);
  const option = findLong(written);
  if (equals !== -1) {
    if (!takesArgument(option)) throw usageError(`--${option.name} takes no argument`);
    return { options: [{ name: option.name, value: text.slice(equals + 1) }], tookNext: false };
  }
  if (!takesArgument(option)) return withoutValue(option);
  if (option.aloneMeans !== undefined) {
    return { options: [{ name: option.name, value: option.aloneMeans }], tookNext: false };
  }
  return withNext(option, following, `--${option.name}`);
}

/** The option of that name, or the only one that begins so. */
function findLong(written: string): Option {
  const exact = ALL_OPTIONS.find(({ name }) => name === written);
  if (exact !== undefined) return exact;
  const candidates = ALL_OPTIONS.filter(({ name }) => written !== '' && name.startsWith(written));
  const [first] = candidates;
  if (first === undefined) throw unknownOption(written);
  if (candidates.length === 1) return first;
  const names = candidates.map(({ name }) => `--${name}`).join(', ');
  throw usageError(`option '--${written}' could be any of ${names}`);
}

function unknownOption(written: string): UserError {
  const near = nearestName(
    written,
    ALL_OPTIONS.map(({ name }) => name),
  );
  const message = `unknown option '--${written}'`;
  return near === undefined
    ? usageError(message)
    : usageError(message, `did you mean '--${near}'?`);
}

function readCluster(letters: string, following: string | undefined): ReadWord {
  const options: OptionWord[] = [];
  for (let i = 0; i < letters.length; i++) {
    const letter = letters.charAt(i);
    const option = LETTERS.get(letter);
    if (option === undefined) throw usageError(`unknown option '-${letter}'`);
    if (takesArgument(option)) {
      const glued = letters.slice(i + 1);
      if (glued !== '') {
        options.push({ name: option.name, value: glued });
        return { options, tookNext: false };
      }
      const last = withNext(option, following, `-${letter}`);
      return { options: [...options, ...last.options], tookNext: true };
    }
    options.push({ name: option.name, value: undefined });
  }
  return { options, tookNext: false };
}

function withNext(option: Option, following: string | undefined, written: string): ReadWord {
  if (following === undefined) {
    throw usageError(`${written} needs an argument (${option.argument ?? ''})`);
  }
  return { options: [{ name: option.name, value: following }], tookNext: true };
}

function withoutValue(option: Option): ReadWord {
  return { options: [{ name: option.name, value: undefined }], tookNext: false };
}

const LETTERS: ReadonlyMap<string, Option> = new Map(
  ALL_OPTIONS.flatMap((option) =>
    option.letter === undefined ? [] : [[option.letter, option] as const],
  ),
);
