/** The trap at one address of one memory. What it means to those who put it there is no business of this room. */
import { offsetBy, type Address } from '../../base/address.js';
import type { Displaced, MaskCallCode } from '../../arch/arch.js';
import type { RestoreTurn } from '../../kernel/guardian.js';

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

/** @typeParam Meaning what is to happen when a thread comes here */
export class BreakpointSite<Meaning = unknown> {
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

  constructor(
    facts: SiteFacts,
    readonly meaning: Meaning,
  ) {
    this.address = facts.address;
    this.originalByte = facts.originalByte;
    this.code = facts.code;
    this.copy = facts.copy;
    this.copyBytes = facts.copyBytes;
    this.instruction = facts.instruction;
  }

  /** The same trap in the memory of a forked child. */
  copyForChild(meaning: Meaning): BreakpointSite<Meaning> {
    const { address, originalByte, code, copy, copyBytes, instruction } = this;
    return new BreakpointSite(
      { address, originalByte, code, copy, copyBytes, instruction },
      meaning,
    );
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
