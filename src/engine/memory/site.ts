/** The trap at one address of one address space, and everyone who wants to know of it. */
import type { Address } from '../../base/address.js';
import type { Thread } from '../processes/tracee.js';
import type { EntryPoint } from '../tracepoints/entry-point.js';
import type { ReturnPoint } from '../calls/return-point.js';

/** Work of our own at a place, without an event: the dynamic linker's rendezvous, dlsym. */
export type SiteHook = (thread: Thread) => void;

export interface SiteFacts {
  readonly address: Address;
  /** What the trap replaced. */
  readonly originalByte: number;
  /** The program's code from there on: one instruction, and what else there is room for. */
  readonly code: Uint8Array;
  /** The displaced instruction. */
  readonly copy: Address;
  readonly copyBytes: number;
  /** See Displaced. */
  readonly pushes: number;
  /** See Displaced: a SIGTRAP here may be somebody else's. */
  readonly reachablePastTrap: boolean;
}

export class BreakpointSite {
  /** Reported when a thread arrives here to begin a call. */
  entryPoints: readonly EntryPoint[] = [];
  /** Set when traced calls return to this address. */
  returnPoint: ReturnPoint | undefined;
  hook: SiteHook | undefined;

  readonly address: Address;
  readonly originalByte: number;
  readonly code: Uint8Array;
  readonly copy: Address;
  readonly copyBytes: number;
  readonly pushes: number;
  readonly reachablePastTrap: boolean;

  constructor(facts: SiteFacts) {
    this.address = facts.address;
    this.originalByte = facts.originalByte;
    this.code = facts.code;
    this.copy = facts.copy;
    this.copyBytes = facts.copyBytes;
    this.pushes = facts.pushes;
    this.reachablePastTrap = facts.reachablePastTrap;
  }

  /** The same trap in the memory of a forked child. */
  copyForChild(): BreakpointSite {
    const copy = new BreakpointSite(this);
    copy.entryPoints = this.entryPoints;
    copy.returnPoint = this.returnPoint;
    copy.hook = this.hook;
    return copy;
  }
}

/** Behind those that are there already. */
export function addHook(site: BreakpointSite, hook: SiteHook): void {
  const earlier = site.hook;
  site.hook =
    earlier === undefined
      ? hook
      : (thread) => {
          earlier(thread);
          hook(thread);
        };
}
