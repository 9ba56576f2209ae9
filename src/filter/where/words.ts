/** What the words of a condition mean, and which of them can mean nothing. */
import { errnoNames, errnoNumber } from '../../base/errno-names.js';
import { nearestName } from '../../base/nearest-name.js';
import { PatternError } from '../pattern-error.js';
import type { Field, Operand, ScriptField } from './condition.js';
import type { Token } from './lexer.js';
import type { Scalar } from './scalar.js';

export type NameToken = Extract<Token, { kind: 'name' }>;

export function constant(scalar: Scalar): Operand {
  return { kind: 'constant', scalar };
}

/** Throws PatternError for a word that can be known, and is not. */
export function operandNamed(token: NameToken): Operand {
  const { text } = token;
  const number = NAMED_NUMBERS[text] ?? numberOfErrno(token);
  if (number !== undefined) return constant({ numbers: [number], texts: [] });
  if (ENUMERATOR.test(text)) return constant({ numbers: [], texts: [text] });
  const script = scriptFieldNamed(text);
  if (script === undefined && text.includes('.')) {
    throw new PatternError(`unknown name '${text}'${didYouMean(text, SCRIPT_WORDS)}`, token.at);
  }
  return { kind: 'field', field: script ?? fieldNamed(text) };
}

/** What stands before the dot. */
const SCRIPT_LANGUAGES = new Map<string, ScriptField['language']>([
  ['script', 'any'],
  ['py', 'python'],
  ['perl', 'perl'],
]);
const SCRIPT_PARTS = ['function', 'file', 'line'] as const;
const SCRIPT_WORDS = [...SCRIPT_LANGUAGES.keys()].flatMap((language) =>
  SCRIPT_PARTS.map((part) => `${language}.${part}`),
);

function scriptFieldNamed(name: string): ScriptField | undefined {
  const [before = '', behind = ''] = name.split('.');
  const language = SCRIPT_LANGUAGES.get(before);
  const part = SCRIPT_PARTS.find((one) => one === behind);
  return language && part && { kind: 'script', name, language, part };
}

const NAMED_NUMBERS: Readonly<Partial<Record<string, number>>> = Object.assign(
  Object.create(null) as object,
  { NULL: 0, nil: 0, true: 1, false: 0, EOF: -1 },
);

/** As C writes constants: no argument is called so. */
const ENUMERATOR = /^(?:[A-Z][A-Z0-9]*_[A-Z0-9_]*|SIG[A-Z0-9]+)$/;
/** As error numbers are written, and nothing else. */
const ERRNO = /^E[A-Z0-9]{2,}$/;

function numberOfErrno({ text, at }: NameToken): number | undefined {
  if (!ERRNO.test(text)) return undefined;
  const number = errnoNumber(text);
  if (number !== undefined) return number;
  throw new PatternError(`unknown error number '${text}'${didYouMean(text, errnoNames())}`, at);
}

/** Throws PatternError: `strlen(path)`. */
export function refuseFunction({ text, at }: NameToken): never {
  throw new PatternError(
    `'${text}(' is no condition: there are no functions, only comparisons such as path =~ "/etc/*"`,
    at,
  );
}

const PLAIN_FIELDS = [
  'retval',
  'errno',
  'duration',
  'caller',
  'library',
  'function',
  'tid',
  'pid',
] as const satisfies readonly Exclude<Field['kind'], 'argument' | 'named-argument' | 'script'>[];

type PlainField = (typeof PLAIN_FIELDS)[number];

export function fieldNamed(name: string): Field {
  const numbered = /^arg([0-9]{1,4})$/.exec(name);
  if (numbered !== null) {
    const index = Number(numbered[1]) - 1;
    return index < 0 ? { kind: 'retval' } : { kind: 'argument', index };
  }
  const plain = PLAIN_FIELDS.find((field): field is PlainField => field === name);
  return plain === undefined ? { kind: 'named-argument', name } : { kind: plain };
}

export function didYouMean(word: string, names: readonly string[]): string {
  const near = nearestName(word, names);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** What a condition can ask for besides arguments. */
export const KNOWN_WORDS: readonly string[] = [...PLAIN_FIELDS, ...SCRIPT_WORDS];
