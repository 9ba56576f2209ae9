/** What a memory in which calls are counted inside (engine/inline) must be told of, and asked. */
import type { ProcessId } from '../../base/ids.js';
import type { PatchedCode } from '../memory/trapped-memory.js';
import type { EntryPoint } from './entry-point.js';
import type { SiteFor } from './site-reasons.js';

export interface Inside<Thread> extends PatchedCode {
  /** Of a forked child, which stands still: traps as before. */
  restoreTrapsIn(child: ProcessId): void;
  /** The place gets a meaning that needs its trap. */
  withdraw(site: SiteFor<Thread>): void;
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
