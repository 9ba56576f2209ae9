/** What a trace could not see: the call that is asked about may have been made there. */
import { unmatchedLines } from '../output/text/unmatched-text.js';
import { escapeName } from '../output/text/escape.js';
import type { FilterExpression } from '../filter/symbol-filter.js';
import type { CoverageEvent, ModuleCoverage, ProcessStarted, TraceEvent } from '../trace/event.js';
import type { UnmatchedRule } from '../trace/unmatched.js';

export class BlindSpots {
  /** Without newlines, each once. */
  private readonly reasons = new Set<string>();
  /** Functions that fit, and could not be watched. */
  private readonly unwatched = new Set<string>();
  private readonly loaded = new Map<string, { readonly isMainProgram: boolean }>();
  /** Processes whose whole life is asked about; of one that we were sent to, the time with us. */
  private readonly launched = new Set<number>();
  private readonly marks: ReadonlySet<string>;

  constructor(private readonly filter: FilterExpression) {
    const marks = filter.rules.filter(({ effect }) => effect === 'mark');
    this.marks = new Set(marks.map(({ text }) => text));
  }

  accept(event: TraceEvent): void {
    if (event.kind === 'process-started') this.begin(event);
    else if (event.kind === 'module-loaded') this.loaded.set(event.path, event);
    else if (event.kind === 'detached') this.leave(event.pid);
    else if (event.kind === 'coverage') this.look(event);
  }

  /** Undefined where everything was seen. */
  why(): string | undefined {
    const [one] = this.unwatched;
    const [reason] = this.reasons;
    if (one === undefined) return reason;
    const others = this.unwatched.size === 1 ? '' : ` and ${this.unwatched.size - 1} more`;
    return `${escapeName(one)}${others} could not be watched`;
  }

  /** Why the filter fits nothing at all; undefined where any of its rules does. */
  whyNothingFits({ unmatchedRules }: CoverageEvent): string | undefined {
    const unmatched = this.own(unmatchedRules);
    if (new Set(unmatched.map(({ rule }) => rule)).size < this.marks.size) return undefined;
    const reasons = unmatchedLines(unmatched).map(({ reason }) => reason);
    return reasons.length === 0 ? undefined : `nothing fits it: ${reasons.join('; ')}`;
  }

  private begin({ pid, how, parent }: ProcessStarted): void {
    if (how === 'launch' || (parent !== undefined && this.launched.has(parent))) {
      this.launched.add(pid);
    }
  }

  private leave(pid: number): void {
    if (this.launched.has(pid)) this.reasons.add(`process ${pid} went on without us`);
  }

  private look({ modules, unmatchedRules, left = [] }: CoverageEvent): void {
    for (const pid of left) this.leave(pid);
    for (const module of modules) this.lookInto(module);
    for (const { reason } of this.own(unmatchedRules)) {
      if (reason.kind === 'no-modules') this.reasons.add('no module could be read');
      if (reason.kind !== 'unknown-function' || reason.stripped.count === 0) continue;
      this.reasons.add(
        `${escapeName(reason.stripped.names.join(', '))} is stripped of the names of its functions`,
      );
    }
  }

  private lookInto({ module: name, path, unreadable, refused }: ModuleCoverage): void {
    for (const { symbol } of refused) {
      if (this.filter.mayTake({ name: symbol })) this.unwatched.add(symbol);
    }
    if (unreadable === undefined) return;
    // A program that was never seen to be loaded: nor were its libraries.
    const known = this.loaded.get(path);
    const identity = { name, path, isMainProgram: known?.isMainProgram ?? true };
    if (known !== undefined && !this.filter.canBeCaller(identity)) return;
    this.reasons.add(`${escapeName(name)} could not be read: ${escapeName(unreadable)}`);
  }

  private own(unmatched: readonly UnmatchedRule[]): readonly UnmatchedRule[] {
    return unmatched.filter(({ rule, filter }) => filter === 'calls' && this.marks.has(rule));
  }
}
