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
import { placeOf, resume, resumeModeOf } from './stops/stop-context.js';

export class StopDispatcher {
  constructor(
    private readonly context: TracerContext,
    private readonly launched: LaunchedProgram,
  ) {}

  dispatch(tid: ThreadId, status: number): void {
    const thread = this.context.table.thread(tid);
    if (thread === undefined) this.onStranger(tid, status);
    else if (thread.process.space.loan?.keeps(tid, status) === true) return;
    else if (thread.state.kind === 'stepping-out') this.onWayOut(thread, thread.state, status);
    else if (isTrapStop(status)) this.onTrap(thread);
    else this.onOtherStop(thread, status);
  }

  private onTrap(thread: Thread): void {
    const { kernel } = this.context;
    if (!kernel.stop.hasRegisters) kernel.readRegisters(thread.tid);
    const { space } = thread.process;
    const { registers } = space.arch;
    const pc = wordAsNumber(kernel.registers, registers.pc) - space.arch.trapPcBias;
    const site = space.sites.get(pc);
    if (site === undefined && (space.wasLifted(pc) || takeOutOfCopy(this.context, thread, pc))) {
      this.sendTo(thread, toAddress(pc));
      return;
    }
    if (site === undefined || (site.reachablePastTrap && !isBreakpointTrap(this.context, thread))) {
      onSignal(this.context, thread, SIGTRAP);
      return;
    }
    if (thread.signals.holdsTrap) restoreHeldTrap(this.context, thread);
    this.pass(thread, site);
  }

  private onWayOut(thread: Thread, state: SteppingOut, status: number): void {
    const report = decodeWaitStatus(status);
    if (report.kind === 'signal-stop') {
      const signal = arriveSteppingOut(this.context, thread, state, report.signal);
      if (signal !== undefined) resume(this.context, thread, signal);
      return;
    }
    // The kernel tells every thread of a process of SIGCONT (prepare_signal in kernel/signal.c).
    if (report.kind === 'interrupted') state.wasContinued = true;
    this.onOtherStop(thread, status);
  }

  private pass(thread: Thread, site: TracedSite): void {
    if (thread.interruptions.length > 0 && isRetry(this.context, thread, site.address)) {
      this.goOn(thread, site, site.meaning.detour?.(thread, site));
      return;
    }
    let detour: Address | undefined;
    for (const reason of site.meaning.list) detour = this.serve(thread, site, reason);
    this.goOn(thread, site, detour ?? shortcutPast(thread.process.space, site));
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
  private goOn(thread: Thread, site: TracedSite, next: Address | undefined): void {
    const at = next ?? site.copy ?? wayPast(this.context, thread, site);
    this.sendTo(thread, at);
  }

  private sendTo({ tid, process }: Thread, at: Address): void {
    this.context.kernel.resumeSoon(tid, resumeModeOf(this.context, process), at);
  }

  private onOtherStop(thread: Thread, status: number): void {
    const { context } = this;
    const report = decodeWaitStatus(status);
    switch (report.kind) {
      case 'exited':
      case 'killed':
        this.onEnd(thread.tid, report);
        return;
      case 'signal-stop':
        onSignal(context, thread, report.signal);
        return;
      case 'group-stop':
        thread.uponStop?.();
        thread.uponStop = undefined;
        context.kernel.listen(thread.tid);
        return;
      case 'born':
        onBirth(context, thread, report.how);
        return;
      case 'exec':
        onExec(context, thread.tid);
        return;
      case 'interrupted':
        if (thread.uponStop === undefined) resume(context, thread);
        else goOnAfterRequest(context, thread);
        return;
      case 'syscall-stop':
        this.onSyscallStop(thread, status);
        return;
      case 'vfork-done':
      case 'other-event':
      case 'continued':
        resume(context, thread);
        return;
    }
  }

  private onSyscallStop(thread: Thread, status: number): void {
    const { context } = this;
    if (thread.process.role === 'reported') {
      showOwnMaskCall(context, thread);
      context.syscalls.arrive(thread);
    } else if (lendsMemory(context, thread, status)) return;
    context.kernel.resumeSoon(thread.tid, resumeModeOf(context, thread.process));
  }

  /** A thread that we do not know: a child whose parent's event is still to come, or the end of one let go. */
  private onStranger(tid: ThreadId, status: number): void {
    const report = decodeWaitStatus(status);
    if (report.kind === 'exited' || report.kind === 'killed') {
      this.context.table.claim(tid);
      this.launched.noteEnd(tid, report);
    } else if (report.kind === 'exec') {
      onExec(this.context, tid);
    } else onFirstStop(this.context, tid, status);
  }

  /** A thread has ended, and its process with it if it was the last. */
  onEnd(tid: ThreadId, how: EndReport): void {
    const { table, calls, syscalls, emitter, kernel } = this.context;
    this.launched.noteEnd(tid, how);
    const thread = table.thread(tid);
    if (thread === undefined) return;
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
      return;
    }
    if (isReported) emitter.emit({ ...how, ...place });
    if (how.kind === 'killed' && how.signal === SIGKILL) process.mayEndInAFork = true;
    adoptOrphans(this.context, process, process.space);
    table.removeProcess(process);
    if (process.space.processes.length === 0) process.space.lifeline?.forget();
    kernel.forgetProcess(process.pid);
  }
}
