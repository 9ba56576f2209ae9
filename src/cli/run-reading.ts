/** `--read` and `--compare`: the same outputs from recordings. */
import { posix } from 'node:path';
import type { FilterExpression, ModuleIdentity } from '../filter/symbol-filter.js';
import type { OutputDestination } from '../output/make-sinks.js';
import { compareProfiles } from '../output/compare/compare-profiles.js';
import { renderComparisonJson, renderComparisonText } from '../output/compare/render-comparison.js';
import { profileOf } from '../output/compare/trace-profile.js';
import { readTraceBatches } from '../output/recording/reader.js';
import type { CallEvent, ReturnEvent, TraceEvent } from '../trace/event.js';
import { openSinks } from './open-sinks.js';
import type { CompareRequest, ReadRequest } from './run-request.js';

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
  const before = await profileOf(readTraceBatches(request.before));
  const after = await profileOf(readTraceBatches(request.after));
  const comparison = compareProfiles(before, after);
  const render = request.format === 'json' ? renderComparisonJson : renderComparisonText;
  return { text: render(comparison), differ: comparison.differs };
}

/** Picks from a recording what the options would have picked from the living program. */
class RecordedSelection {
  private readonly modules = new RecordedModules();

  constructor(private readonly request: ReadRequest) {}

  take(event: TraceEvent): readonly TraceEvent[] {
    this.modules.learn(event);
    const { where } = this.request;
    if (event.kind === 'call') {
      // Whether a condition holds is known at the return only: the call is then shown with it.
      return where.length === 0 && this.selects(event) ? [event] : [];
    }
    if (event.kind === 'return') return this.closing(event.call, event, event);
    if (event.kind === 'call-abandoned') return this.closing(event.call, undefined, event);
    if (event.kind === 'syscall') return this.selectsSyscall(event.name) ? [event] : [];
    if (event.kind === 'syscall-return') return this.selectsSyscall(event.call.name) ? [event] : [];
    return [event];
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
    if (filters === 'everything') return true;
    const symbol = {
      name: call.symbol,
      ...(call.version !== undefined && { version: call.version }),
      demangled: () => call.demangled,
    };
    const anyOf = (list: readonly FilterExpression[], module: string): boolean =>
      list.some((filter) => filter.matches(symbol, this.modules.identify(call.pid, module)));
    if (call.origin === 'function') return anyOf(filters.functions, call.library);
    return anyOf(filters.calls, call.caller.module) || anyOf(filters.libraries, call.library);
  }

  private selectsSyscall(name: string): boolean {
    const { syscalls } = this.request;
    return syscalls.kind === 'some' && syscalls.selects(name);
  }
}

/** What the recording says of the modules of each process. */
class RecordedModules {
  private readonly programs = new Map<number, string>();
  private readonly paths = new Map<string, string>();

  learn(event: TraceEvent): void {
    if (event.kind === 'process-started' || event.kind === 'exec') {
      this.programs.set(event.pid, posix.basename(event.program));
    } else if (event.kind === 'module-loaded') {
      this.paths.set(`${event.pid} ${event.module}`, event.path);
    }
  }

  identify(pid: number, name: string): ModuleIdentity {
    return {
      name,
      path: this.paths.get(`${pid} ${name}`) ?? '',
      isMainProgram: this.programs.get(pid) === name,
    };
  }
}
