/** Finds comparisons that are the same for every call: surely slips. All throw PatternError. */
import { errnoNames, errnoNumber } from '../../base/errno-names.js';
import { PatternError } from '../pattern-error.js';
import type { Comparison, Condition, Field, Operand } from './condition.js';
import type { Token } from './lexer.js';
import { constant, didYouMean, KNOWN_WORDS } from './words.js';

/** An operand and the token that it was written as. */
export interface Side {
  readonly operand: Operand;
  readonly token: Token;
}

export function truthOf(operand: Operand, { at }: Token): Condition {
  if (operand.kind === 'constant' && operand.scalar.texts.length > 0) {
    throw new PatternError('a text alone is no condition: compare it with something', at);
  }
  return { kind: 'truth', operand };
}

export function comparisonOf(operator: Comparison, left: Side, right: Side): Condition {
  const [a, b] = [asText(left, right), asText(right, left)];
  if (a.operand.kind === 'constant' && b.operand.kind === 'constant') {
    throw new PatternError('both sides are constants: nothing depends on the call', left.token.at);
  }
  checkTypes(a, b);
  checkTypes(b, a);
  if (operator === '==' || operator === '!=') {
    checkErrno(a, b);
    checkErrno(b, a);
  }
  return { kind: 'compare', operator, left: a.operand, right: b.operand };
}

/** A pattern is compared with texts. */
export function refusePattern(operand: Operand, { at }: Token): void {
  if (operand.kind === 'constant') throw new PatternError('a constant has no pattern', at);
  const { field } = operand;
  if (isNumeric(field))
    throw new PatternError(`'${nameOf(field)}' is a number and fits no pattern`, at);
}

/** `function == malloc`: what is compared with a name may be written without quotes. */
function asText(side: Side, other: Side): Side {
  const { operand, token } = side;
  const isName = operand.kind === 'field' && operand.field.kind === 'named-argument';
  if (!isName || token.kind !== 'name' || !isTextual(other.operand)) return side;
  return { operand: constant({ numbers: [], texts: [token.text] }), token };
}

function isTextual(operand: Operand): boolean {
  if (operand.kind !== 'field') return false;
  const { field } = operand;
  return field.kind === 'script' ? field.part !== 'line' : TEXTUAL.has(field.kind);
}

function nameOf(field: Field): string {
  return field.kind === 'script' ? field.name : field.kind;
}

const TEXTUAL: ReadonlySet<Field['kind']> = new Set(['caller', 'library', 'function']);

function isNumeric(field: Field): boolean {
  if (field.kind === 'script') return field.part === 'line';
  return field.kind === 'tid' || field.kind === 'pid' || field.kind === 'duration';
}

function checkTypes({ operand, token }: Side, { operand: other, token: otherToken }: Side): void {
  if (operand.kind !== 'field') return;
  const { field } = operand;
  checkUnit(field, token, otherToken);
  if (other.kind !== 'constant') return;
  const [text] = other.scalar.texts;
  if (field.kind === 'errno' && other.scalar.numbers.some((number) => number < 0)) {
    throw new PatternError('error numbers are positive: errno == ENOENT', otherToken.at);
  }
  if (text === undefined) {
    if (isTextual(operand)) {
      throw new PatternError(
        `'${nameOf(field)}' is a text, and no number equals it`,
        otherToken.at,
      );
    }
    return;
  }
  if (isNumeric(field)) {
    throw new PatternError(`'${nameOf(field)}' is a number, and no text equals it`, otherToken.at);
  }
  if (field.kind === 'errno' && errnoNumber(text) === undefined) {
    const near = didYouMean(text, errnoNames());
    throw new PatternError(`unknown error number '${text}'${near}`, otherToken.at);
  }
}

/** Of a number that no error has. */
function checkErrno({ operand }: Side, { operand: other, token }: Side): void {
  if (operand.kind !== 'field' || operand.field.kind !== 'errno') return;
  if (other.kind !== 'constant') return;
  const known = new Set([0, ...errnoNames().map(errnoNumber)]);
  const unknown = other.scalar.numbers.find((number) => !known.has(Number(number)));
  if (unknown !== undefined) throw new PatternError(`no error has the number ${unknown}`, token.at);
}

function checkUnit(field: Field, token: Token, other: Token): void {
  if (other.kind !== 'number') return;
  if (field.kind === 'duration') {
    if (!other.hasUnit && other.value != 0) {
      throw new PatternError('a duration needs a unit: ns, us, ms or s', other.at);
    }
  } else if (other.hasUnit) {
    const word = token.kind === 'name' ? token.text : field.kind;
    const near = field.kind === 'named-argument' ? didYouMean(word, KNOWN_WORDS) : '';
    throw new PatternError(`'${word}' is no duration${near}`, token.at);
  }
}
