/** Keeps count of what conditions came to: that one holds for no call must not look like there were no calls. */
import type { ConditionCoverage, EnteredEvent, LeftEvent } from '../trace/event.js';
import type { WhereCondition } from './where/parse-where.js';
import type { WordsMet } from './where/words-met.js';

interface Page {
  readonly condition: WhereCondition;
  readonly words: WordsMet;
  judged: number;
  held: number;
}

export class ConditionBook {
  private readonly pages: readonly Page[];

  constructor(conditions: readonly WhereCondition[]) {
    this.pages = conditions.map((condition) => ({
      condition,
      words: condition.watchWords(),
      judged: 0,
      held: 0,
    }));
  }

  /** 'open': that depends on how the call ends. */
  atEntry(call: EnteredEvent): 'yes' | 'no' | 'open' {
    let verdict: 'yes' | 'no' | 'open' = 'yes';
    for (const page of this.pages) {
      page.words.look(call, undefined);
      const held = page.condition.atEntry(call);
      if (held !== undefined) count(page, held);
      if (held === false) verdict = 'no';
      else if (held === undefined && verdict === 'yes') verdict = 'open';
    }
    return verdict;
  }

  /** Of a call that was 'open'. `result` is undefined for one that never returned. */
  atEnd(call: EnteredEvent, result: LeftEvent | undefined): boolean {
    let all = true;
    for (const page of this.pages) {
      const held = page.condition.holds(call, result);
      if (page.condition.atEntry(call) === undefined) count(page, held);
      all &&= held;
    }
    return all;
  }

  /** What is only known now may be what a condition asks for, also of a call that was dropped. */
  lookAtEnd(call: EnteredEvent, result: LeftEvent | undefined): void {
    for (const { words } of this.pages) words.look(call, result);
  }

  report(): readonly ConditionCoverage[] {
    return this.pages.map(({ condition, words, judged, held }) => ({
      condition: condition.text,
      judged,
      held,
      unmet: words.unmet(),
    }));
  }
}

function count(page: Page, held: boolean): void {
  page.judged++;
  if (held) page.held++;
}
