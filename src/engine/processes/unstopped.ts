/** Threads that are let go without having been stopped: by our end, when the original bytes are back. */
import type { ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Standing } from '../../kernel/proc.js';
import { costOfStop } from '../stops/cost-of-stop.js';
import { waitsForVfork } from '../stops/why-not-stopping.js';
import type { Thread } from '../tracees/tracee.js';
import type { TracerContext } from './tracer-context.js';

/** Would stopping it show, while it waits in the kernel? To be asked when the bytes are back. */
export function mayStayAsleep({ kernel, options }: TracerContext, thread: Thread): boolean {
  const { bond } = thread.process;
  if (options.afterLeaving !== 'we-end' || bond !== 'outlives-us') return false;
  if (thread.state.kind !== 'running') return false;
  // Its mask is to be given back.
  if (thread.signals.blocksTrap) return false;
  const cost = costOfStop(kernel, thread);
  return (cost === 'repeated' || cost === 'shows') && !mayFork(thread, kernel.standing(thread.tid));
}

/** Knows threads that were asked to stop and do not, for a reason that lasts. */
export class Unwilling {
  /** Where each was when it was last looked at. */
  private readonly places = new Map<ThreadId, string>();

  constructor(private readonly kernel: Kernel) {}

  /** True when it waits, uninterruptibly, where it did the last time. Any thread does so for moments. */
  isSure(thread: Thread): boolean {
    const { tid } = thread;
    const standing = this.kernel.standing(tid);
    if (standing?.state !== 'D' || mayFork(thread, standing)) {
      this.places.delete(tid);
      return false;
    }
    const place = `${standing.call?.number} ${standing.pc}`;
    const isSame = this.places.get(tid) === place;
    this.places.set(tid, place);
    return isSame;
  }
}

/** Its child would have a copy of our traps, and nobody to take them out. */
function mayFork({ process }: Thread, standing: Standing | undefined): boolean {
  const { arch } = process.space;
  const call = standing?.call;
  const { fork, clone } = arch.syscalls.numbers;
  return [fork, clone].includes(call?.number ?? -1) && !waitsForVfork(arch, call);
}
