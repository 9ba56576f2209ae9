/** A thread runs a copy that the program made of its own code, with a trap of ours in it: memory/copied-code.ts. */
import type { Thread } from '../tracees/tracee.js';
import { placeOf, type StopContext } from '../stops/stop-context.js';
import { isBreakpointTrap } from './signals.js';

/**
 * The thread has run into a trap at that address, where we put none.
 *
 * @returns true when that was one of ours, copied, and is there no more: the thread is to go on there
 */
export function takeOutOfCopy(context: StopContext, thread: Thread, address: number): boolean {
  if (!isBreakpointTrap(context, thread)) return false;
  const { process, tid } = thread;
  const healed = process.space.healCopy(address);
  if (healed === undefined) return false;
  if (healed === 'first') {
    context.emitter.emit({
      kind: 'notice',
      ...placeOf(context, process, tid),
      severity: 'warning',
      text:
        `process ${process.pid} runs a copy of its own code that was made with breakpoints in it: ` +
        'they are taken out where it runs into them, and its calls are not seen',
    });
  }
  return true;
}
