/** The tracer: waits for the next stop, deals with it, until there is nothing left to trace. */
import { DoesNotStop, TraceeGone, unlessGone } from '../base/errors.js';
import { toProcessId, toThreadId, type ThreadId } from '../base/ids.js';
import { SIGUSR1 } from '../base/signal-numbers.js';
import type { Interrupt, WaitOutcome } from '../kernel/loop.js';
import { isStopped } from '../kernel/wait-status.js';
import type { CoverageEvent } from '../trace/event.js';
import { Alarms } from './stops/alarms.js';
import { createContext, type TracerParts } from './create-context.js';
import { LaunchedProgram, type LaunchedEnd } from './processes/launched.js';
import { leaveAll } from './processes/leave.js';
import { letGo } from './processes/release-thread.js';
import { announce, attach, isLookedAt, launch } from './processes/start.js';
import { StopDispatcher } from './stop-dispatcher.js';
import type { Process, TracedSite } from './tracees/tracee.js';
import type { TracerContext } from './processes/tracer-context.js';
import type { Coverage } from './tracepoints/coverage.js';

/** Buffered output is written at the latest this long after it was produced. */
const FLUSH_AFTER_MS = 100;
/**
 * How long we go on after SIGTSTP came, before we stop as well: the tracee then has its own SIGTSTP behind it, and a
 * SIGCONT that was sent at once has reached us.
 */
const SUSPEND_AFTER_MS = 20;
/** How long after the start traps are looked after first; twice as long each time, up to the last. */
const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1000;

/** What was placed in a process, which may have ended. */
export interface PlacedProcess {
  readonly process: Process;
  readonly sites: readonly TracedSite[];
}

export class Tracer {
  private readonly context: TracerContext;
  private readonly coverage: Coverage;
  private readonly launched: LaunchedProgram;
  private readonly stopped: StopDispatcher;
  private stops = 0;
  private purpose: 'run' | 'load' = 'run';
  private lookAfterMs = FIRST_LOOK_MS;
  private isToLeave = false;
  private isToSuspend = false;
  private readonly left = new Set<number>();
  private readonly alarms: Alarms<'flush' | 'leave' | 'look' | 'suspend' | 'tick'>;

  /** @param make tests look at what it makes */
  constructor(
    private readonly parts: TracerParts,
    make: typeof createContext = createContext,
  ) {
    const { context, coverage } = make(parts, {
      onStop: (tid, status) => this.stopped.dispatch(tid, status),
      onEnd: (tid, how) => this.stopped.onEnd(tid, how),
      takeStop: () => this.onStop(),
      wantsToLeave: () => this.wantsToLeave(),
    });
    this.context = context;
    this.alarms = new Alarms(parts.kernel);
    this.launched = new LaunchedProgram(parts.kernel);
    this.stopped = new StopDispatcher(context, this.launched);
    this.coverage = coverage;
  }

  /** Starts the targets. Throws UserError when none can be started. */
  start(): void {
    const { context } = this;
    announce(context);
    for (const target of this.parts.options.targets) {
      if (this.isToLeave) return;
      this.unlessLeaving(() => {
        if (target.kind === 'launch') {
          this.launched.pid = launch(context, target.spec, this.purpose).pid;
        } else attach(context, target.pid);
      });
    }
  }

  /** A wait may end because somebody wants us to leave: the rest is not done. */
  private unlessLeaving(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof DoesNotStop)) throw error;
      this.isToLeave = true;
    }
  }

  /** Traces until every tracee has ended or was let go. */
  run(): void {
    const { table, emitter } = this.context;
    const { detachLimit } = this.parts.options;
    const mostCalls = detachLimit.kind === 'calls' ? detachLimit.calls : Infinity;
    if (detachLimit.kind === 'time') this.alarms.set('leave', detachLimit.milliseconds);
    this.alarms.set('look', this.lookAfterMs);
    this.tick();
    while (table.threadCount > 0) {
      if (this.isToLeave || emitter.callCount >= mostCalls) this.leave();
      this.armFlush();
      const outcome = this.next();
      if (outcome === 'stop') this.onStop();
      else if (outcome === 'interrupted') this.wantsToLeave();
      else if (outcome === 'childless') break;
    }
  }

  /** The thread that stopped last is set running first: what it did is written meanwhile, and what may come looked up. */
  private next(): WaitOutcome {
    const { kernel, emitter, calls } = this.context;
    if (!emitter.isBehind && !calls.canLookAhead && !this.isToSuspend) return kernel.wait();
    const outcome = kernel.poll();
    if (outcome !== 'none') return outcome;
    if (emitter.isBehind) emitter.catchUp();
    else if (this.isToSuspend) this.suspend();
    else calls.lookAhead();
    return outcome;
  }

  /**
   * Places all breakpoints and lets nothing run on with them: a launched program is killed where the dynamic linker
   * hands over to it, a running one is left at once.
   *
   * @returns the places, of each process that could be looked at
   */
  placeOnly(): readonly PlacedProcess[] {
    this.purpose = 'load';
    const processes: Process[] = [];
    try {
      this.start();
      processes.push(...this.context.table.processes);
      const launched = processes.find(({ pid }) => pid === this.launched.pid);
      if (launched !== undefined) this.loadOnly(launched);
      return processes
        .filter(({ space }) => space.placed.size > 0)
        .map((process) => ({ process, sites: [...process.space.sites.values()] }));
    } finally {
      this.leave();
    }
  }

  private loadOnly({ space }: Process): void {
    const { kernel, table } = this.context;
    while (!isLookedAt(space) && table.threadCount > 0) {
      if (kernel.wait() === 'stop') this.onStop();
      else if (this.wantsToLeave()) this.leave();
    }
    // The resume that is due has not happened yet: the kill comes before the program's first instruction.
    this.launched.kill();
    while (table.threadCount > 0) {
      const outcome = kernel.wait();
      if (outcome === 'childless') break;
      if (outcome === 'stop') this.onStop();
      else if (this.wantsToLeave()) this.leave();
    }
  }

  get coverageSoFar(): Pick<CoverageEvent, 'modules' | 'unmatchedRules'> {
    const { coverage } = this;
    let unmatched: CoverageEvent['unmatchedRules'] | undefined;
    return {
      modules: coverage.modules,
      get unmatchedRules() {
        return (unmatched ??= coverage.unmatchedRules());
      },
    };
  }

  /** For whoever learns in the middle of something that nobody wants the rest. */
  leaveSoon(): void {
    this.isToLeave = true;
  }

  /** Detaches from whatever is still traced; for every way out. */
  leave(): void {
    if (this.parts.options.launchedWhenLeft === 'is-killed') this.launched.kill();
    for (const { pid, role } of this.context.table.processes) {
      if (role === 'reported') this.left.add(pid);
    }
    leaveAll(this.context);
    this.alarms.arm();
    this.context.emitter.catchUp();
  }

  /** After leaving: the program that we launched runs on as our child, and its end is ours to pass on. */
  waitForLaunched(): void {
    const { kernel } = this.context;
    while (this.launched.isRunning) {
      const outcome = kernel.wait();
      if (outcome === 'childless') return;
      if (outcome === 'stop') this.onStopAfterLeaving();
      if (outcome !== 'interrupted') continue;
      const interrupt = kernel.takeInterrupt();
      if (interrupt?.kind === 'signal') this.launched.forward(interrupt.signal);
      if (interrupt?.kind === 'suspension') kernel.suspend();
    }
  }

  private onStopAfterLeaving(): void {
    const { tid, status } = this.context.kernel.stop;
    if (isStopped(status)) letGo(this.context, tid, status);
    else this.onStop();
  }

  /** Says what was looked at; the last event. */
  finish(): void {
    const { emitter } = this.context;
    const facts = {
      kind: 'coverage',
      pid: toProcessId(0),
      tid: toThreadId(0),
      at: emitter.now(),
      calls: emitter.callCount,
      stops: this.stops,
      ...(this.left.size > 0 && { left: [...this.left] }),
    } as const;
    // Not copied: that would ask for the reasons, whoever reads them.
    emitter.emit(Object.assign(this.coverageSoFar, facts));
    emitter.catchUp();
  }

  get end(): LaunchedEnd {
    return this.launched.end;
  }

  /** Hot path: runs at every stop. */
  private onStop(): void {
    const { stop } = this.context.kernel;
    const { tid, status } = stop;
    this.stops++;
    const { log, unfinished } = this.context;
    const place = unfinished.begin(tid, status);
    if (log.enabled)
      log.write('kernel', `thread ${tid} stopped, wait status ${status.toString(16)}`);
    try {
      this.stopped.dispatch(tid, status);
      unfinished.finish(place);
    } catch (error) {
      if (error instanceof DoesNotStop) this.isToLeave = true;
      // Or the thread died under our hands (SIGKILL); its end is reported by a later wait.
      else if (error instanceof TraceeGone && !this.stillStands(tid)) unfinished.finish(place);
      else throw error;
    }
  }

  /** It was another that is gone, if this one can be looked at: then it must not be left standing. */
  private stillStands(tid: ThreadId): boolean {
    const { kernel } = this.context;
    return unlessGone(() => (kernel.readRegisters(tid), true)) ?? false;
  }

  private armFlush(): void {
    if (this.context.emitter.dirty && !this.alarms.isSet('flush')) {
      this.alarms.set('flush', FLUSH_AFTER_MS);
    }
  }

  private onTimer(): void {
    for (const alarm of this.alarms.take()) {
      if (alarm === 'leave') this.isToLeave = true;
      if (alarm === 'suspend') this.isToSuspend = true;
      if (alarm === 'look') this.lookAfterTraps();
      if (alarm === 'flush') {
        this.context.emitter.catchUp();
        this.context.emitter.dirty = false;
        this.parts.sink.flush();
      }
      // What happened since may have made a sink that waits for a time.
      if (alarm === 'tick' || !this.alarms.isSet('tick')) this.tick();
    }
  }

  /** The program may have taken some away, and nothing tells of it. */
  private lookAfterTraps(): void {
    const { table, modules } = this.context;
    for (const process of [...table.processes]) modules.text.look(process);
    this.lookAfterMs = Math.min(2 * this.lookAfterMs, LONGEST_LOOK_MS);
    this.alarms.set('look', this.lookAfterMs);
  }

  /** Lets sinks do what is due, though nothing happens. */
  private tick(): void {
    this.context.emitter.catchUp();
    const now = this.context.emitter.now();
    const next = this.parts.sink.tick?.(now);
    if (next !== undefined) this.alarms.set('tick', Math.max(0, next - now) / 1e6);
  }

  /** For a report, where there is one: else the signal is meant for the program. */
  private onAsked(): void {
    const { sink } = this.parts;
    this.context.emitter.catchUp();
    if (sink.reportSoFar !== undefined) sink.reportSoFar();
    else if (this.launched.isRunning) this.launched.forward(SIGUSR1);
    else sink.flush();
  }

  /** Whoever stopped us reads what there is. */
  private suspend(): void {
    this.isToSuspend = false;
    this.parts.sink.flush();
    this.context.kernel.suspend();
  }

  /** Takes what came for us. Leaving waits for the next turn, when nothing is half done. */
  private wantsToLeave(): boolean {
    const { kernel } = this.context;
    for (let next = kernel.takeInterrupt(); next !== undefined; next = kernel.takeInterrupt()) {
      this.onInterrupt(next);
    }
    return this.isToLeave;
  }

  private onInterrupt(interrupt: Interrupt): void {
    if (interrupt.kind === 'timer') this.onTimer();
    else if (interrupt.kind === 'suspension') this.alarms.set('suspend', SUSPEND_AFTER_MS);
    else if (interrupt.kind === 'signal' && interrupt.signal === SIGUSR1) this.onAsked();
    // A launched program decides itself what signals mean, and we stay until it ends.
    else if (interrupt.kind === 'signal' && this.launched.isRunning) {
      this.launched.forward(interrupt.signal);
    } else this.isToLeave = true;
  }
}
