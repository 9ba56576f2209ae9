/**
 * The traced calls of one thread or goroutine that have not returned.
 * Hot path: runs at every stop.
 *
 * A call is known by the address of its return address on the stack (`slot`) and by the return address.
 * A thread may hop between stacks (coroutines, signal stacks), so slots of different stacks are never
 * compared: an open call counts as left only when that is certain. What is left may come back: see comebacks.ts.
 */
import type { Address } from '../../base/address.js';
import type { CallId } from '../../base/ids.js';
import type { EntryPoint } from '../points/entry-point.js';
import { CallsAside } from './calls-aside.js';
import { isReturnOf, type Arrival, type OpenCall } from './open-call.js';
import type { SiteReasons } from '../points/site-reasons.js';

/** What the tracer knows about the stacks. */
export interface StackFacts {
  /** Do both addresses surely lie on the same stack? */
  onSameStack(a: number, b: number): boolean;
  /** May a call that was left come back, because slices of its stack are copied away and back? */
  readonly mayComeBack: boolean;
  /** Does the slot still hold this return address? */
  stillHolds(slot: number, returnAddress: Address): boolean;
}

/** Calls that are nested in one another: see strands.ts. */
export interface Strand {
  readonly calls: OpenCalls;
  /** Address that the slots of these calls count from. */
  readonly base: number;
  readonly facts: StackFacts;
}

export type CloseHandler = (call: OpenCall) => void;

export class OpenCalls {
  readonly aside = new CallsAside();
  /** How many calls have begun. */
  begun = 0;
  private calls: OpenCall[] = [];

  get depth(): number {
    return this.calls.length;
  }

  get innermost(): OpenCall | undefined {
    return this.calls[this.calls.length - 1];
  }

  /** Does any open call return to this address? */
  returnTo(address: number): boolean {
    return this.calls.some((call) => call.returnPoint.address === address);
  }

  /** Is the point, of that site, what the thread is in with this return address? Tail calls to elsewhere end that. */
  isIn(
    point: EntryPoint,
    { entryPoints }: Pick<SiteReasons<unknown>, 'entryPoints'>,
    slot: number,
    address: number,
  ): boolean {
    for (let i = this.calls.length - 1; i >= 0; i--) {
      const call = this.calls[i];
      if (call?.slot !== slot || call.returnPoint.address !== address) return false;
      if (!entryPoints.includes(call.point)) return false;
      // A call whose return nobody sees may be over.
      if (call.point === point) return call.returnPoint.armed;
    }
    return false;
  }

  /** For a forked child: it is inside the same calls. */
  copyFrom(other: OpenCalls): void {
    this.calls.push(...other.calls);
    this.aside.copyFrom(other.aside);
    this.begun = other.begun;
  }

  push(call: OpenCall): void {
    this.calls.push(call);
    this.begun++;
  }

  /** The innermost call if the one that begins now is a jump from it. */
  jumpedFrom(slot: number, returnAddress: Address): OpenCall | undefined {
    const { innermost } = this;
    return innermost?.slot === slot && innermost.returnPoint.address === returnAddress
      ? innermost
      : undefined;
  }

  byId(id: CallId): OpenCall | undefined {
    return this.calls.find(({ event }) => event.call === id);
  }

  /** The innermost call that returns where the thread arrived. */
  matching(arrival: Arrival, facts: StackFacts): OpenCall | undefined {
    return this.calls[this.find(arrival, facts)];
  }

  /**
   * The thread is in other calls now.
   *
   * @param more outermost first: open again, inside of those that stay
   * @returns those that do not stay, innermost first
   */
  replace(stays: (call: OpenCall) => boolean, more: readonly OpenCall[]): readonly OpenCall[] {
    const staying = this.calls.filter(stays);
    const others = this.calls.filter((call) => !staying.includes(call)).reverse();
    this.calls = [...staying, ...more];
    return others;
  }

  /**
   * Before a call that begins with its return address at `slot`: closes what was left without a return.
   *
   * @param isFresh is it certain that no call with the same slot is still open?
   */
  closeLeft(
    slot: number,
    isFresh: (open: OpenCall) => boolean,
    facts: StackFacts,
    setAside: CloseHandler,
  ): void {
    for (;;) {
      const top = this.innermost;
      if (top === undefined || top.slot > slot) return;
      if (top.slot === slot ? !isFresh(top) : !this.isLeft(top, slot, facts)) return;
      this.calls.pop();
      setAside(top);
    }
  }

  /** Closes the calls that return where a thread arrived, and those inside them that were left. */
  closeReturned(
    arrival: Arrival,
    facts: StackFacts,
    returned: CloseHandler,
    setAside: CloseHandler,
  ): void {
    const found = this.find(arrival, facts);
    if (found === -1) {
      this.closeBelow(arrival.slot, facts, setAside);
      return;
    }
    if (found < this.calls.length - 1) this.closeAbove(found, arrival.slot, facts, setAside);
    // Tail calls share slot and return address: they all return here, innermost first.
    for (let at = found; at >= 0; at--) {
      const call = this.calls[at];
      if (call === undefined || !isReturnOf(call, arrival)) return;
      this.calls.splice(at, 1);
      returned(call);
    }
  }

  closeAll(close: CloseHandler): void {
    for (let call = this.calls.pop(); call !== undefined; call = this.calls.pop()) close(call);
  }

  private find(arrival: Arrival, facts: StackFacts): number {
    for (let i = this.calls.length - 1; i >= 0; i--) {
      const call = this.calls[i];
      if (call === undefined) break;
      if (isReturnOf(call, arrival)) return i;
      // Further out on the same stack: whoever returns here was not traced.
      if (call.slot > arrival.slot && facts.onSameStack(call.slot, arrival.slot)) break;
    }
    return -1;
  }

  private closeAbove(index: number, slot: number, facts: StackFacts, setAside: CloseHandler): void {
    for (let i = this.calls.length - 1; i > index; i--) {
      const call = this.calls[i];
      if (call === undefined || call.slot >= slot || !this.isLeft(call, slot, facts)) continue;
      this.calls.splice(i, 1);
      setAside(call);
    }
  }

  /** The thread came by a jump, its stack ends above these: setjmp returned once more. */
  private closeBelow(slot: number, facts: StackFacts, setAside: CloseHandler): void {
    for (let top = this.innermost; top !== undefined; top = this.innermost) {
      if (top.slot > slot || !facts.onSameStack(top.slot, slot)) return;
      this.calls.pop();
      setAside(top);
    }
  }

  private isLeft(call: OpenCall, slot: number, facts: StackFacts): boolean {
    if (facts.onSameStack(call.slot, slot)) return true;
    return !facts.stillHolds(call.slot, call.returnPoint.address);
  }
}
