/** The options of a command line, sorted by the parser of yargs, checked, and asked for by name. */
import { Parser } from 'yargs/helpers';
import { nearestName } from '../base/nearest-name.js';
import { readCommandLine, usageError, type OptionWord } from './command-line.js';
import { parseInteger } from './integer.js';
import { ALL_OPTIONS, takesArgument, type OptionName } from './options/all-options.js';
import type { OptionDeclaration } from './options/declaration.js';

/**
 * The bundle holds only the parser of yargs (see scripts/bundle.js): yargs as a whole adds 80 to 100 ms to
 * each start, its parser 10, and 3 when bundled.
 */
const CONFIGURATION = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': true,
  'flatten-duplicate-arrays': true,
  'greedy-arrays': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
  'strip-aliased': true,
};

export class ParsedOptions {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly words: readonly OptionWord[];

  /** Throws UserError ('usage') for what is not an option, or not such a value. */
  constructor(words: readonly string[]) {
    const line = readCommandLine(words);
    this.operands = line.operands;
    this.words = line.options;
    this.values = Parser(line.options.map(marked), DECLARATIONS);
    for (const { name, value } of line.options) check(name, value);
  }

  /** The command and its arguments. */
  readonly operands: readonly string[];

  has(name: OptionName): boolean {
    return this.count(name) > 0 || this.all(name).length > 0;
  }

  /** How often a flag was given. */
  count(name: OptionName): number {
    const value = this.values[name];
    return typeof value === 'number' ? value : 0;
  }

  /** Every value, in order. */
  all(name: OptionName): readonly string[] {
    const value = this.values[name];
    const texts = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
    return texts.map((text) => text.slice(VALUE_MARK.length));
  }

  /** Of options whose order says what belongs together, the words as they came. */
  sequence(names: readonly OptionName[]): readonly OptionWord[] {
    return this.words.filter(({ name }) => names.includes(name));
  }

  last(name: OptionName): string | undefined {
    return this.all(name).at(-1);
  }

  /** undefined when it was not given; checked already. */
  integer(name: OptionName): number | undefined {
    const text = this.last(name);
    return text === undefined ? undefined : parseInteger(text);
  }
}

/** Before each value: without it yargs-parser drops empty values and takes quotes away. */
const VALUE_MARK = ':';

function marked({ name, value }: OptionWord): string {
  return value === undefined ? `--${name}` : `--${name}=${VALUE_MARK}${value}`;
}

const DECLARATIONS = {
  array: ALL_OPTIONS.filter(takesArgument).map(({ name }) => name),
  count: ALL_OPTIONS.filter((option) => !takesArgument(option)).map(({ name }) => name),
  configuration: CONFIGURATION,
};

function check(name: OptionName, text: string | undefined): void {
  const option = ALL_OPTIONS.find((candidate) => candidate.name === name);
  if (option === undefined || text === undefined) return;
  const { value } = option;
  if (value.kind === 'integer') checkInteger(option, text, value);
  if (value.kind === 'choice' && !value.choices.includes(text)) {
    const near = nearestName(text, value.choices);
    const meant = near === undefined ? '' : `; did you mean ${near}?`;
    throw usageError(
      `${spelling(option)}: '${text}' is none of ${value.choices.join(', ')}${meant}`,
    );
  }
}

function checkInteger(
  option: OptionDeclaration,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): void {
  const parsed = parseInteger(text);
  if (parsed === undefined || parsed < min || parsed > max) {
    throw usageError(`${spelling(option)}: '${text}' is not an integer from ${min} to ${max}`);
  }
}

/** As people know it: by its letter where it has one. */
function spelling({ letter, name }: OptionDeclaration): string {
  return letter === undefined ? `--${name}` : `-${letter}`;
}
