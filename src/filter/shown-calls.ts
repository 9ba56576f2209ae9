/** Gives calls that are shown their place among the others that are shown: what encloses them may not be. */
import type { CallId } from '../base/ids.js';
import type { CallAbandoned, EnteredEvent, LeftEvent } from '../trace/event.js';

/** What a call that begins inside of another is told. */
interface Enclosing {
  readonly parent: CallId | undefined;
  /** How many of the calls around it are not shown. */
  readonly hidden: number;
}

const OUTERMOST: Enclosing = { parent: undefined, hidden: 0 };

export class ShownCalls {
  /** By the call that encloses, while it is open. */
  private readonly inside = new Map<CallId, Enclosing>();
  /** As they were shown, where that differs. */
  private readonly changed = new WeakMap<EnteredEvent, EnteredEvent>();

  /** A call begins of which it is not known whether it will be shown. */
  begin(call: EnteredEvent): void {
    const { parent, hidden } = this.enclosing(call);
    this.inside.set(call.call, { parent, hidden: hidden + 1 });
  }

  /** How many shown calls enclose it. */
  depthOf(call: EnteredEvent): number {
    return Math.max(0, call.depth - this.enclosing(call).hidden);
  }

  show(call: EnteredEvent): EnteredEvent {
    const { parent, hidden } = this.enclosing(call);
    const depth = this.depthOf(call);
    this.inside.set(call.call, { parent: call.call, hidden });
    if (call.parent === parent && call.depth === depth) return call;
    const shown = withPlace(call, parent, depth);
    this.changed.set(call, shown);
    return shown;
  }

  /** The end of a shown call, which refers to it as it was shown. */
  end<E extends LeftEvent | CallAbandoned>(event: E): E {
    const shown = this.changed.get(event.call);
    return shown === undefined ? event : { ...event, call: shown };
  }

  /** After a fork the child ends its copy of the call; the call itself goes on in the parent. */
  close(call: EnteredEvent, pid: number): void {
    if (call.pid === pid) this.inside.delete(call.call);
  }

  private enclosing({ parent }: EnteredEvent): Enclosing {
    if (parent === undefined) return OUTERMOST;
    // A forked child goes on inside a call that its parent may have ended already.
    return this.inside.get(parent) ?? { parent, hidden: 0 };
  }
}

function withPlace(call: EnteredEvent, parent: CallId | undefined, depth: number): EnteredEvent {
  if (parent !== undefined) return { ...call, parent, depth };
  const outermost: { parent?: CallId } & EnteredEvent = { ...call, depth };
  delete outermost.parent;
  return outermost;
}
