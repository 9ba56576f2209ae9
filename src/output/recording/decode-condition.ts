/** Reads back what conditions came to. */
import type { ConditionCoverage, UnmetWord } from '../../trace/event.js';
import { asArray, asObject, choiceOf, countOf, textOf, textsOf } from './json-fields.js';

/** @throws BadEvent */
export function decodeCondition(json: unknown): ConditionCoverage {
  const object = asObject(json, 'condition');
  return {
    condition: textOf(object, 'condition'),
    judged: countOf(object, 'judged'),
    held: countOf(object, 'held'),
    unmet: asArray(object['unmet'], 'unmet').map(decodeWord),
  };
}

const KINDS = ['argument', 'caller', 'library', 'function', 'value'] as const;

function decodeWord(json: unknown): UnmetWord {
  const word = asObject(json, 'unmet');
  return {
    what: choiceOf(word, 'what', KINDS),
    word: textOf(word, 'word'),
    near: textsOf(word, 'near'),
  };
}
