/** The trap at one address of one address space, and everyone who wants to know of it. */
import { offsetBy, type Address } from '../../base/address.js';
import type { Displaced, MaskCallCode } from '../../arch/arch.js';
import type { RestoreTurn } from '../../kernel/guardian.js';
import type { Thread } from '../tracees/tracee.js';
import type { EntryPoint } from '../points/entry-point.js';
import type { ReturnPoint } from '../points/return-point.js';

/** Work of our own at a place, without an event: the dynamic linker's rendezvous, dlsym. */
export type SiteHook = (thread: Thread) => void;

export interface SiteFacts {
  readonly address: Address;
  /** What the trap replaced. */
  readonly originalByte: number;
  /** The program's code from there on: one instruction, and what else there is room for. */
  readonly code: Uint8Array;
  /** The displaced instruction; undefined where each thread gets it in a slot of its own (slots.ts). */
  readonly copy: Address | undefined;
  readonly copyBytes: number;
  readonly instruction: DisplacedOrMaskCall;
}

/** What is known of the copy. */
export type DisplacedOrMaskCall =
  Pick<Displaced, 'originalBytes' | 'pushes' | 'reachablePastTrap'> | Omit<MaskCallCode, 'bytes'>;

/** A jump to code of ours in place of the trap. */
export interface Patch {
  /** What was written; while the trap stands, it stands in place of the first. */
  readonly bytes: Uint8Array;
  /** Does the jump stand, and not the trap? */
  isLive: boolean;
}

/** The byte of the process's memory that stands so far behind the site's address; undefined where that is not known. */
export function byteBehind({ patch, code }: BreakpointSite, distance: number): number | undefined {
  return patch?.bytes[distance] ?? code[distance];
}

export class BreakpointSite {
  /** Reported when a thread arrives here to begin a call. */
  entryPoints: readonly EntryPoint[] = [];
  /** Set when traced calls return to this address. */
  returnPoint: ReturnPoint | undefined;
  hook: SiteHook | undefined;
  /**
   * Where a thread goes on that is about to make the system call that stands here; asked again where a signal came
   * first.
   */
  detour: ((thread: Thread, site: BreakpointSite) => Address | undefined) | undefined;
  /** How often its trap has caught a call, while that matters. */
  arrivals = 0;
  /** Set where more than a trap was written. */
  patch: Patch | undefined;

  readonly address: Address;
  readonly originalByte: number;
  readonly code: Uint8Array;
  readonly copy: Address | undefined;
  readonly copyBytes: number;
  private readonly instruction: DisplacedOrMaskCall;

  constructor(facts: SiteFacts) {
    this.address = facts.address;
    this.originalByte = facts.originalByte;
    this.code = facts.code;
    this.copy = facts.copy;
    this.copyBytes = facts.copyBytes;
    this.instruction = facts.instruction;
  }

  /** The same trap in the memory of a forked child. */
  copyForChild(): BreakpointSite {
    const copy = new BreakpointSite({
      address: this.address,
      originalByte: this.originalByte,
      code: this.code,
      copy: this.copy,
      copyBytes: this.copyBytes,
      instruction: this.instruction,
    });
    copy.entryPoints = this.entryPoints;
    copy.returnPoint = this.returnPoint;
    copy.hook = this.hook;
    copy.detour = this.detour;
    return copy;
  }

  /** Set where a system call is made that may block SIGTRAP. */
  get maskCall(): Omit<MaskCallCode, 'bytes'> | undefined {
    return 'told' in this.instruction ? this.instruction : undefined;
  }

  /** Length of the original instruction. */
  get originalBytes(): number {
    return this.instruction.originalBytes;
  }

  /** See Displaced. */
  get pushes(): number {
    return 'pushes' in this.instruction ? this.instruction.pushes : 0;
  }

  /** See Displaced: a SIGTRAP here may be somebody else's. */
  get reachablePastTrap(): boolean {
    return 'pushes' in this.instruction && this.instruction.reachablePastTrap;
  }

  /**
   * Should we be killed: the traps that keep SIGTRAP from being blocked stand until all others are gone, which could not
   * be survived otherwise.
   */
  get restored(): RestoreTurn {
    return this.maskCall === undefined ? 'first' : 'last';
  }

  /** Wherever a thread may be sent that hits the trap, the place for one whose tracer has gone first. */
  get landings(): readonly Address[] {
    const { copy, maskCall } = this;
    if (copy === undefined) return [];
    if (maskCall === undefined) return [copy];
    return [copy, offsetBy(copy, maskCall.told), offsetBy(copy, maskCall.plain)];
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
