/** Takes the threads of processes that run already. */
import { TraceeGone, unlessGone, UserError } from '../../base/errors.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import { OpenCalls } from '../tracees/open-calls.js';
import { childProcess } from './children.js';
import { letGo } from './release-thread.js';
import { Thread, type Process } from '../tracees/tracee.js';
import type { TracerContext } from './tracer-context.js';

/** States in proc_pid_status(5): zombie, dead. */
const HAS_ENDED: ReadonlySet<string> = new Set(['Z', 'X']);

/**
 * All but those that only work for the kernel. Threads may come while we look: children of seized threads are seized by
 * the kernel and announced by their parent's clone event, the others turn up in the next round.
 */
export function seizeAll({ kernel }: TracerContext, pid: ProcessId): Set<ThreadId> {
  const seized = new Set<ThreadId>();
  const seen = new Set<ThreadId>();
  const refusals: Error[] = [];
  for (;;) {
    const fresh = kernel.threads(pid).filter((tid) => !seen.has(tid));
    if (fresh.length === 0) break;
    for (const tid of fresh) {
      seen.add(tid);
      if (kernel.isKernelWorker(tid)) continue;
      try {
        kernel.seize(tid, { exitKill: false });
        seized.add(tid);
      } catch (error) {
        if (!(error instanceof Error) || !isNoMatter(kernel, tid, seized)) throw error;
        refusals.push(error);
      }
    }
  }
  if (seized.size > 0) return seized;
  throw refusals.find((error) => !(error instanceof TraceeGone)) ?? new TraceeGone(pid);
}

/**
 * A thread that ended: the first one stays visible, as a zombie, until all others have ended too. Or one that the
 * kernel seized for us already, because the thread that began it was.
 */
function isNoMatter(kernel: Kernel, tid: ThreadId, seized: ReadonlySet<ThreadId>): boolean {
  const status = kernel.status(tid);
  if (status === undefined || HAS_ENDED.has(status.state)) return true;
  const [ours] = seized;
  return ours !== undefined && status.tracer === kernel.status(ours)?.tracer;
}

/**
 * Others may run in the same memory, a child between vfork and exec above all: they run into our breakpoints, and are
 * let through. Of those that begin after the process was seized the kernel tells.
 *
 * @throws UserError when one of them cannot be traced: our breakpoints would kill it
 */
export function seizeSharers(context: TracerContext, process: Process): void {
  const { kernel, table } = context;
  for (const pid of kernel.sharers(process.pid)) {
    if (table.process(pid) !== undefined) continue;
    const seized = unlessGone(() => seizeSharer(context, process, pid)) ?? [];
    if (kernel.sharers(process.pid).includes(pid)) {
      const child = childProcess(process, { pid, space: process.space, role: 'passed' });
      table.addProcess(child);
      for (const tid of seized) table.addThread(new Thread(tid, child, new OpenCalls()));
    } else for (const tid of seized) unlessGone(() => letGoAtOnce(context, tid));
  }
}

function seizeSharer(
  context: TracerContext,
  process: Process,
  pid: ProcessId,
): ReadonlySet<ThreadId> {
  try {
    return seizeAll(context, pid);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = `process ${pid} runs in its memory, and ${error.message}`;
    throw new UserError(`cannot attach to ${process.pid}: ${why}`, error.hint);
  }
}

/** It has executed a program meanwhile. */
function letGoAtOnce(context: TracerContext, tid: ThreadId): void {
  const { kernel } = context;
  kernel.interrupt(tid);
  kernel.waitForStop(tid);
  letGo(context, tid, kernel.stop.status);
}
