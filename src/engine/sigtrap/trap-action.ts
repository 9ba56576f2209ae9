/** The action that the kernel has for SIGTRAP, and the one that the program believes in. */
import { toThreadId, type ProcessId } from '../../base/ids.js';
import { SIGKILL, SIGSTOP, SIGTRAP } from '../../base/signal-numbers.js';
import type { Standing } from '../memory/trap-writer.js';
import type { RemoteCaller } from '../remote/remote-caller.js';
import type { Process, Thread } from '../tracees/tracee.js';
import type { StopContext } from '../stops/stop-context.js';
import { actionFor, setAction, type AskedProcess } from './kernel-actions.js';
import { SIG_IGN, SignalAction } from '../tracees/signal-actions.js';
import { SIGTRAP_BIT } from '../tracees/thread-signals.js';

/** _NSIG of the kernel. */
const LAST_SIGNAL = 64;

/** For a stopped thread; undefined where nobody can make system calls for us. */
export function askThrough(
  { kernel }: Pick<StopContext, 'kernel'>,
  { tid, process: { pid, space } }: Thread,
  standing: Standing,
): AskedProcess | undefined {
  const caller = space.remote.caller(tid, standing);
  return caller && { kernel, pid, arch: space.arch, caller };
}

/** A program that we began to trace stands at its first instruction. */
export function meetActions(context: StopContext, thread: Thread): void {
  const { actions, space, pid } = thread.process;
  const ignored = (context.kernel.status(pid)?.ignored ?? 0n) & SIGTRAP_BIT;
  actions.trap ??= SignalAction.plain(space.arch.wordBytes, ignored === 0n ? 0 : SIG_IGN);
  if (ignored === 0n) return;
  const asked = askThrough(context, thread, 'quiet');
  if (asked !== undefined) setAction(asked, SIGTRAP, actions.trap.forKernel());
}

/** The same in a process that runs already: its handlers block SIGTRAP no more. */
export function meetRunningActions(
  context: StopContext,
  { process }: Thread,
  caller: RemoteCaller,
): void {
  const { kernel } = context;
  const { pid, actions, space } = process;
  const asked = { kernel, pid, arch: space.arch, caller };
  actions.trap ??= actionFor(asked, SIGTRAP);
  const caught = kernel.status(pid)?.caught ?? 0n;
  for (let signal = 1; signal <= LAST_SIGNAL; signal++) {
    if ((caught & (1n << BigInt(signal - 1))) === 0n || signal === SIGTRAP) continue;
    const action = actionFor(asked, signal);
    if (action?.blocksTrap !== true) continue;
    if (setAction(asked, signal, action.blockingTrap(false)) === 0) actions.blockTrap.add(signal);
  }
}

/** The program has another action for SIGTRAP now, or the kernel has forgotten what it was told. */
export function tellKernel(process: Process, asked: AskedProcess): number {
  const { trap } = process.actions;
  if (trap === undefined) return 0;
  const lifeline = keptBy(process);
  if (lifeline === undefined) return setAction(asked, SIGTRAP, trap.forKernel());
  return lifeline.adopt(trap.bytes, asked.caller) ? 0 : -1;
}

/** Does the kernel not know any more what it was told? */
export function isForgotten({ kernel }: Pick<StopContext, 'kernel'>, process: Process): boolean {
  const isHandled = process.actions.trap?.hasHandler === true || keptBy(process) !== undefined;
  return !isHandled || ((kernel.status(process.pid)?.caught ?? 0n) & SIGTRAP_BIT) === 0n;
}

/** Before a process is let go: everything is as the program believes. Where our handler stands for its own, that goes with it. */
export function giveActionsBack(process: Process, asked: AskedProcess): void {
  const { actions } = process;
  for (const signal of actions.blockTrap) {
    const action = actionFor(asked, signal);
    if (action?.hasHandler === true) setAction(asked, signal, action.blockingTrap(true));
  }
  actions.blockTrap.clear();
  const { trap } = actions;
  if (trap === undefined || keptBy(process) !== undefined) return;
  actions.trap = undefined;
  // What the program has set meanwhile stays.
  if (actionFor(asked, SIGTRAP)?.equals(trap.forKernel()) === true) setAction(asked, SIGTRAP, trap);
}

/** Is there anything that {@link giveActionsBack} would do? */
export function hasActionsToGiveBack(process: Process): boolean {
  const { actions } = process;
  if (actions.blockTrap.size > 0) return true;
  return keptBy(process) === undefined && actions.trap?.isDefault === false;
}

/** A forked child, which is let go at its first stop, has a copy of what its parent's kernel was told. */
export function giveTrapToCopy(
  { kernel }: Pick<StopContext, 'kernel'>,
  parent: Thread,
  child: ProcessId,
): void {
  const { space, actions } = parent.process;
  if (actions.trap === undefined || actions.trap.isDefault) return;
  const caller = space.remote.callerOfCopy(toThreadId(child));
  if (caller === undefined) return;
  setAction({ kernel, pid: child, arch: space.arch, caller }, SIGTRAP, actions.trap);
}

/** It dies of its own trap, as it would without us. */
export function forgetAction(asked: AskedProcess): void {
  setAction(asked, SIGTRAP, SignalAction.plain(asked.arch.wordBytes, 0));
}

/** What stands for the program's action in the kernel; a child between vfork and exec has its own already. */
function keptBy({ pid, space: { lifeline } }: Process): typeof lifeline {
  return lifeline?.pid === pid && lifeline.hasHandler ? lifeline : undefined;
}

/** These cannot have a handler. */
export const isChangeable = (signal: number): boolean =>
  signal >= 1 && signal <= LAST_SIGNAL && signal !== SIGKILL && signal !== SIGSTOP;
