/** Calls of a thread that were left, and may come back: see comebacks.ts. */
import type { CallId } from '../../base/ids.js';
import { isReturnOf, type Arrival, type OpenCall } from './open-call.js';

/** A call and those that it went on to by jumps: they return together. Outermost first. */
export interface LeftGroup {
  readonly calls: OpenCall[];
  /** When it was seen that it was left, ns since the session started. */
  readonly leftAt: number;
  /** The number of calls of the thread by then. */
  readonly leftAfter: number;
  /** 'given-up': its end was told. It is remembered for what may be learned from it. */
  state: 'waited-for' | 'given-up';
}

/** Remembered of those that were given up. */
const MOST_GIVEN_UP = 4096;

export class CallsAside {
  /** In the order in which they were left. */
  private readonly waitedFor = new Set<LeftGroup>();
  private readonly givenUp = new Set<LeftGroup>();
  private readonly bySlot = new Map<number, Set<LeftGroup>>();
  private readonly byCall = new Map<CallId, LeftGroup>();
  private latest: LeftGroup | undefined;

  get isEmpty(): boolean {
    return this.bySlot.size === 0;
  }

  get numberWaitedFor(): number {
    return this.waitedFor.size;
  }

  get oldest(): LeftGroup | undefined {
    for (const group of this.waitedFor) return group;
    return undefined;
  }

  /** Innermost first, as calls are left. */
  add(call: OpenCall, leftAt: number, leftAfter: number): void {
    let group = this.latest;
    if (group !== undefined && group.calls[0]?.jumpedFrom === call) group.calls.unshift(call);
    else {
      group = { calls: [call], leftAt, leftAfter, state: 'waited-for' };
      this.latest = group;
      this.waitedFor.add(group);
      const others = this.bySlot.get(call.slot);
      if (others === undefined) this.bySlot.set(call.slot, new Set([group]));
      else others.add(group);
    }
    this.byCall.set(call.event.call, group);
  }

  /** The group of a call that is waited for. */
  groupOf(call: CallId): LeftGroup | undefined {
    return this.byCall.get(call);
  }

  /** All that would return here. */
  matching(arrival: Arrival): readonly LeftGroup[] {
    const found: LeftGroup[] = [];
    for (let popped = 0; popped <= arrival.popped; popped++) {
      for (const group of this.bySlot.get(arrival.slot - popped) ?? []) {
        const [call] = group.calls;
        if (call !== undefined && isReturnOf(call, arrival)) found.push(group);
      }
    }
    return found;
  }

  remove(group: LeftGroup): void {
    this.waitedFor.delete(group);
    this.givenUp.delete(group);
    if (this.latest === group) this.latest = undefined;
    for (const { event } of group.calls) this.byCall.delete(event.call);
    const slot = group.calls[0]?.slot ?? 0;
    const others = this.bySlot.get(slot);
    others?.delete(group);
    if (others?.size === 0) this.bySlot.delete(slot);
  }

  /** Its end is told now. */
  giveUp(group: LeftGroup): void {
    group.state = 'given-up';
    if (this.latest === group) this.latest = undefined;
    this.waitedFor.delete(group);
    this.givenUp.add(group);
    for (const { event } of group.calls) this.byCall.delete(event.call);
    if (this.givenUp.size <= MOST_GIVEN_UP) return;
    for (const first of this.givenUp) {
      this.remove(first);
      return;
    }
  }

  /** For a forked child, which is inside the same calls. */
  copyFrom(other: CallsAside): void {
    for (const { calls, leftAt, leftAfter } of other.waitedFor) {
      for (const call of [...calls].reverse()) this.add(call, leftAt, leftAfter);
      this.latest = undefined;
    }
  }

  /** Those that are waited for, oldest first; nothing is left. */
  takeAll(): readonly LeftGroup[] {
    const all = [...this.waitedFor];
    this.waitedFor.clear();
    this.givenUp.clear();
    this.bySlot.clear();
    this.byCall.clear();
    this.latest = undefined;
    return all;
  }
}
