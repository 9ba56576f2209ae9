/** What conditions came to, where a person might think that nothing happened. */
import type { ConditionCoverage, UnmetWord } from '../../trace/event.js';
import { escapeName } from './escape.js';

/** Without newlines. */
export function conditionLines(conditions: readonly ConditionCoverage[]): readonly string[] {
  return conditions.flatMap(({ condition, judged, held, unmet }) => {
    const name = `the condition '${escapeName(condition)}'`;
    const words = unmet.map((word) => `warning: ${name}: ${unmetText(word)}`);
    if (words.length > 0 || judged === 0 || held > 0) return words;
    const calls = judged === 1 ? '1 call was' : `${judged} calls were`;
    return [`${name} held for no call; ${calls} looked at`];
  });
}

function unmetText({ what, word, near }: UnmetWord): string {
  const name = `'${escapeName(word)}'`;
  const guess = near.length === 0 ? '' : `; did you mean ${near.map(escapeName).join(' or ')}?`;
  switch (what) {
    case 'argument':
      return `no call that was looked at has an argument ${name}${guess}`;
    case 'caller':
      return `no call that was looked at was made by ${name}${guess}`;
    case 'library':
      return `no call that was looked at went to ${name}${guess}`;
    case 'function':
      return `no call that was looked at was of ${name}${guess}`;
    case 'value':
      return `${name} was never met, and no prototype knows it${guess}`;
  }
}
