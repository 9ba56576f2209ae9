/** How calls are caught: by traps, which is what a breakpoint site does by itself, or in another way where that is safe. */
import type { Thread, TracedSite } from '../tracees/tracee.js';

export interface Catcher {
  /**
   * A thread stands at the site, whose trap has caught this call. From the next one on the catcher may take over.
   *
   * @returns why the site keeps its trap; undefined when it does not
   */
  place(thread: Thread, site: TracedSite): WhyByTraps | undefined;
  /** The thread has ended, or stands still and is let go: hands on what was caught of its calls. */
  drain(thread: Thread): void;
  /** From now on all sites of that memory are traps again. */
  withdraw(thread: Thread, why: WhyByTraps): void;
}

/** In words, for `--debug`. */
export type WhyByTraps = string;
