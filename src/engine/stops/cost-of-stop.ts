/** Which threads had better not be stopped: those in calls that would show it. */
import type { Kernel } from '../../kernel/kernel.js';
import type { Thread } from '../tracees/tracee.js';

/**
 * 'none': it waits in a call that goes on as if nothing had been. 'unknown': it runs, perhaps in a call that would give less
 * (getrandom of megabytes). 'repeated': its call is made again, with its whole timeout. 'shows': its call gives less than it
 * would (a short write). 'refused': it cannot be stopped now.
 */
export type CostOfStop = 'none' | 'unknown' | 'repeated' | 'shows' | 'refused';

const BY_COST: readonly CostOfStop[] = ['none', 'unknown', 'repeated', 'shows', 'refused'];
/** Looking at all threads of a large program takes longer than what is done while one stands. */
const MOST_LOOKED_AT = 64;

export function costOfStop(kernel: Kernel, { tid, process }: Thread): CostOfStop {
  const standing = kernel.standing(tid);
  if (standing === undefined || standing.state === 'D') return 'refused';
  if (standing.state === 'R') return 'unknown';
  // Whoever stands still is stopped by others.
  if (standing.state !== 'S') return 'none';
  const { call, pc } = standing;
  // It waits, but in no call: for a page that somebody has to bring.
  if (call === undefined) return pc === undefined ? 'none' : 'shows';
  const { interrupted } = process.space.arch.syscalls;
  if (interrupted.isSeamless(call)) return 'none';
  return interrupted.mayBeMadeAgain(call.number) ? 'repeated' : 'shows';
}

/** The threads, those first that are best stopped. */
export function cheapestFirst(kernel: Kernel, threads: Iterable<Thread>): readonly Thread[] {
  const all = [...threads];
  const costs = new Map<Thread, number>();
  for (const thread of all.slice(0, MOST_LOOKED_AT)) {
    const cost = costOfStop(kernel, thread);
    costs.set(thread, BY_COST.indexOf(cost));
    if (cost === 'none') break;
  }
  const rank = (thread: Thread): number => costs.get(thread) ?? BY_COST.length - 1;
  return all.sort((one, other) => rank(one) - rank(other));
}
