/** Makes sure that a process which is to outlive us survives our being killed. */
import type { ThreadId } from '../../base/ids.js';
import { whileStopped } from '../hold.js';
import type { Thread } from '../tracee.js';
import type { TracerContext } from '../tracer-context.js';
import { Lifeline } from './lifeline.js';

/**
 * Before the first trap is written into a program. What we launched ends with us and needs nothing.
 *
 * @param main a stopped thread of it
 */
export function protectProcess(context: TracerContext, main: Thread): void {
  const { kernel, log } = context;
  const { process } = main;
  const { space } = process;
  const caller = process.bond === 'outlives-us' ? space.remoteCaller(main.tid) : undefined;
  if (caller === undefined) return;
  const lifeline = Lifeline.tie(
    kernel,
    { pid: process.pid, arch: space.arch },
    caller,
    context.guardian.get(),
  );
  space.lifeline = lifeline;
  log.write('engine', `process ${process.pid}, should we be killed: ${lifeline.strength}`);
  for (const tid of lifeline.threadsToUnblock()) unblock(context, main, lifeline, tid);
}

function unblock(context: TracerContext, main: Thread, lifeline: Lifeline, tid: ThreadId): void {
  if (tid === main.tid) {
    lifeline.unblock(tid);
    return;
  }
  const thread = context.table.thread(tid);
  if (thread !== undefined) whileStopped(context, thread, () => lifeline.unblock(tid));
}
