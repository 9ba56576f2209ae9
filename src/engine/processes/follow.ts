/** Births and exec: which processes and threads we hold, follow, or let go unharmed. */
import { syscallNumberIn } from '../../arch/arch.js';
import { toProcessId, toThreadId, type ThreadId } from '../../base/ids.js';
import { DoesNotStop, unlessGone } from '../../base/errors.js';
import { toAddress, wordAsNumber } from '../../base/address.js';
import type { Released } from '../../kernel/threads.js';
import type { BirthEvent } from '../../kernel/wait-status.js';
import { AddressSpace } from '../tracees/tracee.js';
import { NativeStack } from '../tracees/native-stack.js';
import { OpenCalls } from '../tracees/open-calls.js';
import {
  childProcess,
  emitStart,
  onFirstStop,
  release,
  roleOfChild,
  setOff,
  startOf,
} from './children.js';
import { giveMaskBack, settleSignals } from '../sigtrap/unblock.js';
import { conventionOf, wordArgument } from '../tracees/call-convention.js';
import { mayAskToBeTraced } from './lending.js';
import { adoptOrphans } from './orphans.js';
import type { FirstStop } from '../tracees/process-table.js';
import type { Process } from '../tracees/tracee.js';
import { Thread, traceOptionsOf, type ProcessRole } from '../tracees/tracee.js';
import { startProgram } from './start.js';
import type { TracerContext } from './tracer-context.js';
import { placeOf, resume } from '../stops/stop-context.js';

/** <linux/sched.h> */
const CLONE_VM = 0x100;

/**
 * The parent stands at a PTRACE_EVENT_FORK, _VFORK or _CLONE stop. The child is dealt with first, while the
 * parent's breakpoints are what the child's memory holds.
 */
export function onBirth(context: TracerContext, parent: Thread, how: BirthEvent): Released {
  const { kernel, table } = context;
  const childId = toThreadId(kernel.eventMessage(parent.tid));
  table.noteBirth(childId);
  const stop = firstStopOf(context, childId);
  if (stop !== undefined) {
    const isDone = unlessGone(() => {
      if (stop.process === parent.process.pid) addThread(context, parent, childId, stop);
      else if (table.thread(childId) === undefined) {
        addChild(context, parent, { tid: childId, stop, how });
      }
      return true;
    });
    // If it is the parent that was killed, the child is an orphan.
    if (isDone === undefined && table.thread(childId) === undefined) {
      table.leaveUnclaimed(childId, stop);
    }
  }
  return resume(context, parent);
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
  const { process } = parent;
  const stop = unlessStuck(
    () => firstStopOf(context, childId),
    () => cleanCopy(context, parent, childId),
  );
  if (stop === undefined) return undefined;
  if (stop.process === process.pid) {
    const thread = new Thread(childId, process, new OpenCalls());
    thread.signals.inherit(parent.signals);
    table.addThread(thread);
    return thread;
  }
  if (how !== 'vfork' && !sharesMemory(context, parent)) {
    release(context, process.space, stop.process, parent);
    return undefined;
  }
  const child = childProcess(process, { pid: stop.process, space: process.space, role: 'passed' });
  table.addProcess(child);
  const thread = new Thread(childId, child, new OpenCalls());
  thread.signals.inherit(parent.signals);
  table.addThread(thread);
  return thread;
}

/** The thread's process runs another program now; the thread goes by the process's id from here on. */
export function onExec(context: TracerContext, tid: ThreadId): Released {
  const { kernel, table } = context;
  const process = table.process(toProcessId(tid));
  if (process === undefined) {
    return kernel.resume(tid, context.resumeMode, 0);
  }
  // The thread that called execve; its message is the id that it had.
  const { signals } = process.threads.get(toThreadId(kernel.eventMessage(tid))) ?? {};
  process.actions.afterExec(process.space.arch.wordBytes);
  dropThreads(context, process);
  adoptOrphans(context, process, process.space);
  table.leaveSpace(process);
  if (process.space.processes.length === 0) process.space.lifeline?.forget();
  kernel.forgetProcess(process.pid);
  process.program = kernel.executablePath(process.pid);
  if (process.origin === 'child' && context.options.follow.kind === 'none') {
    table.forget(process);
    if (signals?.blocksTrap === true) giveMaskBack(context, tid);
    return kernel.detach(tid, 0);
  }
  const wasReported = process.role === 'reported';
  process.role = roleInProgram(context, process);
  const main = new Thread(tid, process, new OpenCalls());
  if (signals !== undefined) main.signals.inherit(signals);
  process.threads.set(tid, main);
  if (wasReported || process.role === 'reported') {
    context.emitter.emit({
      kind: 'exec',
      ...placeOf(context, process, tid),
      program: process.program,
    });
  }
  return startProgram(context, main);
}

/**
 * Like onExec while we detach from everything: the program that begins has no trap, and its thread is let go.
 *
 * @returns that thread
 */
export function onExecWhileLeaving(context: TracerContext, process: Process): Thread {
  const { kernel, table } = context;
  dropThreads(context, process);
  adoptOrphans(context, process, process.space);
  table.leaveSpace(process);
  if (process.space.processes.length === 0) process.space.lifeline?.forget();
  kernel.forgetProcess(process.pid);
  process.space = new AddressSpace(kernel, process.space.arch, traceOptionsOf(process.bond));
  return startOf(context, process, toThreadId(process.pid));
}

function unlessStuck<T>(work: () => T, otherwise: () => void): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DoesNotStop)) throw error;
    otherwise();
    return undefined;
  }
}

/** The child does not begin to run: it can be let go only by our end, but finds none of our traps then. */
function cleanCopy(context: TracerContext, parent: Thread, child: ThreadId): void {
  const pid = context.kernel.status(child)?.processId;
  const { process } = parent;
  if (pid === undefined || pid === process.pid || sharesMemory(context, parent)) return;
  unlessGone(() => process.space.restoreBytes(pid));
}

function roleInProgram(context: TracerContext, process: Process): ProcessRole {
  const { follow } = context.options;
  if (process.origin !== 'child' || follow.kind !== 'programs') return 'reported';
  return follow.matches(process.program) ? 'reported' : 'passed';
}

/** Waits for the child to arrive at the stop that it begins life with; undefined when it died before. */
function firstStopOf(context: TracerContext, child: ThreadId): FirstStop | undefined {
  const { kernel, table } = context;
  const known = table.claim(child);
  if (known !== undefined) return known;
  return unlessGone(() => {
    kernel.waitForStop(child);
    onFirstStop(context, child, kernel.stop.status);
    return table.claim(child);
  });
}

function addThread(context: TracerContext, parent: Thread, tid: ThreadId, stop: FirstStop): void {
  const { table, emitter } = context;
  const thread = table.thread(tid) ?? new Thread(tid, parent.process, new OpenCalls());
  settleSignals(context, thread, parent);
  thread.stack = stackOf(context, thread);
  context.inline?.onThread(parent, thread);
  table.addThread(thread);
  if (parent.process.role === 'reported') {
    emitter.emit({
      kind: 'thread-started',
      ...placeOf(context, parent.process, tid),
      parent: parent.tid,
    });
  }
  setOff(context, thread, stop.status);
}

interface Birth {
  readonly tid: ThreadId;
  readonly stop: FirstStop;
  readonly how: BirthEvent;
}

function addChild(context: TracerContext, parent: Thread, { tid, stop, how }: Birth): void {
  const { kernel } = context;
  const { process } = parent;
  const pid = stop.process;
  const shares = how === 'vfork' || sharesMemory(context, parent);
  const role = roleOfChild(context, process, shares);
  if (role === 'released') {
    release(context, process.space, pid, parent);
    return;
  }
  const space = shares
    ? process.space
    : new AddressSpace(kernel, process.space.arch, traceOptionsOf(process.bond), process.space);
  if (!shares) space.lifeline = process.space.lifeline?.forChild(pid, process.space.sites.values());
  if (shares) space.inline?.suspend();
  else context.inline?.onCopy(process.space, space, pid);
  const isWatched =
    how === 'vfork' &&
    context.options.follow.kind === 'none' &&
    mayAskToBeTraced(space.modules.all);
  const vforkedBy = isWatched ? parent.tid : undefined;
  const thread = startOf(context, childProcess(process, { pid, space, role, vforkedBy }), tid);
  thread.openCalls.copyFrom(parent.openCalls);
  thread.process.comebacks.copyFrom(process.comebacks);
  settleSignals(context, thread, parent);
  thread.process.actions.inherit(process.actions);
  thread.interruptions.push(...parent.interruptions);
  thread.stack = parent.stack;
  if (role === 'reported') emitStart(context, process, thread, how);
  setOff(context, thread, stop.status);
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
  const { memory } = parent.process.space;
  kernel.readRegisters(parent.tid);
  const arch = conventionOf(kernel, parent);
  const number = syscallNumberIn(kernel.registers, arch);
  const { registers } = kernel;
  const { clone, clone3 } = arch.syscalls.numbers;
  const [first = 0] = arch.syscalls.argumentRegisters;
  if (number === clone) return (registers.getUint32(first, true) & CLONE_VM) !== 0;
  if (number !== clone3) return false;
  // struct clone_args begins with the flags, 64 bits wide.
  const flags = memory.readUint32(toAddress(wordArgument(registers, arch, first)));
  return ((flags ?? 0) & CLONE_VM) !== 0;
}

function stackOf(context: TracerContext, thread: Thread): NativeStack {
  const { kernel } = context;
  const { arch } = thread.process.space;
  kernel.readRegisters(thread.tid);
  const seed = wordAsNumber(kernel.registers, arch.registers.sp);
  return new NativeStack(seed, () => kernel.mappings(thread.process.pid));
}
