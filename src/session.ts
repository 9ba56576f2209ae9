/** Joins a source of events and a sink for one run, and leaves the tracees unharmed whatever happens. */
import type { DebugLog } from './base/debug-log.js';
import type { LaunchedEnd } from './engine/processes/launched.js';
import { Tracer } from './engine/tracer.js';
import type { EngineOptions } from './engine/engine-options.js';
import { EventSelection } from './filter/event-selection.js';
import type { WhereCondition } from './filter/where/parse-where.js';
import type { Kernel } from './kernel/kernel.js';
import type { TraceEvent } from './trace/event.js';
import { OutputClosed, type TraceSink } from './trace/sink.js';

export interface SessionParts {
  readonly kernel: Kernel;
  readonly options: EngineOptions;
  /** Conditions on calls: all must hold, or nothing of the call reaches the sink. */
  readonly where?: readonly WhereCondition[];
  readonly sink: TraceSink;
  readonly log: DebugLog;
  /** What else is to be said in the trace, as it comes up: each line becomes a notice, and is taken from the list. */
  readonly warnings?: string[];
  /** Called once, when so much happened that this is no short run. */
  readonly onBusy?: () => void;
}

export interface SessionEnd {
  readonly launched: LaunchedEnd;
  /** The output that could not be written any more. */
  readonly outputLost?: OutputClosed;
  /** The exit status that the output asks for; see TraceSink. */
  readonly verdict?: number;
}

/**
 * Traces until the end.
 *
 * @throws UserError when a target cannot be started; SystemError when Linux fails us
 */
export function runSession(parts: SessionParts): SessionEnd {
  const told = parts.warnings === undefined ? parts.sink : withWarnings(parts.sink, parts.warnings);
  const sink = new SinkUntilClosed(withConditions(told, parts.where ?? []), {
    onClosed: () => tracer.leaveSoon(),
    onBusy: () => parts.onBusy?.(),
  });
  const tracer = new Tracer({ ...parts, sink });
  try {
    tracer.start();
    tracer.run();
    tracer.finish();
    sink.finish();
  } finally {
    tracer.leave();
  }
  tracer.waitForLaunched();
  const { lost } = sink;
  const { verdict } = parts.sink;
  return {
    launched: tracer.end,
    ...(lost !== undefined && { outputLost: lost }),
    ...(verdict !== undefined && { verdict }),
  };
}

function withConditions(sink: TraceSink, where: readonly WhereCondition[]): TraceSink {
  if (where.length === 0) return sink;
  const gate = new EventSelection({ filters: 'everything', selectsSyscall: () => true, where });
  return {
    get mayLag() {
      return sink.mayLag === true;
    },
    accept: (event) => gate.select(event).forEach((selected) => sink.accept(selected)),
    flush: () => sink.flush(),
    tick: (at) => sink.tick?.(at),
    reportSoFar: sink.reportSoFar,
    finish: () => sink.finish(),
  };
}

/** Each warning follows the event that came next, the first ones that which begins the session. */
function withWarnings(sink: TraceSink, warnings: string[]): TraceSink {
  return {
    get mayLag() {
      return sink.mayLag === true;
    },
    accept: (event) => {
      sink.accept(event);
      if (warnings.length === 0) return;
      const { pid, tid, at } = event;
      for (const text of warnings.splice(0)) {
        sink.accept({ kind: 'notice', pid, tid, at, severity: 'warning', text });
      }
    },
    takeTotals: sink.takeTotals && ((totals) => sink.takeTotals?.(totals)),
    flush: () => sink.flush(),
    tick: (at) => sink.tick?.(at),
    reportSoFar: sink.reportSoFar,
    finish: () => sink.finish(),
  };
}

const MANY_EVENTS = 500;

/** When the output takes no more, the engine is not torn out of what it does: it leaves at its next turn. */
class SinkUntilClosed implements TraceSink {
  lost: OutputClosed | undefined;
  private accepted = 0;

  constructor(
    private readonly inner: TraceSink,
    private readonly listener: { onClosed(): void; onBusy(): void },
  ) {}

  get mayLag(): boolean {
    return this.inner.mayLag === true;
  }

  accept(event: TraceEvent): void {
    if (++this.accepted === MANY_EVENTS) this.listener.onBusy();
    this.unlessClosed(() => this.inner.accept(event));
  }

  get takeTotals(): TraceSink['takeTotals'] {
    const { inner } = this;
    if (inner.takeTotals === undefined) return undefined;
    return (totals) => this.unlessClosed(() => inner.takeTotals?.(totals));
  }

  flush(): void {
    this.unlessClosed(() => this.inner.flush());
  }

  get reportSoFar(): TraceSink['reportSoFar'] {
    const { inner } = this;
    return inner.reportSoFar === undefined
      ? undefined
      : () => this.unlessClosed(() => inner.reportSoFar?.());
  }

  tick(at: number): number | undefined {
    return this.unlessClosed(() => this.inner.tick?.(at));
  }

  /** Also of an output that is closed: files are released. */
  finish(): void {
    try {
      this.inner.finish();
    } catch (error) {
      this.close(error);
    }
  }

  private unlessClosed<T>(step: () => T): T | undefined {
    if (this.lost !== undefined) return undefined;
    try {
      return step();
    } catch (error) {
      this.close(error);
      return undefined;
    }
  }

  private close(error: unknown): void {
    if (!(error instanceof OutputClosed)) throw error;
    this.lost ??= error;
    this.listener.onClosed();
  }
}
