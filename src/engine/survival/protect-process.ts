/** Makes sure that a process which is to outlive us survives our being killed. */
import { whenEachStops } from '../stops/hold.js';
import type { Process, Thread } from '../processes/tracee.js';
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
  const caller = process.bond === 'outlives-us' ? space.remoteCaller(main.tid, 'quiet') : undefined;
  if (caller === undefined) return;
  const lifeline = Lifeline.tie(
    kernel,
    { pid: process.pid, arch: space.arch },
    caller,
    context.guardian.get(),
  );
  space.lifeline = lifeline;
  log.write('engine', `process ${process.pid}, should we be killed: ${lifeline.strength}`);
  if (lifeline.mustUnblock(main.tid)) lifeline.unblock(main.tid);
}

/** After protectProcess, for the other threads of a process that runs already. */
export function unblockThreads(context: TracerContext, process: Process): void {
  const { lifeline } = process.space;
  if (lifeline === undefined) return;
  const blocking = [...process.threads.values()].filter(({ tid }) => lifeline.mustUnblock(tid));
  whenEachStops(context, blocking, ({ tid }) => lifeline.unblock(tid));
}
