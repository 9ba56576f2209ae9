/**
 * Where many breakpoints share little room: each thread has places of its own, its slots, into which the instruction of
 * the breakpoint that it stands at is put. A thread that comes to the next breakpoint has left its slot: only its own end
 * could keep it from that, or a signal, before which it is taken out (signals/step-out.ts).
 */
import type { Address } from '../../base/address.js';
import type { ThreadId } from '../../base/ids.js';
import type { BreakpointSite } from './site.js';

interface Slot {
  readonly at: Address;
  /** What it was filled for last. */
  site: BreakpointSite | undefined;
  bytes: number;
}

export interface SlotPlace {
  /** A fresh slot within reach of the code; undefined when there is no room. */
  reserve(near: Address): Address | undefined;
  serves(at: Address, near: Address): boolean;
  /** Code that does there what the site's instruction does. */
  displace(site: BreakpointSite, to: Address): Uint8Array | undefined;
  write(at: Address, code: Uint8Array): void;
}

export class Slots {
  private readonly ofThread = new Map<ThreadId, Slot[]>();
  /** Of threads that have ended. */
  private readonly free: Slot[] = [];

  constructor(private readonly place: SlotPlace) {}

  /**
   * The thread, which stands at the site, has left all its slots.
   *
   * @returns where it goes on; undefined when there is no room for another slot
   */
  enter(site: BreakpointSite, tid: ThreadId): Address | undefined {
    let slots = this.ofThread.get(tid);
    if (slots === undefined) this.ofThread.set(tid, (slots = []));
    for (const slot of slots) if (this.fill(slot, site)) return slot.at;
    const other = this.free.findIndex((slot) => this.fill(slot, site));
    if (other !== -1) {
      slots.push(...this.free.splice(other, 1));
      return slots.at(-1)?.at;
    }
    const at = this.place.reserve(site.address);
    if (at === undefined) return undefined;
    const slot: Slot = { at, site: undefined, bytes: 0 };
    slots.push(slot);
    return this.fill(slot, site) ? at : undefined;
  }

  /** A slot within reach of the code, so that there is one; undefined when there is no room. */
  spare(near: Address): Address | undefined {
    const known = this.free.find(({ at }) => this.place.serves(at, near));
    if (known !== undefined) return known.at;
    const at = this.place.reserve(near);
    if (at !== undefined) this.free.push({ at, site: undefined, bytes: 0 });
    return at;
  }

  /** Whose instruction stands there, and where it begins. */
  find(pc: number): { readonly site: BreakpointSite; readonly start: Address } | undefined {
    for (const slots of this.ofThread.values()) {
      const slot = slots.find(({ at, bytes }) => pc >= at && pc < at + bytes);
      if (slot?.site !== undefined) return { site: slot.site, start: slot.at };
    }
    return undefined;
  }

  /** The thread has ended. */
  release(tid: ThreadId): void {
    this.free.push(...(this.ofThread.get(tid) ?? []));
    this.ofThread.delete(tid);
  }

  private fill(slot: Slot, site: BreakpointSite): boolean {
    if (slot.site === site) return true;
    // Out of reach for this one.
    const code = this.place.displace(site, slot.at);
    if (code === undefined) return false;
    this.place.write(slot.at, code);
    slot.site = site;
    slot.bytes = code.length;
    return true;
  }
}
