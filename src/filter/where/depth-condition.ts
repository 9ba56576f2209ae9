/** `--depth N`: only calls that fewer than N others enclose. */
import { evaluate, type Condition } from './condition.js';
import type { WhereCondition } from './parse-where.js';
import { WordsMet } from './words-met.js';
import { constant } from './words.js';

/** @param levels 1 for calls that no other one encloses */
export function depthCondition(levels: number): WhereCondition {
  const condition: Condition = {
    kind: 'compare',
    operator: '<',
    left: { kind: 'field', field: { kind: 'depth' } },
    right: constant({ numbers: [levels], texts: [] }),
  };
  return {
    text: `--depth ${levels}`,
    asksForScript: false,
    atEntry: (call) => evaluate(condition, { kind: 'entry', call }),
    holds: (call, result) => evaluate(condition, { kind: 'over', call, result }) === true,
    watchWords: () => new WordsMet(condition, () => new Set()),
  };
}
