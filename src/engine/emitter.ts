/**
 * Makes events: stamps them with time and place, numbers calls, hands them to the sink.
 * Hot path: runs at every stop.
 */
import { toCallId, type CallId } from '../base/ids.js';
import type { CallTotals } from '../trace/call-totals.js';
import type { TraceEvent } from '../trace/event.js';

export interface EventOutput {
  accept(event: TraceEvent): void;
  readonly mayLag?: boolean;
  readonly takeTotals?: ((totals: CallTotals) => void) | undefined;
}

/** With many threads there may always be one that stands still. Each event may hold long strings. */
const MOST_WAITING = 16;

export class Emitter {
  private readonly mayLag: boolean;
  private calls = 0;
  private countedElsewhere = 0;
  /** What the output has not been given yet, oldest first. */
  private readonly waiting: TraceEvent[] = [];
  /** True when something was emitted since the sinks were flushed. */
  dirty = false;

  constructor(
    private readonly output: EventOutput,
    readonly now: () => number,
  ) {
    this.mayLag = output.mayLag === true;
  }

  emit(event: TraceEvent): void {
    this.dirty = true;
    if (!this.mayLag) {
      this.output.accept(event);
      return;
    }
    this.waiting.push(event);
    if (this.waiting.length >= MOST_WAITING) this.catchUp();
  }

  get isBehind(): boolean {
    return this.waiting.length > 0;
  }

  /** Hands on what has waited, now that no thread stands still for it. */
  catchUp(): void {
    const { waiting, output } = this;
    let done = 0;
    try {
      for (const event of waiting) {
        done++;
        output.accept(event);
      }
    } finally {
      // Should the output have failed at one: that one is not handed on again.
      waiting.splice(0, done);
    }
  }

  /** May calls be added up where they are made? */
  get takesTotals(): boolean {
    return this.output.takeTotals !== undefined;
  }

  addTotals(totals: CallTotals): void {
    this.catchUp();
    this.countedElsewhere += totals.calls;
    this.output.takeTotals?.(totals);
  }

  nextCall(): CallId {
    return toCallId(++this.calls);
  }

  get callCount(): number {
    return this.calls + this.countedElsewhere;
  }
}
