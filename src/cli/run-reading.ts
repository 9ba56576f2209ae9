/** `--read` and `--compare`: the same outputs from recordings. */
import type { FilterExpression, ModuleIdentity } from '../filter/symbol-filter.js';
import type { OutputDestination } from '../output/make-sinks.js';
import { compareProfiles } from '../output/compare/compare-profiles.js';
import { renderComparisonJson, renderComparisonText } from '../output/compare/render-comparison.js';
import { profileOf } from '../output/compare/trace-profile.js';
import { readTraceBatches } from '../output/recording/reader.js';
import type { CallEvent, ReturnEvent, TraceEvent } from '../trace/event.js';
import { openSinks } from './open-sinks.js';
import type { CompareRequest, Filters, ReadRequest } from './run-request.js';

/** @throws UserError when the recording cannot be read */
export async function runRead(request: ReadRequest, destination: OutputDestination): Promise<void> {
  const sink = openSinks(request.output, destination);
  const selection = new RecordedSelection(request);
  for await (const batch of readTraceBatches(request.path)) {
    for (const event of batch) for (const wanted of selection.take(event)) sink.accept(wanted);
  }
  sink.finish();
}

/** Text for the output, and whether the recordings differ. */
export async function runCompare(
  request: CompareRequest,
): Promise<{ readonly text: string; readonly differ: boolean }> {
  const before = await profileOf(request.before);
  const comparison = compareProfiles(before, await profileOf(request.after));
  const render = request.format === 'json' ? renderComparisonJson : renderComparisonText;
  return { text: render(comparison), differ: comparison.differ };
}

/** Picks from a recording what the options would have picked from the living program. */
class RecordedSelection {
  constructor(private readonly request: ReadRequest) {}

  /** A condition is known to hold only at the return: the call is then shown with it. */
  take(event: TraceEvent): readonly TraceEvent[] {
    const { where } = this.request;
    switch (event.kind) {
      case 'call':
        return where.length === 0 && this.selects(event) ? [event] : [];
      case 'return':
        return this.closing(event.call, event, event);
      case 'call-abandoned':
        return this.closing(event.call, undefined, event);
      case 'syscall':
        return this.selectsSyscall(event.name) ? [event] : [];
      case 'syscall-return':
        return this.selectsSyscall(event.call.name) ? [event] : [];
      default:
        return [event];
    }
  }

  private closing(
    call: CallEvent,
    result: ReturnEvent | undefined,
    event: TraceEvent,
  ): readonly TraceEvent[] {
    const { where } = this.request;
    if (!this.selects(call)) return [];
    if (where.length === 0) return [event];
    return where.every((condition) => condition.holds(call, result)) ? [call, event] : [];
  }

  private selects(call: CallEvent): boolean {
    const { filters } = this.request;
    return filters === 'everything' || matches(filters, call);
  }

  private selectsSyscall(name: string): boolean {
    const { syscalls } = this.request;
    return syscalls.kind === 'some' && syscalls.selects(name);
  }
}

function matches(filters: Filters, call: CallEvent): boolean {
  const symbol = {
    name: call.symbol,
    ...(call.version !== undefined && { version: call.version }),
    demangled: () => call.demangled,
  };
  const anyOf = (list: readonly FilterExpression[], module: ModuleIdentity): boolean =>
    list.some((filter) => filter.matches(symbol, module));
  const callee = { name: call.library, path: '', isMainProgram: call.inMainProgram };
  if (call.origin === 'function') return anyOf(filters.functions, callee);
  const caller = {
    name: call.caller.module,
    path: '',
    isMainProgram: call.caller.inMainProgram,
  };
  return anyOf(filters.calls, caller) || anyOf(filters.libraries, callee);
}
