/** What becomes of a child that has stopped for the first time. */
import { toProcessId, toThreadId, type ProcessId, type ThreadId } from '../../base/ids.js';
import { decodeWaitStatus, type BirthEvent } from '../../kernel/wait-status.js';
import type { AddressSpace } from '../tracees/tracee.js';
import { giveTrapToCopy } from '../sigtrap/trap-action.js';
import { giveMaskBack } from '../sigtrap/unblock.js';
import { OpenCalls } from '../tracees/open-calls.js';
import { Process, Thread, type ProcessFacts, type ProcessRole } from '../tracees/tracee.js';
import type { TracerContext } from './tracer-context.js';
import { placeOf, resume, type Dealt } from '../stops/stop-context.js';

/** 'released': its memory is a copy with our traps in it; they are taken out and the child let go. */
export type ChildRole = ProcessRole | 'released';

/** A thread that we do not know yet has stopped: its parent's event tells more, and comes later. */
export function onFirstStop(
  context: TracerContext,
  tid: ThreadId,
  status: number,
): 'kept' | 'ended' {
  const { kernel, table } = context;
  const facts = kernel.status(tid);
  if (facts === undefined) return 'ended';
  const parent = toProcessId(facts.parent);
  table.leaveUnclaimed(tid, { status, process: facts.processId, parent });
  return 'kept';
}

export function startOf(context: TracerContext, process: Process, tid: ThreadId): Thread {
  const thread = new Thread(tid, process, new OpenCalls());
  context.table.addProcess(process);
  context.table.addThread(thread);
  return thread;
}

export function emitStart(
  context: TracerContext,
  parent: Process,
  { process, tid }: Thread,
  how: BirthEvent,
): void {
  context.emitter.emit({
    kind: 'process-started',
    ...placeOf(context, process, tid),
    how,
    parent: parent.pid,
    program: process.program,
  });
}

/** Usually the stop is the tracer's own; a thread begun while its process is being stopped joins in that. */
export function setOff(context: TracerContext, thread: Thread, status: number): Dealt {
  return decodeWaitStatus(status).kind === 'interrupted'
    ? resume(context, thread)
    : context.onStop(thread.tid, status);
}

export function childProcess(
  { program, bond }: Process,
  facts: Pick<ProcessFacts, 'pid' | 'space' | 'role' | 'vforkedBy'>,
): Process {
  return new Process({ ...facts, program, bond, origin: 'child' });
}

/** The child's memory is a copy of its parent's: takes our traps out of it and lets it go. */
export function release(
  context: TracerContext,
  parents: AddressSpace,
  child: ProcessId,
  parent: Thread | undefined,
): void {
  parents.restoreBytes(child);
  if (parent !== undefined) {
    giveTrapToCopy(context, parent, child);
    if (parent.signals.blocksTrap) giveMaskBack(context, toThreadId(child));
  }
  context.kernel.forgetProcess(child);
  context.kernel.detach(toThreadId(child), 0);
}

export function roleOfChild(context: TracerContext, parent: Process, shares: boolean): ChildRole {
  const { follow } = context.options;
  switch (follow.kind) {
    case 'none':
      return shares ? 'passed' : 'released';
    case 'all':
      return 'reported';
    case 'programs':
      return follow.matches(parent.program) ? 'reported' : 'passed';
  }
}
