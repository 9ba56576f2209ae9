/** Which rules of filters fit no call of a recording, and why. */
import { nearestName } from '../base/nearest-name.js';
import type { CallOrigin } from '../trace/event.js';
import type {
  FilterKind,
  SomeModules,
  UnmatchedReason,
  UnmatchedRule,
} from '../trace/unmatched.js';
import { nearModules } from './near-modules.js';
import type {
  FilteredCall,
  FilterExpression,
  FilterRule,
  ModuleIdentity,
} from './symbol-filter.js';

export type FiltersOfRecording = Readonly<Record<FilterKind, readonly FilterExpression[]>>;

interface OpenRule {
  readonly rule: FilterRule;
  readonly expression: FilterExpression;
  readonly filter: FilterKind;
}

interface SeenCall extends FilteredCall {
  readonly origin: CallOrigin;
}

/** More functions with their callers no honest recording has; what is beyond is not looked at for reasons. */
const MOST_SEEN = 50_000;

export class RecordedRules {
  private readonly unmatched: Set<OpenRule>;
  private readonly seen = new Map<string, SeenCall>();
  /** By path. */
  private readonly loaded = new Map<string, ModuleIdentity>();

  constructor(filters: FiltersOfRecording) {
    const kinds: readonly FilterKind[] = ['calls', 'libraries', 'functions'];
    const rules = kinds.flatMap((filter) =>
      filters[filter].flatMap((expression) =>
        expression.rules
          .filter(({ effect }) => effect === 'mark')
          .map((rule) => ({ rule, expression, filter })),
      ),
    );
    this.unmatched = new Set(rules);
  }

  /** Also one that made no call. */
  load(module: ModuleIdentity): void {
    if (this.loaded.size < MOST_SEEN) this.loaded.set(module.path, module);
  }

  see(call: FilteredCall, origin: CallOrigin): void {
    if (this.unmatched.size === 0) return;
    for (const open of this.unmatched) {
      const isEntry = origin === 'function' && open.filter !== 'functions';
      if (isEntry || open.rule.fits(call) === 'no') continue;
      if (open.expression.judge(call) !== 'no') this.unmatched.delete(open);
    }
    const { symbol, shownAs, caller, callee } = call;
    const key = [origin, symbol.name, shownAs, caller?.name, callee?.name].join('\0');
    if (this.seen.size < MOST_SEEN && !this.seen.has(key)) this.seen.set(key, { ...call, origin });
  }

  report(): readonly UnmatchedRule[] {
    return [...this.unmatched].map((open) => ({
      rule: open.rule.text,
      filter: open.filter,
      reason: this.why(open),
    }));
  }

  private why({ rule, expression, filter }: OpenRule): UnmatchedReason {
    const calls = [...this.seen.values()];
    const modules = [
      ...this.loaded.values(),
      ...calls.flatMap(({ caller, callee }) => [caller, callee].filter(isKnown)),
    ];
    const callers = modules.filter((module) => rule.fitsCaller(module));
    if (callers.length === 0 || !modules.some((module) => rule.fitsCallee(module))) {
      const near = nearModules(rule.literal.modules, modules);
      return { kind: 'no-such-module', looked: namesOf(modules).length, near };
    }
    const named = calls.filter(
      ({ symbol, shownAs }) => rule.fits(nameOnly(symbol, shownAs)) !== 'no',
    );
    const fitting = named.filter((call) => rule.fits(call) !== 'no');
    const dropped = fitting.filter((call) => expression.judge(call) === 'no');
    const [first] = dropped;
    const by = first === undefined ? undefined : expression.deciding(first);
    if (by !== undefined) {
      const droppedByIt = dropped.filter((call) => expression.deciding(call) === by);
      return {
        kind: 'taken-away',
        by: by.text,
        modules: some(droppedByIt.map(({ caller }) => caller)),
      };
    }
    if (fitting.length > 0) return { kind: 'recorded-as-entries' };
    if (named.length > 0 && filter === 'calls') {
      const wanted = some(callers);
      return { kind: 'called-by-others', callers: some(named.map(({ caller }) => caller)), wanted };
    }
    return notRecorded(rule, calls);
  }
}

function notRecorded(rule: FilterRule, calls: readonly SeenCall[]): UnmatchedReason {
  const names = new Set(
    calls.flatMap(({ symbol, shownAs }) => [symbol.name, shownAs ?? symbol.name]),
  );
  const written = rule.literal.symbol;
  const nearest = written === undefined ? undefined : nearestName(written, [...names]);
  const near = nearest === undefined ? [] : [nearest];
  return { kind: 'not-recorded', functions: names.size, near };
}

function nameOnly(symbol: FilteredCall['symbol'], shownAs: string | undefined): FilteredCall {
  return shownAs === undefined ? { symbol } : { symbol, shownAs };
}

function isKnown(module: ModuleIdentity | undefined): module is ModuleIdentity {
  return module !== undefined && module.name !== '';
}

function namesOf(modules: readonly (ModuleIdentity | undefined)[]): readonly string[] {
  return [...new Set(modules.flatMap((module) => module?.name ?? []))];
}

/** Names that are kept: more nobody reads. */
const MOST_NAMES = 8;

function some(modules: readonly (ModuleIdentity | undefined)[]): SomeModules {
  const names = namesOf(modules);
  return { names: names.slice(0, MOST_NAMES), count: names.length };
}
