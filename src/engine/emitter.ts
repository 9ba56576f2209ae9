/** Makes events: stamps them with time and place, numbers calls, hands them to the sink. */
import { toCallId, type CallId } from '../base/ids.js';
import type { TraceEvent } from '../trace/event.js';

export interface EventOutput {
  accept(event: TraceEvent): void;
}

export class Emitter {
  private calls = 0;
  /** True when something was emitted since the sinks were flushed. */
  dirty = false;

  constructor(
    private readonly output: EventOutput,
    readonly now: () => number,
  ) {}

  emit(event: TraceEvent): void {
    this.dirty = true;
    this.output.accept(event);
  }

  nextCall(): CallId {
    return toCallId(++this.calls);
  }

  get callCount(): number {
    return this.calls;
  }
}
