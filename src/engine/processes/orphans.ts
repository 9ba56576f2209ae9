/** Children whose parent could not tell of them: it was killed, or other threads ended it, in the middle of a fork. */
import { unlessGone } from '../../base/errors.js';
import { toProcessId, toThreadId, type ProcessId, type ThreadId } from '../../base/ids.js';
import { AddressSpace } from '../tracees/tracee.js';
import {
  childProcess,
  emitStart,
  onFirstStop,
  release,
  roleOfChild,
  setOff,
  startOf,
} from './children.js';
import type { FirstStop } from '../tracees/process-table.js';
import { traceOptionsOf, type Process } from '../tracees/tracee.js';
import type { TracerContext } from './tracer-context.js';

/**
 * The process ended or executed a program, maybe in the middle of a fork, and cannot tell of the child any more.
 * Whatever the child's memory was, a copy or the parent's own, it is alone in it now.
 *
 * @param space the memory that the parent had
 */
export function adoptOrphans(context: TracerContext, parent: Process, space: AddressSpace): void {
  const { table } = context;
  if (parent.mayEndInAFork) awaitFirstStops(context, parent);
  for (const [tid, stop] of table.claimThose((stop) => isOrphanOf(context, parent, stop))) {
    // Killed as well, maybe: then its end is reported.
    unlessGone(() => adopt(context, { parent, space, tid, stop }));
  }
}

/** Children that the kernel seized for us when they were begun, and which have not run yet. */
function awaitFirstStops(context: TracerContext, parent: Process): void {
  const { kernel, table } = context;
  for (const pid of kernel.tracees()) {
    const tid = toThreadId(pid);
    if (table.process(pid) !== undefined || table.isUnclaimed(tid)) continue;
    const status = kernel.status(pid);
    if (status === undefined || !isLost(context, parent, toProcessId(status.parent))) continue;
    unlessGone(() => {
      kernel.waitForStop(tid);
      onFirstStop(context, tid, kernel.stop.status);
    });
  }
}

function isOrphanOf(context: TracerContext, parent: Process, stop: FirstStop): boolean {
  if (stop.process === parent.pid || context.table.process(stop.process) !== undefined)
    return false;
  if (stop.parent === parent.pid) return true;
  const isOfProgram = (): boolean =>
    unlessGone(() => context.kernel.executablePath(stop.process)) === parent.program;
  return parent.mayEndInAFork && isLost(context, parent, stop.parent) && isOfProgram();
}

/** When its parent has ended a process gets another, which is none of ours. */
function isLost({ table }: TracerContext, parent: Process, itsParent: ProcessId): boolean {
  return itsParent === parent.pid || table.process(itsParent) === undefined;
}

interface Orphan {
  readonly parent: Process;
  readonly space: AddressSpace;
  readonly tid: ThreadId;
  readonly stop: FirstStop;
}

function adopt(context: TracerContext, { parent, space, tid, stop }: Orphan): void {
  const role = roleOfChild(context, parent, false);
  if (role === 'released') {
    release(context, space, stop.process, undefined);
    return;
  }
  const copy = new AddressSpace(context.kernel, space.arch, traceOptionsOf(parent.bond), space);
  const child = childProcess(parent, { pid: stop.process, space: copy, role });
  const thread = startOf(context, child, tid);
  if (role === 'reported') emitStart(context, parent, thread, 'fork');
  setOff(context, thread, stop.status);
}
