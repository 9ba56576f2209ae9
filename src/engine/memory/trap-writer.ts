/** Writes traps and the copies of what they replace: one at a time, many together, or while the process runs. */
import type { Address } from '../../base/address.js';
import type { ThreadId } from '../../base/ids.js';
import type { Refusal, Shortage } from './copy-places.js';
import type { ProcessMemory } from './process-memory.js';
import type { BreakpointSite } from './site.js';
import { TrapBatch } from './trap-batch.js';

/**
 * Lets a thread of a running process stand still for some work; undefined when there was none that could, or another
 * program is executed first.
 */
export type Halt = <T>(work: (stopped: ThreadId) => T) => T | undefined;

/** How a thread stands that is to make system calls for us: at a trap of ours, at a signal that it is to get, or neither. */
export type Standing = 'trap' | 'signal' | 'quiet';

/** What the writer knows of its memory. */
export interface TrapPlace {
  readonly memory: ProcessMemory;
  readonly trapInstruction: Uint8Array;
  /** May the program itself change the code here? */
  isWritable(address: Address): boolean;
  /** So that the process survives our end; `stopped` may make system calls for it. Why it would not, in the end. */
  protect(
    sites: readonly BreakpointSite[],
    stopped: ThreadId,
    standing: Standing,
  ): Shortage | undefined;
  unprotect(site: BreakpointSite): void;
}

export class TrapWriter {
  /** Set while many are written together. */
  private batch: TrapBatch | undefined;
  /** Those in the batch. */
  private held: BreakpointSite[] = [];
  /** Set while the process runs. */
  private halt: Halt | undefined;

  constructor(private readonly place: TrapPlace) {}

  /** Are there traps that are written when others are ready? */
  get isHolding(): boolean {
    return this.batch !== undefined;
  }

  /**
   * Now, or with others when the batch is written.
   *
   * @param copied for the site's copy
   * @param tid a stopped thread of this memory, unless the process runs
   * @returns why it cannot be written; undefined when it was, or will be
   */
  write(site: BreakpointSite, copied: Uint8Array, tid: ThreadId): Refusal | undefined {
    const { batch, place } = this;
    if (batch !== undefined && this.canWait(batch, site.address)) {
      batch.add(site.address, site.copy, copied);
      this.held.push(site);
      return undefined;
    }
    const outcome = this.whileStill(
      tid,
      (stopped, standing) =>
        place.protect([site], stopped, standing) ?? this.writeNow(site, copied),
    );
    // Nobody stood still.
    if (outcome === undefined) return 'not writable';
    return outcome === 'written' ? undefined : outcome;
  }

  /**
   * What `body` places is written when it ends, page by page.
   *
   * @returns those that could not be written after all
   */
  together(tid: ThreadId, body: () => void): readonly BreakpointSite[] {
    if (this.batch !== undefined) {
      body();
      return [];
    }
    const { memory, trapInstruction } = this.place;
    const batch = new TrapBatch(memory, trapInstruction[0] ?? 0);
    this.batch = batch;
    try {
      let refused: readonly BreakpointSite[] = [];
      memory.readByPage(() => {
        body();
        refused = this.writeHeld(batch, tid);
      });
      return refused;
    } finally {
      this.batch = undefined;
      this.held = [];
    }
  }

  /** The same while the process runs. */
  whileRunning(halt: Halt, tid: ThreadId, body: () => void): readonly BreakpointSite[] {
    this.halt = halt;
    try {
      return this.together(tid, body);
    } finally {
      this.halt = undefined;
    }
  }

  /** Something that needs a thread which stands still: the one given, or another if the process runs. */
  whileStill<T>(tid: ThreadId, work: (stopped: ThreadId, standing: Standing) => T): T | undefined {
    return this.halt === undefined
      ? work(tid, 'trap')
      : this.halt((stopped) => work(stopped, 'quiet'));
  }

  /** What is written later is written with what lies between: not where the program writes too. */
  private canWait(batch: TrapBatch, address: Address): boolean {
    if (batch.knowsPageOf(address)) return true;
    return this.halt !== undefined && !this.place.isWritable(address);
  }

  private writeNow(site: BreakpointSite, copied: Uint8Array): 'written' | 'not writable' {
    const { memory, trapInstruction } = this.place;
    const { address, copy } = site;
    try {
      // The copy first: a thread may run into the trap as soon as it is there.
      if (copy !== undefined) memory.write(copy, copied);
      memory.write(address, trapInstruction);
    } catch {
      this.place.unprotect(site);
      return 'not writable';
    }
    if (!this.place.isWritable(address)) this.batch?.addPageOf(address);
    return 'written';
  }

  private writeHeld(batch: TrapBatch, tid: ThreadId): readonly BreakpointSite[] {
    const { held } = this;
    if (held.length === 0) return [];
    const refused = this.whileStill(tid, (stopped, standing) => {
      const isSafe = this.place.protect(held, stopped, standing) === undefined;
      return isSafe ? new Set(batch.write()) : undefined;
    });
    // Nobody stood still, or there was no room for what keeps the program alive: no trap was written.
    const lost = refused === undefined ? held : held.filter(({ address }) => refused.has(address));
    for (const site of lost) this.place.unprotect(site);
    return lost;
  }
}
