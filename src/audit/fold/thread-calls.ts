/** The calls that a thread is in, as far as an audit traces them. */
import type { CallId } from '../../base/ids.js';
import type { Connection } from '../ledger/objects.js';
import type { CallEvent, EnteredEvent } from '../../trace/event.js';

export class ThreadCalls {
  private readonly open: EnteredEvent[] = [];
  /** Whose certificate was verified last. */
  lastVerified: Connection | undefined;
  /** The one that was worked on last. */
  lastConnection: Connection | undefined;

  enter(call: EnteredEvent): void {
    this.open.push(call);
  }

  /** Ends a call, and those inside it whose end was not told. */
  leave(call: CallId): void {
    const at = this.open.findLastIndex((one) => one.call === call);
    if (at !== -1) this.open.length = at;
  }

  /** Innermost first. */
  *enclosing(): Generator<CallEvent> {
    for (let index = this.open.length - 1; index >= 0; index--) {
      const call = this.open[index];
      if (call?.kind === 'call') yield call;
    }
  }

  /** Is one of these functions open? */
  isWithin(names: ReadonlySet<string>): CallEvent | undefined {
    for (const call of this.enclosing()) if (names.has(call.symbol)) return call;
    return undefined;
  }
}
