/** Finds what is wrong with options before anything is started: callers in JavaScript have no compiler to do it. */
import { inspect } from 'node:util';
import { nearestName } from '../base/nearest-name.js';
import { OptionError } from './option-error.js';
import type { LaunchOptions } from './options.js';

/** undefined when the value is right, else what it should be. */
type Check = (value: unknown) => string | undefined;

const isText = (value: unknown): value is string => typeof value === 'string';
const isListOfTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const check =
  (isRight: (value: unknown) => boolean, expected: string): Check =>
  (value) =>
    isRight(value) ? undefined : expected;

const flag = check((value) => typeof value === 'boolean', 'true or false');
const count = check(
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  'a whole number from 0 up',
);
const texts = check(isListOfTexts, 'a list of strings');
const expressions = check(
  (value) => isText(value) || isListOfTexts(value),
  'a string or a list of strings',
);
const variables = check(
  (value) => isObject(value) && !Array.isArray(value) && Object.values(value).every(isPlain),
  'an object of strings',
);

/** Not by their classes: a host may have those of another realm. */
function isAbortSignal(value: unknown): boolean {
  return isObject(value) && 'aborted' in value && 'addEventListener' in value;
}

function isUrl(value: unknown): boolean {
  return isObject(value) && 'href' in value && 'protocol' in value;
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
}

const CHECKS: Readonly<Record<keyof LaunchOptions, Check>> = {
  calls: expressions,
  libraries: expressions,
  functions: expressions,
  syscalls: check(
    (value) => typeof value === 'boolean' || expressions(value) === undefined,
    'true, false, a string or a list of strings',
  ),
  where: expressions,
  follow: check(
    (value) => typeof value === 'boolean' || isListOfTexts(value),
    'true, false or a list of strings',
  ),
  stringLength: count,
  arrayLength: count,
  backtrace: count,
  origin: flag,
  showSecrets: flag,
  descriptorPaths: flag,
  cpuTime: flag,
  prototypePaths: texts,
  signal: check(isAbortSignal, 'an AbortSignal'),
  cwd: check((value) => isText(value) || isUrl(value), 'a string or a file: URL'),
  env: variables,
  environment: variables,
  // Each entry is looked at where it is opened, see stdio.ts.
  stdio: check(
    (value) => Array.isArray(value) || ['inherit', 'ignore', 'pipe'].includes(String(value)),
    "'inherit', 'ignore', 'pipe' or a list",
  ),
};

const OF_TRACE_ALONE: readonly string[] = ['cwd', 'env', 'environment', 'stdio'];

/** @throws OptionError for the first mistake */
export function checkOptions(options: unknown, by: 'trace' | 'attach'): void {
  if (!isObject(options) || Array.isArray(options)) {
    throw new OptionError('options', `must be an object, not ${shown(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(CHECKS, name)) throw unknownOption(name);
    if (value === undefined) continue;
    if (by === 'attach' && OF_TRACE_ALONE.includes(name)) {
      throw new OptionError(name, 'a process that runs has it already: an option of trace alone');
    }
    const expected = CHECKS[name as keyof LaunchOptions](value);
    if (expected !== undefined) throw wrong(name, value, expected);
  }
}

/** @throws OptionError when it is not a name with a list of texts that a program can be given */
export function checkCommand(program: unknown, args: unknown): void {
  if (!isText(program)) throw wrong('program', program, 'a string');
  if (!Array.isArray(args)) throw wrong('args', args, 'a list of strings');
  for (const [index, value] of [...(args as unknown[])].entries()) {
    if (!isText(value)) throw wrong(`args[${index}]`, value, 'a string');
    if (value.includes('\0')) throw new OptionError(`args[${index}]`, 'contains a NUL');
  }
}

function unknownOption(name: string): OptionError {
  const near = nearestName(name, Object.keys(CHECKS));
  const hint = near === undefined ? undefined : `did you mean '${near}'?`;
  return new OptionError(name, 'there is no such option', hint);
}

function wrong(option: string, value: unknown, expected: string): OptionError {
  return new OptionError(option, `must be ${expected}, not ${shown(value)}`);
}

/** One short line, whatever it is. */
function shown(value: unknown): string {
  const text = inspect(value, {
    depth: 1,
    maxArrayLength: 3,
    maxStringLength: 40,
    breakLength: Infinity,
  });
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
