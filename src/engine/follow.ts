/** Births and exec: which processes and threads we hold, follow, or let go unharmed. */
import { toProcessId, toThreadId, type ProcessId, type ThreadId } from '../base/ids.js';
import { exactWord, toAddress, wordAsNumber } from '../base/address.js';
import { decodeWaitStatus } from '../kernel/wait-status.js';
import { AddressSpace } from './address-space.js';
import { NativeStack } from './calls/native-stack.js';
import { OpenCalls } from './calls/open-calls.js';
import { Process, type ProcessRole, Thread } from './tracee.js';
import { startProgram } from './start.js';
import { placeOf, resume, type TracerContext } from './tracer-context.js';

/** PTRACE_EVENT_* of <linux/ptrace.h> that tell of a child. */
export type BirthEvent = 'fork' | 'vfork' | 'clone';

/** PTRACE_EVENT_FORK, _VFORK, _CLONE of <linux/ptrace.h>. */
export const BIRTH_EVENTS: Readonly<Record<number, BirthEvent>> = {
  1: 'fork',
  2: 'vfork',
  3: 'clone',
};

/** 'released': its memory is a copy with our traps in it; they are taken out and the child let go. */
type ChildRole = ProcessRole | 'released';

/** <linux/sched.h> */
const CLONE_VM = 0x100;

/**
 * The parent stands at a PTRACE_EVENT_FORK, _VFORK or _CLONE stop. The child is dealt with first, while the
 * parent's breakpoints are what the child's memory holds.
 */
export function onBirth(context: TracerContext, parent: Thread, how: BirthEvent): void {
  const { kernel } = context;
  const childId = toThreadId(kernel.eventMessage(parent.tid));
  if (isAliveAtFirstStop(context, childId)) {
    const group = kernel.status(childId)?.processId;
    if (group === parent.process.pid) addThread(context, parent, childId);
    else if (group !== undefined) addChild(context, parent, childId, how);
  }
  resume(context, parent);
}

/**
 * Like onBirth while we detach from everything: nobody is resumed, a copy of our memory is cleaned at once.
 *
 * @returns the child, if it runs in memory whose traps are still to be removed
 */
export function onBirthWhileLeaving(
  context: TracerContext,
  parent: Thread,
  how: BirthEvent,
): Thread | undefined {
  const { kernel, table } = context;
  const childId = toThreadId(kernel.eventMessage(parent.tid));
  if (!isAliveAtFirstStop(context, childId)) return undefined;
  const { process } = parent;
  if (kernel.status(childId)?.processId === process.pid) {
    const thread = new Thread(childId, process, new OpenCalls());
    table.addThread(thread);
    return thread;
  }
  const pid = toProcessId(childId);
  if (how !== 'vfork' && !sharesMemory(context, parent)) {
    release(context, process, pid);
    return undefined;
  }
  const child = childProcess(process, pid, process.space, 'passed');
  table.addProcess(child);
  const thread = new Thread(childId, child, new OpenCalls());
  table.addThread(thread);
  return thread;
}

/** The thread's process runs another program now; the thread goes by the process's id from here on. */
export function onExec(context: TracerContext, tid: ThreadId): void {
  const { kernel, table } = context;
  const process = table.process(toProcessId(tid));
  if (process === undefined) {
    kernel.resume(tid, context.resumeMode, 0);
    return;
  }
  dropThreads(context, process);
  table.leaveSpace(process);
  if (process.space.processes.length === 0) process.space.lifeline?.forget();
  kernel.forgetProcess(process.pid);
  process.program = kernel.executablePath(process.pid);
  if (process.origin === 'child' && context.options.follow.kind === 'none') {
    table.forget(process);
    kernel.detach(tid, 0);
    return;
  }
  const wasReported = process.role === 'reported';
  process.role = roleInProgram(context, process);
  const main = new Thread(tid, process, new OpenCalls());
  process.threads.set(tid, main);
  if (wasReported || process.role === 'reported') {
    context.emitter.emit({
      kind: 'exec',
      ...placeOf(context, process, tid),
      program: process.program,
    });
  }
  startProgram(context, main);
}

function roleInProgram(context: TracerContext, process: Process): ProcessRole {
  const { follow } = context.options;
  if (process.origin !== 'child' || follow.kind !== 'programs') return 'reported';
  return follow.matches(process.program) ? 'reported' : 'passed';
}

/** Waits for the child to arrive at the stop that it begins life with; false when it died before. */
function isAliveAtFirstStop(context: TracerContext, child: ThreadId): boolean {
  const { kernel, table } = context;
  if (table.claim(child)) return true;
  if (kernel.waitFor(child) !== 'stop') return false;
  const report = decodeWaitStatus(kernel.stop.status);
  return report.kind !== 'exited' && report.kind !== 'killed';
}

function addThread(context: TracerContext, parent: Thread, tid: ThreadId): void {
  const { kernel, table, emitter } = context;
  const thread = table.thread(tid) ?? new Thread(tid, parent.process, new OpenCalls());
  thread.stack = stackOf(context, thread);
  table.addThread(thread);
  if (parent.process.role === 'reported') {
    emitter.emit({
      kind: 'thread-started',
      ...placeOf(context, parent.process, tid),
      parent: parent.tid,
    });
  }
  kernel.resume(tid, context.resumeMode, 0);
}

function addChild(context: TracerContext, parent: Thread, tid: ThreadId, how: BirthEvent): void {
  const { kernel, table } = context;
  const { process } = parent;
  const pid = toProcessId(tid);
  const shares = how === 'vfork' || sharesMemory(context, parent);
  const role = roleOfChild(context, process, shares);
  if (role === 'released') {
    release(context, process, pid);
    return;
  }
  const space = shares
    ? process.space
    : new AddressSpace(kernel, process.space.arch, process.space);
  if (!shares) space.lifeline = process.space.lifeline?.forChild(pid, process.space.sites.values());
  const child = childProcess(process, pid, space, role);
  table.addProcess(child);
  const thread = new Thread(tid, child, new OpenCalls());
  thread.openCalls.copyFrom(parent.openCalls);
  thread.stack = parent.stack;
  table.addThread(thread);
  if (role === 'reported') {
    context.emitter.emit({
      kind: 'process-started',
      ...placeOf(context, child, tid),
      how,
      parent: process.pid,
      program: process.program,
    });
  }
  kernel.resume(tid, context.resumeMode, 0);
}

function childProcess(
  parent: Process,
  pid: ProcessId,
  space: AddressSpace,
  role: ProcessRole,
): Process {
  const { program, bond } = parent;
  return new Process({ pid, space, role, program, bond, origin: 'child' });
}

/** The child's memory is a copy of its parent's: takes our traps out of it and lets it go. */
function release(context: TracerContext, parent: Process, child: ProcessId): void {
  parent.space.restoreBytes(child);
  context.kernel.forgetProcess(child);
  context.kernel.detach(toThreadId(child), 0);
}

function roleOfChild(context: TracerContext, parent: Process, shares: boolean): ChildRole {
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

function dropThreads(context: TracerContext, process: Process): void {
  for (const thread of [...process.threads.values()]) {
    if (process.role === 'reported') {
      context.syscalls.abandon(thread);
      context.calls.abandonAll(thread, 'exec');
    }
    context.table.removeThread(thread);
  }
}

/** fork() and clone() can share memory too: the flags of the system call tell. */
function sharesMemory(context: TracerContext, parent: Thread): boolean {
  const { kernel } = context;
  const { arch, memory } = parent.process.space;
  kernel.readRegisters(parent.tid);
  const number = wordAsNumber(kernel.registers, arch.registers.syscallNumber);
  const [firstArgument] = arch.syscalls.argumentRegisters;
  const first = exactWord(kernel.registers, firstArgument ?? 0);
  if (typeof first === 'bigint') return false;
  if (number === arch.syscalls.numbers.clone) return (first & CLONE_VM) !== 0;
  if (number !== arch.syscalls.numbers.clone3) return false;
  // struct clone_args begins with the flags, 64 bits wide.
  return (((memory.readWord(toAddress(first)) ?? 0) % 4294967296) & CLONE_VM) !== 0;
}

function stackOf(context: TracerContext, thread: Thread): NativeStack {
  const { kernel } = context;
  const { arch } = thread.process.space;
  kernel.readRegisters(thread.tid);
  const seed = wordAsNumber(kernel.registers, arch.registers.sp);
  return new NativeStack(seed, () => kernel.mappings(thread.process.pid));
}
