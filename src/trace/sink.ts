/** Whoever receives events: text, tables, files, a library user. */
import { errnoNumber, errnoText } from '../base/errno-names.js';
import type { CallTotals } from './call-totals.js';
import type { TraceEvent } from './event.js';

export interface TraceSink {
  accept(event: TraceEvent): void;
  /**
   * Nobody looks on, so that the thread that events tell of may run on before they are accepted. Otherwise, what it
   * prints itself comes after them.
   */
  readonly mayLag?: boolean;
  /**
   * Takes sums where it can do without the single calls: whoever has this gets either, as it suits the engine. All of
   * the calls that they stand for are over.
   */
  readonly takeTotals?: ((totals: CallTotals) => void) | undefined;
  /** Write out what is buffered: nothing may happen for a while. */
  flush(): void;
  /**
   * Time passes, though nothing may happen: for those who write something every so often.
   *
   * @param at now, ns since the session started, as in events
   * @returns when to be called again; undefined when that depends on what happens
   */
  tick?(at: number): number | undefined;
  /** Somebody asks, by SIGUSR1, for what there is so far; absent where that is nothing but what was written already. */
  readonly reportSoFar?: (() => void) | undefined;
  /** No more events. Writes what is left and releases files. */
  finish(): void;
  /**
   * After the end: the exit status that the output asks for, whatever became of the program; undefined when it has
   * none to ask for.
   */
  readonly verdict?: number | undefined;
}

/** The reader of our output is gone or the disk is full: tracing ends, the tracee goes on. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';

  constructor(
    readonly target: string,
    /** 'EPIPE', 'ENOSPC', …, or in words. */
    readonly reason: string,
  ) {
    const errno = errnoNumber(reason);
    super(`cannot write to ${target}: ${errno === undefined ? reason : errnoText(errno)}`);
  }
}
