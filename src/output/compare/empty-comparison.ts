/** Why two recordings seem to be the same: nothing was looked at. */
import type { ConditionCoverage, CoverageEvent } from '../../trace/event.js';
import { conditionLines } from '../text/condition-lines.js';
import { noneSelectedText } from '../text/notice-lines.js';
import { unmatchedLines } from '../text/unmatched-text.js';

/**
 * What fits nothing in either; what fits something in one of them alone is a difference, or none. Without newlines.
 *
 * @param before what the older recording says of itself: nothing, where it was cut off
 */
export function emptyComparisonLines(
  before: readonly CoverageEvent[],
  after: readonly CoverageEvent[],
): readonly string[] {
  const rules = (events: readonly CoverageEvent[]) =>
    events.flatMap((event) => event.unmatchedRules);
  const others = new Set(rules(after).map(({ rule }) => rule));
  const unmatched = rules(before).filter(({ rule }) => others.has(rule));
  const lines = unmatchedLines(unmatched).map(({ rules: named, count, reason }) => {
    const what = count === 1 ? 'rule' : 'rules';
    return `the filter ${what} ${named} matched nothing in both recordings: ${reason}`;
  });
  lines.push(...conditionLines(conditionsOfBoth(before, after)));
  const both = [...before, ...after];
  const looked = both.reduce((sum, { calls }) => sum + calls, 0);
  const isNothingLeft = both.length > 0 && both.every(({ selected }) => selected === 0);
  if (lines.length === 0 && isNothingLeft && looked > 0) lines.push(noneSelectedText(looked));
  return lines;
}

/** As if it had been one recording. */
function conditionsOfBoth(
  before: readonly CoverageEvent[],
  after: readonly CoverageEvent[],
): readonly ConditionCoverage[] {
  const others = conditionsOf(after);
  return conditionsOf(before).flatMap((old) => {
    const other = others.find(({ condition }) => condition === old.condition);
    if (other === undefined) return [];
    const words = new Set(other.unmet.map(({ what, word }) => `${what} ${word}`));
    return {
      condition: old.condition,
      judged: old.judged + other.judged,
      held: old.held + other.held,
      unmet: old.unmet.filter(({ what, word }) => words.has(`${what} ${word}`)),
    };
  });
}

function conditionsOf(events: readonly CoverageEvent[]): readonly ConditionCoverage[] {
  return events.flatMap(({ conditions }) => conditions ?? []);
}
