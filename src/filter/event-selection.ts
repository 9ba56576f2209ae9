/** Applies filters and conditions to events that were recorded with others, or with none. */
import type {
  CallAbandoned,
  CallEvent,
  EnteredEvent,
  LeftEvent,
  SyscallEvent,
  TraceEvent,
} from '../trace/event.js';
import { RecordedModules } from './recorded-modules.js';
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

/** The conditions of `--where` as one; for calls that are over. */
export function allHold(
  conditions: readonly WhereCondition[],
): 'every-call' | ((call: EnteredEvent, result: LeftEvent | undefined) => boolean) {
  if (conditions.length === 0) return 'every-call';
  return (call, result) => conditions.every((condition) => condition.holds(call, result));
}

export class EventSelection {
  /**
   * Calls that fit: 'held' until it is known whether the conditions hold, as a live trace holds them. By the event
   * itself and not its number, because a call in which the process forks ends once more in the child.
   */
  private readonly fitting = new WeakMap<EnteredEvent, 'held' | 'shown'>();
  /** By thread: system calls whose fate is open. They have no event of their own when they never return. */
  private readonly heldSyscalls = new Map<number, SyscallEvent>();
  private readonly modules = new RecordedModules();
  private readonly takesEveryCall: boolean;

  constructor(private readonly rules: SelectionRules) {
    this.takesEveryCall = rules.filters === 'everything' && rules.where.length === 0;
  }

  /** What of it goes on: nothing, the event, or a call that waited and then the event. */
  select(event: TraceEvent): readonly TraceEvent[] {
    if (event.kind === 'call') return this.takesEveryCall ? [event] : this.enter(event);
    if (event.kind === 'return' || event.kind === 'call-abandoned') {
      return this.takesEveryCall ? [event] : this.leave(event);
    }
    if (event.kind === 'syscall') return this.enterSyscall(event);
    if (event.kind === 'syscall-return') {
      this.heldSyscalls.delete(event.tid);
      return this.leave(event);
    }
    this.modules.accept(event);
    return [...this.endSyscalls(event), event];
  }

  private enterSyscall(call: SyscallEvent): readonly TraceEvent[] {
    const shown = this.enter(call);
    if (this.fitting.get(call) === 'held') this.heldSyscalls.set(call.tid, call);
    return shown;
  }

  /** Those inside which a thread ended, or its process turned into another program. */
  private endSyscalls(event: TraceEvent): readonly TraceEvent[] {
    if (this.heldSyscalls.size === 0) return [];
    const ended = [...this.heldSyscalls.values()].filter((call) => endsInside(event, call));
    for (const call of ended) this.heldSyscalls.delete(call.tid);
    return ended.filter((call) => this.rules.where.every((each) => each.holds(call, undefined)));
  }

  private enter(call: EnteredEvent): readonly TraceEvent[] {
    const { where } = this.rules;
    const fits = call.kind === 'call' ? this.fits(call) : this.rules.selectsSyscall(call.name);
    if (!fits) return [];
    if (where.length === 0) {
      this.fitting.set(call, 'shown');
      return [call];
    }
    if (where.every((condition) => condition.atEntry(call) !== false)) {
      this.fitting.set(call, 'held');
    }
    return [];
  }

  private leave(event: LeftEvent | CallAbandoned): readonly TraceEvent[] {
    const { call } = event;
    const state = this.fitting.get(call);
    if (state === undefined) return [];
    const result = event.kind === 'call-abandoned' ? undefined : event;
    if (!this.rules.where.every((condition) => condition.holds(call, result))) return [];
    this.fitting.set(call, 'shown');
    return state === 'held' ? [call, event] : [event];
  }

  private fits(call: CallEvent): boolean {
    const { filters } = this.rules;
    if (filters === 'everything') return true;
    const asked = this.asked(call);
    const fits = (filter: FilterExpression): boolean => filter.judge(asked) === 'yes';
    if (filters.functions.some(fits)) return true;
    return call.origin === 'call' && (filters.libraries.some(fits) || filters.calls.some(fits));
  }

  private asked(call: CallEvent): FilteredCall {
    const { symbol, version, shownAs, pid, caller, library, inMainProgram } = call;
    return {
      symbol: { name: symbol, ...(version === undefined ? {} : { version }) },
      shownAs: shownAs ?? symbol,
      caller: this.modules.find(pid, caller.module),
      callee: { ...this.modules.find(pid, library), isMainProgram: inMainProgram },
    };
  }
}

function endsInside(event: TraceEvent, call: SyscallEvent): boolean {
  if (event.kind === 'exec') return event.pid === call.pid;
  const isEnd = event.kind === 'thread-ended' || event.kind === 'exited' || event.kind === 'killed';
  return isEnd && event.tid === call.tid;
}
