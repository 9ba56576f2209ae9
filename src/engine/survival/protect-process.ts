/** Makes sure that a process which is to outlive us survives our being killed. */
import type { StoodAt } from '../stops/remote-syscall.js';
import type { Thread } from '../processes/tracee.js';
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
}

/** Its handler was forgotten, because a thread that blocked SIGTRAP ran into a trap. The thread is stopped. */
export function renewLifeline({ tid, process }: Thread, stoodAt: StoodAt): void {
  const { space } = process;
  const caller = space.remoteCaller(tid, stoodAt);
  if (caller !== undefined) space.lifeline?.renew(caller);
}
