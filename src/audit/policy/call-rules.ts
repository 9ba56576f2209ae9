/** Calls that a policy denies, and those that it expects, by filters as `-e` has them. */
import { EventSelection } from '../../filter/event-selection.js';
import type { FilterExpression } from '../../filter/symbol-filter.js';
import type { CallEvent, TraceEvent } from '../../trace/event.js';
import type { Judgement } from '../findings/finding.js';
import { originOf } from '../fold/moment.js';

export interface CallRule {
  readonly effect: 'deny' | 'expect';
  /** The filter as it was written. */
  readonly text: string;
  readonly filter: FilterExpression;
}

interface Watched {
  readonly rule: CallRule;
  readonly selection: EventSelection;
  wasSeen: boolean;
}

export class CallRules {
  private readonly watched: readonly Watched[];

  constructor(rules: readonly CallRule[]) {
    this.watched = rules.map((rule) => ({
      rule,
      selection: new EventSelection({
        filters: { calls: [], libraries: [], functions: [rule.filter] },
        selectsSyscall: () => false,
        where: [],
      }),
      wasSeen: false,
    }));
  }

  /** What is wrong with the call that this is, if it is one. */
  accept(event: TraceEvent): readonly Judgement[] {
    return this.watched.flatMap((one) => {
      const call = one.selection.select(event).find((selected) => selected.kind === 'call');
      if (call === undefined || isWithinLibrary(call)) return [];
      one.wasSeen = true;
      return one.rule.effect === 'deny' ? [denied(one.rule, call)] : [];
    });
  }

  /** What was expected and did not happen so far. */
  get missing(): readonly Judgement[] {
    return this.watched
      .filter(({ rule, wasSeen }) => rule.effect === 'expect' && !wasSeen)
      .map(({ rule }) => ({
        rule: 'CALL-MISSING',
        sentence: `No call fitted '${rule.text}', which was expected.`,
        evidence: [],
        calls: [],
        origin: undefined,
      }));
  }
}

/** What OpenSSL calls of itself, such as all of its algorithms when it begins, is nobody's decision. */
function isWithinLibrary({ caller, library }: CallEvent): boolean {
  return caller.module === library && /^lib(?:ssl|crypto)\b/.test(library);
}

function denied({ text }: CallRule, call: CallEvent): Judgement {
  return {
    rule: 'CALL-DENIED',
    sentence: `${call.symbol} was called, which '${text}' denies.`,
    evidence: [],
    calls: [call.call],
    origin: originOf(call, `${call.shownAs ?? call.symbol}()`),
  };
}
