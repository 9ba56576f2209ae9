/** Waits for one thread that last: the user is told of them, and may end them. */
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Patience } from '../../kernel/loop.js';
import type { Emitter } from '../emitter.js';
import type { ProcessTable } from '../tracees/process-table.js';
import { whyNotStopping } from './why-not-stopping.js';

/** A thread that can stop does so within microseconds; on an overloaded machine that may take a while to come. */
const TELL_AFTER_MS = 1000;
/** When we leave, nobody is waited for that long who will not stop. */
const LONGEST_WHILE_LEAVING_MS = 1000;

export interface LongWaitParts {
  readonly kernel: Kernel;
  readonly emitter: Emitter;
  readonly table: ProcessTable;
  /** Looks what came for us meanwhile. */
  wantsToLeave(): boolean;
  /** What was emitted is to be seen now. */
  show(): void;
}

export class LongWaits {
  isLeaving = false;
  private readonly told = new Set<ThreadId>();

  constructor(private readonly parts: LongWaitParts) {}

  /** See Kernel.patience. */
  readonly patience: Patience = (tid, waitedMs) => {
    if (this.isLeaving) return waitedMs < LONGEST_WHILE_LEAVING_MS ? 'waits' : 'gives-up';
    if (waitedMs >= TELL_AFTER_MS) this.tell(tid);
    return this.wantsToLeave() ? 'gives-up' : 'waits';
  };

  wantsToLeave(): boolean {
    return this.parts.wantsToLeave();
  }

  /** Says, once for each thread, that it is waited for. */
  tell(tid: ThreadId): void {
    if (this.told.has(tid)) return;
    this.told.add(tid);
    const { kernel, table } = this.parts;
    const thread = table.thread(tid);
    const pid = thread?.process.pid ?? kernel.status(tid)?.processId;
    if (pid === undefined) return;
    const why = whyNotStopping(kernel, tid, thread?.process.space.arch);
    this.warn(pid, tid, `thread ${tid} of process ${pid} does not stop: ${why}; waiting for it`);
  }

  /** Where somebody who watches must not be left waiting. */
  warn(pid: ProcessId, tid: ThreadId, text: string): void {
    const { emitter } = this.parts;
    emitter.emit({ kind: 'notice', pid, tid, at: emitter.now(), severity: 'warning', text });
    this.parts.show();
  }
}
