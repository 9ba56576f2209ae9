/** Puts the parts of the tracer together. */
import type { DebugLog } from '../base/debug-log.js';
import type { ThreadId } from '../base/ids.js';
import type { Kernel } from '../kernel/kernel.js';
import type { NoticeEvent } from '../trace/event.js';
import type { TraceSink } from '../trace/sink.js';
import { Backtracer } from './calls/backtracer.js';
import { CallTracer } from './calls/call-tracer.js';
import { SyscallTracer } from './calls/syscall-tracer.js';
import { StoppedThread } from './calls/stopped-thread.js';
import type { EngineOptions, SyscallPolicy } from './engine-options.js';
import { CallerSources } from './debug-info/caller-sources.js';
import { DebugInformation } from './debug-info/debug-information.js';
import { Emitter } from './emitter.js';
import { ModuleTracker } from './loading/module-tracker.js';
import { ReturnWatch } from './stops/return-watch.js';
import { ProcessTable } from './tracees/process-table.js';
import { InlineCatcher } from './inline/inline-catcher.js';
import { whySessionByTraps } from './inline/why-by-traps.js';
import { LongWaits } from './stops/long-waits.js';
import { ScriptFrames } from './scripts/script-frames.js';
import { ScriptOrigin } from './scripts/script-origin.js';
import { protectProcess } from './sigtrap/protect-process.js';
import { beginActionCall } from './sigtrap/action-call.js';
import { meetActions } from './sigtrap/trap-action.js';
import { beginMaskCall } from './sigtrap/mask-call.js';
import { unblockTrap } from './sigtrap/unblock.js';
import { SignalCallWatch } from './sigtrap/signal-calls.js';
import { SharedGuardian } from './survival/shared-guardian.js';
import type { Thread } from './tracees/tracee.js';
import { CalledEntryPlacer } from './tracepoints/called-entry-placer.js';
import { CallPlacer } from './tracepoints/call-placer.js';
import { ChosenFunctions } from './tracepoints/chosen-functions.js';
import { Callers } from './tracepoints/callers.js';
import { LibraryCalls } from './tracepoints/library-calls.js';
import { CallRules, namePrefixesOf } from './tracepoints/call-rules.js';
import { Coverage } from './tracepoints/coverage.js';
import { FunctionPlacer } from './tracepoints/function-placer.js';
import { DroppedImports } from './tracepoints/dropped-imports.js';
import { ImportIndex } from './tracepoints/import-index.js';
import { MemoryCallPlacer } from './tracepoints/memory-call-placer.js';
import { OwnFunctionPlacer } from './tracepoints/own-function-placer.js';
import { Prospects } from './tracees/prospects.js';
import { ResolverWatch } from './tracepoints/resolver-watch.js';
import { SitePlacer } from './tracepoints/site-placer.js';
import { TracepointPlacer } from './tracepoints/place-tracepoints.js';
import type { EndReport } from '../kernel/wait-status.js';
import type { TracerContext } from './processes/tracer-context.js';
import { UnfinishedStops } from './stops/unfinished-stops.js';
import type { Dealt } from './stops/stop-context.js';

export interface TracerParts {
  readonly kernel: Kernel;
  readonly options: EngineOptions;
  readonly sink: TraceSink;
  readonly log: DebugLog;
}

export interface LoopHandlers {
  onStop(tid: ThreadId, status: number): Dealt;
  onEnd(tid: ThreadId, how: EndReport): void;
  takeStop(): void;
  /** Takes what came for us; does somebody want us to leave? */
  wantsToLeave(): boolean;
}

export interface MadeContext {
  readonly context: TracerContext;
  readonly coverage: Coverage;
  readonly prospects: Prospects;
}

export function createContext(parts: TracerParts, handlers: LoopHandlers): MadeContext {
  const { kernel, options, sink, log } = parts;
  const emitter = new Emitter(sink, () => kernel.now());
  const index = indexFor(options);
  const coverage = new Coverage(options, index);
  const stopped = new StoppedThread(kernel);
  const debug = new DebugInformation(kernel);
  const { captures, syscalls: policy } = options;
  const prospects = new Prospects();
  const scriptFrames = new ScriptFrames(kernel, emitter);
  const scripts = new ScriptOrigin(options.scriptOrigin, scriptFrames);
  const { backtraceFrames } = options;
  const backtracer =
    backtraceFrames === 0 ? undefined : new Backtracer(debug, scriptFrames, backtraceFrames);
  const calls = new CallTracer(kernel, emitter, stopped, {
    ...{ captures, prospects, debug, backtracer, scripts },
    cpuTime: options.cpuTime,
    sources: new CallerSources(options.callerSource, debug),
    drain: (thread) => inline?.drain(thread),
  });
  const inline = createInlineCatcher(parts, emitter, calls);
  const returns = new ReturnWatch(kernel);
  const signalCalls = watchSignalCalls(() => context);
  const made = { emitter, coverage, index, debug, prospects, returns, signalCalls };
  const modules = new ModuleTracker({
    ...{ kernel, emitter, returns, log },
    placer: createPlacer(parts, { ...made, inline }),
    beforeTraps: (thread) => beforeTraps(context, thread),
    asksWhoCallsKernel: policy.kind === 'some' && policy.programs === 'without-libc',
  });
  const table = new ProcessTable();
  const waits = createWaits(parts, { emitter, table, handlers });
  const context: TracerContext = {
    kernel,
    options,
    emitter,
    table,
    calls,
    inline,
    backtracer,
    modules,
    guardian: new SharedGuardian(kernel),
    syscalls: new SyscallTracer({ kernel, emitter, stopped, captures, policy, scripts }),
    log,
    resumeMode: tracesAllSyscalls(options.syscalls) ? 'syscall' : 'continue',
    resumeModeWithoutLibc: options.syscalls.kind === 'none' ? 'continue' : 'syscall',
    waits,
    unfinished: new UnfinishedStops(),
    ...handlers,
  };
  return { context, coverage, prospects };
}

/** A program stands at its first instruction. */
function beforeTraps(context: TracerContext, thread: Thread): void {
  protectProcess(context, thread);
  // Where it gets no traps, nobody watches what it does about signals.
  if (thread.process.space.unsafe !== undefined) return;
  unblockTrap(context, thread);
  meetActions(context, thread);
}

function watchSignalCalls(context: () => TracerContext): SignalCallWatch {
  return new SignalCallWatch({
    mask: (thread, site) => beginMaskCall(context(), thread, site),
    action: (thread, site) => beginActionCall(context(), thread, site),
  });
}

/** undefined where each call is to be seen, or the system does not let us do without stops. */
function createInlineCatcher(
  { kernel, options, log }: TracerParts,
  emitter: Emitter,
  calls: CallTracer,
): InlineCatcher | undefined {
  if (options.catching === 'trap') return undefined;
  const why = whySessionByTraps(options, emitter.takesTotals);
  const inside = why === undefined ? kernel.insideAccess() : undefined;
  if (inside !== undefined) return new InlineCatcher({ kernel, inside, emitter, calls, log });
  const reason = why ?? 'the system has no counter of cycles, or no barrier for all CPUs';
  log.write('engine', `calls are caught by traps: ${reason}`);
  return undefined;
}

function indexFor({ calls, functions, libraries }: EngineOptions): ImportIndex {
  const prefixes = libraries.length > 0 ? undefined : namePrefixesOf([...calls, ...functions]);
  return new ImportIndex(prefixes);
}

function tracesAllSyscalls(policy: SyscallPolicy): boolean {
  return policy.kind === 'some' && policy.programs === 'all';
}

function createWaits(
  { kernel, sink }: TracerParts,
  made: {
    readonly emitter: Emitter;
    readonly table: ProcessTable;
    readonly handlers: LoopHandlers;
  },
): LongWaits {
  const { emitter, table, handlers } = made;
  const show = (): void => {
    emitter.catchUp();
    sink.flush();
  };
  const wantsToLeave = (): boolean => handlers.wantsToLeave();
  const waits = new LongWaits({ kernel, emitter, table, wantsToLeave, show });
  kernel.patience = waits.patience;
  return waits;
}

function createPlacer(
  parts: TracerParts,
  made: {
    readonly emitter: Emitter;
    readonly coverage: Coverage;
    readonly index: ImportIndex;
    readonly debug: DebugInformation;
    readonly prospects: Prospects;
    readonly returns: ReturnWatch;
    readonly signalCalls: SignalCallWatch;
    readonly inline: InlineCatcher | undefined;
  },
): TracepointPlacer {
  const { emitter, coverage, index, debug, prospects, signalCalls, inline } = made;
  const { options, log } = parts;
  const rules = new CallRules(options.calls, options.libraries);
  const sites = new SitePlacer(coverage, log, prospects);
  const resolvers = new ResolverWatch(parts.kernel, made.returns);
  const chosen = new ChosenFunctions(index, resolvers);
  const entries = new CalledEntryPlacer({ rules, index, sites, coverage, chosen });
  const tell = (severity: NoticeEvent['severity']) => (thread: Thread, text: string) => {
    const { pid } = thread.process;
    emitter.emit({ kind: 'notice', pid, tid: thread.tid, at: emitter.now(), severity, text });
  };
  return new TracepointPlacer(
    {
      calls: new CallPlacer({
        ...{ rules, index, sites, coverage, entries },
        callers: new Callers(rules, index),
        libraryCalls: new LibraryCalls(rules, index),
      }),
      memoryCalls: new MemoryCallPlacer(rules, entries),
      functions: new FunctionPlacer({
        filters: options.functions,
        sites,
        coverage,
        chosen,
        symbolImages: (thread, module) =>
          module.image.staticTable === undefined
            ? debug.symbolImagesOf(thread.process.pid, module)
            : [],
      }),
      ownFunctions: new OwnFunctionPlacer({
        ...{ rules, sites, coverage },
        dropped: new DroppedImports(index),
        notice: tell('info'),
      }),
      signalCalls,
    },
    coverage,
    {
      warn: tell('warning'),
      onModules: (thread, modules) => inline?.onModules(thread, modules),
    },
  );
}
