/** What a memory in which calls are counted inside (engine/inline) must be told of, and asked. */
import type { ProcessId } from '../../base/ids.js';
import type { Thread } from '../tracees/tracee.js';
import type { EntryPoint } from '../points/entry-point.js';
import type { BreakpointSite } from './site.js';

export interface Inside {
  /** Puts into code that was read what the program has there. */
  hidePatches(address: number, code: Uint8Array): void;
  /** Traps as before, while threads run; of a forked child, which stands still, the program's own bytes. */
  restore(pid: ProcessId): void;
  /** Of a forked child, which stands still: traps as before. */
  restoreTrapsIn(child: ProcessId): void;
  /** A trap was set. */
  onSite(site: BreakpointSite): void;
  /** The place gets a meaning that needs its trap. */
  withdraw(site: BreakpointSite): void;
  /** The code there is no longer mapped. */
  forget(start: number, end: number): void;
  /** The point of the call that was caught inside last, if its return address stands there. Registers are at hand. */
  pointAt(thread: Thread, slot: number): EntryPoint | undefined;
  /** Another process runs in the memory for a while, with the thread pointer of one that waits for it. */
  suspend(): void;
  resume(): void;
  /** The thread stands still and is let go for good. */
  letGo(thread: Thread): void;
  /** Nobody runs in the memory any more. */
  release(): void;
}
