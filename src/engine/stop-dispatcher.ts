/**
 * What a stop of a thread means, and what is done about it.
 * Hot path: runs at every stop.
 */
import { toAddress, wordAsNumber, type Address } from '../base/address.js';
import { toThreadId, type ThreadId } from '../base/ids.js';
import { SIGKILL, SIGTRAP } from '../base/signal-numbers.js';
import { decodeWaitStatus, isTrapStop, type EndReport } from '../kernel/wait-status.js';
import { shortcutPast } from './calls/shortcut.js';
import { onFirstStop } from './processes/children.js';
import { goOnAfterRequest } from './stops/hold.js';
import { lookAgainAtExit } from './stops/interrupted-call.js';
import { takeOutOfCopy } from './signals/copied-code.js';
import { isRetry } from './signals/interruptions.js';
import { onBirth, onExec } from './processes/follow.js';
import type { LaunchedProgram } from './processes/launched.js';
import { lendsMemory } from './processes/lending.js';
import { adoptOrphans } from './processes/orphans.js';
import { showOwnMaskCall } from './sigtrap/mask-call.js';
import { restoreHeldTrap } from './sigtrap/own-trap.js';
import { isBreakpointTrap, onSignal } from './signals/signals.js';
import { wayPast } from './stops/slot-ways.js';
import { arriveSteppingOut } from './signals/step-out.js';
import type { SiteReason } from './points/site-reasons.js';
import type { SteppingOut, Thread, TracedSite } from './tracees/tracee.js';
import type { TracerContext } from './processes/tracer-context.js';
import { placeOf, resume, resumeModeOf, type Dealt } from './stops/stop-context.js';
import type { Released } from '../kernel/threads.js';

export class StopDispatcher {
  constructor(
    private readonly context: TracerContext,
    private readonly launched: LaunchedProgram,
  ) {}

  dispatch(tid: ThreadId, status: number): Dealt {
    const thread = this.context.table.thread(tid);
    if (thread === undefined) return this.onStranger(tid, status);
    if (thread.process.space.loan?.keeps(tid, status) === true) return 'kept';
    if (thread.state.kind === 'stepping-out') return this.onWayOut(thread, thread.state, status);
    return isTrapStop(status) ? this.onTrap(thread) : this.onOtherStop(thread, status);
  }

  private onTrap(thread: Thread): Dealt {
    const { kernel } = this.context;
    if (!kernel.stop.hasRegisters) kernel.readRegisters(thread.tid);
    const { space } = thread.process;
    const { registers } = space.arch;
    const pc = wordAsNumber(kernel.registers, registers.pc) - space.arch.trapPcBias;
    const site = space.sites.get(pc);
    if (site === undefined && (space.wasLifted(pc) || takeOutOfCopy(this.context, thread, pc))) {
      return this.sendTo(thread, toAddress(pc));
    }
    if (site === undefined || (site.reachablePastTrap && !isBreakpointTrap(this.context, thread))) {
      return onSignal(this.context, thread, SIGTRAP);
    }
    if (thread.signals.holdsTrap) restoreHeldTrap(this.context, thread);
    return this.pass(thread, site);
  }

  private onWayOut(thread: Thread, state: SteppingOut, status: number): Dealt {
    const report = decodeWaitStatus(status);
    if (report.kind === 'signal-stop') {
      const arrived = arriveSteppingOut(this.context, thread, state, report.signal);
      return typeof arrived === 'number' ? resume(this.context, thread, arrived) : arrived;
    }
    // The kernel tells every thread of a process of SIGCONT (prepare_signal in kernel/signal.c).
    if (report.kind === 'interrupted') state.wasContinued = true;
    return this.onOtherStop(thread, status);
  }

  private pass(thread: Thread, site: TracedSite): Released {
    if (thread.interruptions.length > 0 && isRetry(this.context, thread, site.address)) {
      return this.goOn(thread, site, site.meaning.detour?.(thread, site));
    }
    let detour: Address | undefined;
    for (const reason of site.meaning.list) detour = this.serve(thread, site, reason);
    return this.goOn(thread, site, detour ?? shortcutPast(thread.process.space, site));
  }

  /** @returns where the thread goes on, if not behind the site; that is the last reason of all */
  private serve(thread: Thread, site: TracedSite, reason: SiteReason<Thread>): Address | undefined {
    const { calls, inline } = this.context;
    if (reason.kind === 'detour') return reason.by(thread, site);
    if (reason.kind === 'work') reason.run(thread);
    else if (thread.process.role === 'reported') {
      const sp = this.stackPointerOf(thread);
      if (reason.kind === 'return') calls.arriveAtReturn(thread, reason.point, sp);
      else {
        calls.arriveAtEntry(thread, site, sp);
        inline?.offer(thread, site);
      }
    }
    return undefined;
  }

  private stackPointerOf({ process }: Thread): Address {
    return toAddress(wordAsNumber(this.context.kernel.registers, process.space.arch.registers.sp));
  }

  /** @param next where it goes on, if not at what its instruction was displaced to */
  private goOn(thread: Thread, site: TracedSite, next: Address | undefined): Released {
    const at = next ?? site.copy ?? wayPast(this.context, thread, site);
    return this.sendTo(thread, at);
  }

  private sendTo({ tid, process }: Thread, at: Address): Released {
    return this.context.kernel.resumeSoon(tid, resumeModeOf(this.context, process), at);
  }

  private onOtherStop(thread: Thread, status: number): Dealt {
    const { context } = this;
    const report = decodeWaitStatus(status);
    switch (report.kind) {
      case 'exited':
      case 'killed':
        return this.onEnd(thread.tid, report);
      case 'signal-stop':
        return onSignal(context, thread, report.signal);
      case 'group-stop':
        thread.uponStop?.();
        thread.uponStop = undefined;
        return context.kernel.listen(thread.tid);
      case 'born':
        return onBirth(context, thread, report.how);
      case 'exec':
        return onExec(context, thread.tid);
      case 'interrupted':
        return thread.uponStop === undefined
          ? resume(context, thread)
          : goOnAfterRequest(context, thread);
      case 'syscall-stop':
        return this.onSyscallStop(thread, status);
      case 'vfork-done':
      case 'other-event':
      case 'continued':
        return resume(context, thread);
    }
  }

  private onSyscallStop(thread: Thread, status: number): Dealt {
    const { context } = this;
    if (thread.process.role === 'reported') {
      showOwnMaskCall(context, thread);
      context.syscalls.arrive(thread);
      lookAgainAtExit(context, thread);
    } else if (lendsMemory(context, thread, status)) return 'kept';
    return context.kernel.resumeSoon(thread.tid, resumeModeOf(context, thread.process));
  }

  /** A thread that we do not know: a child whose parent's event is still to come, or the end of one let go. */
  private onStranger(tid: ThreadId, status: number): Dealt {
    const report = decodeWaitStatus(status);
    if (report.kind === 'exec') return onExec(this.context, tid);
    if (report.kind !== 'exited' && report.kind !== 'killed') {
      return onFirstStop(this.context, tid, status);
    }
    this.context.table.claim(tid);
    this.launched.noteEnd(tid, report);
    return 'ended';
  }

  /** A thread has ended, and its process with it if it was the last. */
  onEnd(tid: ThreadId, how: EndReport): 'ended' {
    const { table, calls, syscalls, emitter, kernel } = this.context;
    this.launched.noteEnd(tid, how);
    const thread = table.thread(tid);
    if (thread === undefined) return 'ended';
    const { process } = thread;
    const isReported = process.role === 'reported';
    if (isReported) {
      syscalls.abandon(thread);
      calls.abandonAll(thread, 'exit');
    }
    table.removeThread(thread);
    const place = placeOf(this.context, process, tid);
    // The first thread is reported last; where it had ended before we attached, the last one stands for it.
    if (toThreadId(process.pid) !== tid && process.threads.size > 0) {
      if (isReported) emitter.emit({ kind: 'thread-ended', ...place, how });
      return 'ended';
    }
    if (isReported) emitter.emit({ ...how, ...place });
    if (how.kind === 'killed' && how.signal === SIGKILL) process.mayEndInAFork = true;
    adoptOrphans(this.context, process, process.space);
    table.removeProcess(process);
    if (process.space.processes.length === 0) process.space.lifeline?.forget();
    kernel.forgetProcess(process.pid);
    return 'ended';
  }
}
