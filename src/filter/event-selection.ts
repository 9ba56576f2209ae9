/** Applies filters and conditions to events that were recorded with others, or with none. */
import type { CallEvent, ReturnEvent, TraceEvent } from '../trace/event.js';
import type { FilterExpression, ModuleIdentity, SymbolIdentity } from './symbol-filter.js';
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
): 'every-call' | ((call: CallEvent, result: ReturnEvent | undefined) => boolean) {
  if (conditions.length === 0) return 'every-call';
  return (call, result) => conditions.every((condition) => condition.holds(call, result));
}

export class EventSelection {
  /** Calls that were passed on and have not ended. */
  private readonly open = new Set<number>();
  /** Calls whose fate the return decides. */
  private readonly held = new Map<number, CallEvent>();
  private readonly paths = new Map<string, string>();
  private mainProgram = '';

  constructor(private readonly rules: SelectionRules) {}

  /** What of it goes on: nothing, the event, or a call that waited and then the event. */
  select(event: TraceEvent): readonly TraceEvent[] {
    if (event.kind === 'call') return this.enter(event);
    if (event.kind === 'return') return this.leave(event, event.call, event);
    if (event.kind === 'call-abandoned') return this.leave(event, event.call, undefined);
    if (event.kind === 'syscall') return this.rules.selectsSyscall(event.name) ? [event] : [];
    if (event.kind === 'syscall-return') {
      return this.rules.selectsSyscall(event.call.name) ? [event] : [];
    }
    this.learn(event);
    return [event];
  }

  private learn(event: TraceEvent): void {
    if (event.kind === 'module-loaded') this.paths.set(event.module, event.path);
    if (event.kind === 'process-started' || event.kind === 'exec') this.mainProgram = event.program;
  }

  private enter(call: CallEvent): readonly TraceEvent[] {
    if (!this.fits(call)) return [];
    const decisions = this.rules.where.map((condition) => condition.atEntry(call));
    if (decisions.includes(false)) return [];
    if (decisions.includes(undefined)) {
      this.held.set(call.call, call);
      return [];
    }
    this.open.add(call.call);
    return [call];
  }

  private leave(
    event: TraceEvent,
    call: CallEvent,
    result: ReturnEvent | undefined,
  ): readonly TraceEvent[] {
    if (this.open.delete(call.call)) return [event];
    const held = this.held.get(call.call);
    if (held === undefined) return [];
    this.held.delete(call.call);
    return this.rules.where.every((condition) => condition.holds(call, result))
      ? [held, event]
      : [];
  }

  private fits(call: CallEvent): boolean {
    const { filters } = this.rules;
    if (filters === 'everything') return true;
    const symbol = symbolOf(call);
    const callee = this.moduleOf(call.library, call.inMainProgram);
    const matches = (list: readonly FilterExpression[], module: ModuleIdentity): boolean =>
      list.some((filter) => filter.matches(symbol, module));
    if (matches(filters.functions, callee)) return true;
    if (call.origin === 'function') return false;
    const caller = this.moduleOf(call.caller.module, this.isMainProgram(call.caller.module));
    return matches(filters.libraries, callee) || matches(filters.calls, caller);
  }

  private moduleOf(name: string, isMainProgram: boolean): ModuleIdentity {
    return { name, path: this.paths.get(name) ?? name, isMainProgram };
  }

  /** By its path, where the recording tells it; the program rarely has a SONAME. */
  private isMainProgram(module: string): boolean {
    const path = this.paths.get(module);
    if (path !== undefined && path === this.mainProgram) return true;
    return module === this.mainProgram.slice(this.mainProgram.lastIndexOf('/') + 1);
  }
}

function symbolOf({ symbol, version, demangled }: CallEvent): SymbolIdentity {
  return {
    name: symbol,
    ...(version === undefined ? {} : { version }),
    demangled: () => demangled,
  };
}
