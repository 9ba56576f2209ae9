/** The one gate that decides which events go on: by conditions, live; by filters too, of a recording. */
import type {
  CallAbandoned,
  CallEvent,
  CoverageEvent,
  EnteredEvent,
  LeftEvent,
  SyscallEvent,
  TraceEvent,
  Where,
} from '../trace/event.js';
import { ConditionBook } from './condition-book.js';
import { RecordedModules } from './recorded-modules.js';
import { RecordedRules } from './recorded-rules.js';
import { ShownCalls } from './shown-calls.js';
import type { FilteredCall, FilterExpression } from './symbol-filter.js';
import type { WhereCondition } from './where/parse-where.js';

export interface SelectionRules {
  readonly filters: 'everything' | SelectionFilters;
  readonly selectsSyscall: (name: string) => boolean;
  /** All must hold. */
  readonly where: readonly WhereCondition[];
}

export interface SelectionFilters {
  /** -e */
  readonly calls: readonly FilterExpression[];
  /** -l */
  readonly libraries: readonly FilterExpression[];
  /** -x: here also what was recorded as a call from another module. */
  readonly functions: readonly FilterExpression[];
}

/** 'decided': shown at once, since what is known at entry decides. 'held': that depends on the end. */
type Fate = 'decided' | 'held' | 'shown' | 'dropped';

export class EventSelection {
  /**
   * Of calls that fit. By the event itself and not its number, because a call in which the process forks ends once
   * more in the child.
   */
  private readonly fates = new WeakMap<EnteredEvent, Fate>();
  /** By thread: system calls whose fate is open. They have no event of their own when they never return. */
  private readonly openSyscalls = new Map<number, SyscallEvent>();
  private readonly modules = new RecordedModules();
  private readonly shown = new ShownCalls();
  private readonly conditions: ConditionBook;
  private readonly recorded: RecordedRules | undefined;
  private readonly takesEveryCall: boolean;
  private selectedCalls = 0;
  private seenCalls = 0;
  private hasCoverage = false;

  constructor(private readonly rules: SelectionRules) {
    const { filters, where } = rules;
    this.conditions = new ConditionBook(where);
    this.recorded = filters === 'everything' ? undefined : new RecordedRules(filters);
    this.takesEveryCall = rules.filters === 'everything' && rules.where.length === 0;
  }

  /** What of it goes on: nothing, the event, or a call that waited and then the event. */
  select(event: TraceEvent): readonly TraceEvent[] {
    const { takesEveryCall } = this;
    const { kind } = event;
    if (kind === 'call') return takesEveryCall ? [event] : this.enter(event);
    if (kind === 'return' || kind === 'call-abandoned') {
      return takesEveryCall ? [event] : this.leave(event);
    }
    if (kind === 'syscall') {
      return takesEveryCall ? this.ifSelected(event, event) : this.enterSyscall(event);
    }
    if (kind === 'syscall-return') {
      this.openSyscalls.delete(event.tid);
      return takesEveryCall ? this.ifSelected(event.call, event) : this.leave(event);
    }
    if (kind === 'coverage' && !takesEveryCall) return [this.covered(event)];
    this.modules.accept(event);
    if (kind === 'module-loaded') this.recorded?.load(this.modules.find(event.pid, event.module));
    return [...this.endSyscalls(event), event];
  }

  /** What is to be said of a recording that ends without its coverage; nothing where all is well. */
  finish(last: Where): readonly TraceEvent[] {
    if (this.takesEveryCall || this.hasCoverage) return [];
    const calls = this.seenCalls;
    const facts = { kind: 'coverage', calls, stops: 0, modules: [], unmatchedRules: [] } as const;
    return [this.covered({ ...last, ...facts })];
  }

  /** The reasons are found out when somebody asks for them. */
  private covered(event: CoverageEvent): CoverageEvent {
    this.hasCoverage = true;
    const { conditions, recorded, rules } = this;
    return Object.defineProperties({} as CoverageEvent, {
      ...Object.getOwnPropertyDescriptors(event),
      // As in the doc comments of CoverageEvent: nothing is said where nothing was held back.
      ...(this.selectedCalls !== event.calls && {
        selected: { enumerable: true, value: this.selectedCalls },
      }),
      ...((event.conditions !== undefined || rules.where.length > 0) && {
        conditions: once(() => [...(event.conditions ?? []), ...conditions.report()]),
      }),
      unmatchedRules: once(() => [...event.unmatchedRules, ...(recorded?.report() ?? [])]),
    });
  }

  private ifSelected({ name }: SyscallEvent, event: TraceEvent): readonly TraceEvent[] {
    return this.rules.selectsSyscall(name) ? [event] : [];
  }

  private enterSyscall(call: SyscallEvent): readonly TraceEvent[] {
    const shown = this.enter(call);
    if (this.fates.has(call)) this.openSyscalls.set(call.tid, call);
    return shown;
  }

  /** Those inside which a thread ended, or its process turned into another program. */
  private endSyscalls(event: TraceEvent): readonly TraceEvent[] {
    if (this.openSyscalls.size === 0) return [];
    const ended = [...this.openSyscalls.values()].filter((call) => endsInside(event, call));
    return ended.flatMap((call) => {
      this.openSyscalls.delete(call.tid);
      const isShown = this.fates.get(call) === 'held' && this.conditions.atEnd(call, undefined);
      const shown = isShown ? [this.show(call)] : [];
      this.shown.close(call, call.pid);
      return shown;
    });
  }

  private enter(call: EnteredEvent): readonly TraceEvent[] {
    this.shown.begin(call);
    this.seenCalls++;
    const fits = call.kind === 'call' ? this.fits(call) : this.rules.selectsSyscall(call.name);
    if (!fits) return [];
    const verdict = this.conditions.atEntry(call);
    this.fates.set(call, FATES[verdict]);
    return verdict === 'yes' ? [this.show(call)] : [];
  }

  private leave(event: LeftEvent | CallAbandoned): readonly TraceEvent[] {
    const selected = this.end(event);
    this.shown.close(event.call, event.pid);
    return selected;
  }

  private end(event: LeftEvent | CallAbandoned): readonly TraceEvent[] {
    const { call } = event;
    const fate = this.fates.get(call);
    if (fate === undefined) return [];
    const result = event.kind === 'call-abandoned' ? undefined : event;
    this.conditions.lookAtEnd(call, result);
    if (fate === 'dropped') return [];
    if (fate === 'decided') return [this.shown.end(event)];
    if (!this.conditions.atEnd(call, result)) return [];
    this.fates.set(call, 'shown');
    if (fate === 'shown') return [this.shown.end(event)];
    const shown = this.show(call);
    return [shown, this.shown.end(event)];
  }

  private show(call: EnteredEvent): EnteredEvent {
    this.selectedCalls++;
    return this.shown.show(call);
  }

  private fits(call: CallEvent): boolean {
    const { filters } = this.rules;
    if (filters === 'everything') return true;
    const asked = this.asked(call);
    this.recorded?.see(asked, call.origin);
    const fits = (filter: FilterExpression): boolean => filter.judge(asked) !== 'no';
    if (filters.functions.some(fits)) return true;
    return call.origin === 'call' && (filters.libraries.some(fits) || filters.calls.some(fits));
  }

  private asked(call: CallEvent): FilteredCall {
    const { symbol, version, shownAs, pid, caller, library, inMainProgram } = call;
    return {
      symbol: { name: symbol, ...(version === undefined ? {} : { version }) },
      shownAs: shownAs ?? symbol,
      caller: this.modules.find(pid, caller.module),
      // '': in no module, as far as was known; in the vdso.
      ...(library !== '' && {
        callee: { ...this.modules.find(pid, library), isMainProgram: inMainProgram },
      }),
    };
  }
}

const FATES = { yes: 'decided', no: 'dropped', open: 'held' } as const;

function once(find: () => readonly unknown[]): PropertyDescriptor {
  let found: readonly unknown[] | undefined;
  return { enumerable: true, get: () => (found ??= find()) };
}

function endsInside(event: TraceEvent, call: SyscallEvent): boolean {
  if (event.kind === 'exec' || event.kind === 'detached') return event.pid === call.pid;
  const isEnd = event.kind === 'thread-ended' || event.kind === 'exited' || event.kind === 'killed';
  return isEnd && event.tid === call.tid;
}
