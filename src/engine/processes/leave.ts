/** Leaves as we came: original bytes back, threads out of our pages, pending signals passed on. */
import { setWord, wordAsNumber } from '../../base/address.js';
import { unlessGone } from '../../base/errors.js';
import { toProcessId, toThreadId, type ThreadId } from '../../base/ids.js';
import type { RawStop } from '../../kernel/kernel.js';
import { decodeWaitStatus, type WaitReport } from '../../kernel/wait-status.js';
import { onFirstStop } from './children.js';
import {
  BIRTH_EVENTS,
  onBirthWhileLeaving,
  onExecWhileLeaving,
  PTRACE_EVENT_EXEC,
} from './follow.js';
import { isFault } from '../stops/faults.js';
import { passPendingTrap, restartCallOfRegisters } from '../stops/hold.js';
import type { Lifeline } from '../survival/lifeline.js';
import { arriveSteppingOut, beginStepOut, mustStepOut } from '../stops/step-out.js';
import type { Thread } from './tracee.js';
import { placeOf, type TracerContext } from '../tracer-context.js';

/** How a thread stands when we let it go. */
type StandStill =
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'our-trap'; readonly address: number }
  /** Its process is stopped: a system call that this interrupted stays so. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'quiet' };

const SIGTRAP = 5;
/** Threads that cannot stop (waiting for a vfork child, in the kernel) get this long before bytes go back. */
const FIRST_WAIT_MS = 200;
/** And this long in all; whoever has not stopped by then is let go by the kernel when we end. */
const LAST_WAIT_MS = 3000;

/**
 * Detaches from every tracee. Nothing of ours is left in them but unused pages.
 *
 * @param unfinished a stop that was being dealt with when something went wrong
 */
export function leaveAll(context: TracerContext, unfinished: RawStop | undefined): void {
  new Leaver(context).leave(unfinished);
  context.guardian.release();
}

class Leaver {
  private readonly standing = new Map<ThreadId, StandStill>();

  constructor(private readonly context: TracerContext) {}

  leave(unfinished: RawStop | undefined): void {
    const { table } = this.context;
    if (table.threadCount === 0) return;
    if (unfinished !== undefined) this.onStop(unfinished.tid, unfinished.status);
    this.takeKeptStops();
    this.forgetEndedLeaders();
    for (const thread of table.threads)
      if (!this.standing.has(thread.tid)) this.interrupt(thread.tid);
    this.collect(FIRST_WAIT_MS);
    for (const process of table.processes) this.context.modules.text.look(process);
    const spaces = new Set([...table.processes].map((process) => process.space));
    for (const space of spaces) {
      if (space.processes.length > 0) unlessGone(() => space.restoreBytes(space.anyProcess));
    }
    this.releaseStanding();
    if (table.threadCount > 0) {
      this.collect(LAST_WAIT_MS);
      this.releaseStanding();
    }
  }

  /** Threads that stand still because a vfork child has the memory for itself. */
  private takeKeptStops(): void {
    for (const { space } of this.context.table.processes) {
      for (const [tid, status] of space.loan?.end() ?? []) this.onStop(tid, status);
    }
  }

  /** A first thread that ended before others never stops again; the kernel reports it when all have ended. */
  private forgetEndedLeaders(): void {
    const { table, kernel } = this.context;
    for (const process of table.processes) {
      const leader = process.threads.get(toThreadId(process.pid));
      if (leader === undefined || process.threads.size === 1) continue;
      if (kernel.status(leader.tid)?.state === 'Z') table.removeThread(leader);
    }
  }

  private interrupt(tid: ThreadId): void {
    unlessGone(() => this.context.kernel.interrupt(tid));
  }

  /** Waits until every thread stands still or the time is over. */
  private collect(milliseconds: number): void {
    const { kernel, table } = this.context;
    kernel.setTimer(milliseconds);
    while (this.standing.size < table.threadCount) {
      const outcome = kernel.wait();
      if (outcome === 'childless') break;
      if (outcome === 'interrupted') {
        if (kernel.takeInterrupt()?.kind === 'timer') break;
        continue;
      }
      if (outcome === 'stop') this.onStop(kernel.stop.tid, kernel.stop.status);
    }
    kernel.setTimer(0);
  }

  /** The thread may be killed while it is looked at: its end is reported by a later wait. */
  private onStop(tid: ThreadId, status: number): void {
    unlessGone(() => this.takeStop(tid, status));
  }

  private takeStop(tid: ThreadId, status: number): void {
    const { table } = this.context;
    const report = decodeWaitStatus(status);
    if (report.kind === 'exited' || report.kind === 'killed') {
      this.standing.delete(tid);
      this.context.onEnd(tid, report);
      return;
    }
    if (report.kind === 'event' && report.event === PTRACE_EVENT_EXEC) {
      this.onExec(tid);
      return;
    }
    const thread = table.thread(tid);
    if (thread === undefined) {
      onFirstStop(this.context, tid, status);
      return;
    }
    const how = report.kind === 'event' ? BIRTH_EVENTS[report.event] : undefined;
    const isQuiet = how === undefined && report.kind !== 'signal-stop';
    if (isQuiet && passPendingTrap(this.context, thread)) return;
    const child = how === undefined ? undefined : onBirthWhileLeaving(this.context, thread, how);
    if (child !== undefined) this.standing.set(child.tid, { kind: 'quiet' });
    const standStill = this.standStill(thread, report);
    if (standStill === undefined || this.stepsOut(thread, standStill)) return;
    this.standing.set(tid, standStill);
  }

  private onExec(tid: ThreadId): void {
    const process = this.context.table.process(toProcessId(tid));
    if (process === undefined) return;
    for (const other of process.threads.keys()) this.standing.delete(other);
    onExecWhileLeaving(this.context, process);
    this.standing.set(tid, { kind: 'quiet' });
  }

  /** undefined when the thread had to go on. */
  private standStill(thread: Thread, report: WaitReport): StandStill | undefined {
    if (report.kind === 'group-stop') return { kind: 'stopped' };
    if (report.kind !== 'signal-stop') return { kind: 'quiet' };
    if (thread.state.kind === 'stepping-out') {
      const signal = arriveSteppingOut(this.context, thread, thread.state, report.signal);
      return signal === undefined ? undefined : { kind: 'signal', signal };
    }
    if (report.signal !== SIGTRAP) return { kind: 'signal', signal: report.signal };
    const { kernel } = this.context;
    const { space } = thread.process;
    kernel.readRegisters(thread.tid);
    const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
    const site = space.sites.get(pc - space.arch.trapPcBias);
    return site === undefined
      ? { kind: 'signal', signal: SIGTRAP }
      : { kind: 'our-trap', address: site.address };
  }

  /**
   * In the middle of a displaced copy the thread goes on to its end, and what it stands at waits. Where nothing of the
   * copy was executed it is {@link moveOut moved out} instead.
   */
  private stepsOut(thread: Thread, how: StandStill): boolean {
    if (how.kind === 'our-trap') return false;
    const { kernel } = this.context;
    const { space } = thread.process;
    kernel.readRegisters(thread.tid);
    const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
    if (!mustStepOut(space, pc) || space.siteOfCopy(pc)?.copy === pc) return false;
    const signal = how.kind === 'signal' ? how.signal : 0;
    const info = signal === 0 ? undefined : kernel.signalInfo(thread.tid);
    if (isFault(signal, info)) return false;
    beginStepOut(this.context, thread, { signal, info });
    return true;
  }

  private releaseStanding(): void {
    this.leaveLifelines();
    for (const [tid, how] of this.standing) {
      const thread = this.context.table.thread(tid);
      if (thread === undefined) continue;
      unlessGone(() => this.release(thread, how));
      this.context.table.removeThread(thread);
      this.endOf(thread);
    }
    this.standing.clear();
  }

  /** While a thread of each process still stands: the handler goes, and SIGTRAP is blocked again where it was. */
  private leaveLifelines(): void {
    const left = new Set<Lifeline>();
    // Who stands at a signal would lose it, should we be killed meanwhile: better another.
    const quietFirst = [...this.standing].sort(([, a], [, b]) => rank(a) - rank(b));
    for (const [tid, how] of quietFirst) {
      const thread = this.context.table.thread(tid);
      const lifeline = thread?.process.space.lifeline;
      if (thread === undefined || lifeline?.pid !== thread.process.pid) continue;
      unlessGone(() => {
        if (!left.has(lifeline)) this.leaveLifeline(thread, lifeline, how);
        left.add(lifeline);
        lifeline.leaveThread(tid);
      });
    }
  }

  private leaveLifeline(thread: Thread, lifeline: Lifeline, how: StandStill): void {
    const { kernel } = this.context;
    // The thread is about to stop for something else, which would be the signal's siginfo.
    const info = how.kind === 'signal' ? kernel.signalInfo(thread.tid) : undefined;
    if (how.kind === 'our-trap') {
      this.goBack(thread, how.address);
      this.standing.set(thread.tid, { kind: 'quiet' });
    }
    const caller = thread.process.space.remoteCaller(
      thread.tid,
      how.kind === 'signal' ? 'trap' : 'quiet',
    );
    if (caller !== undefined) lifeline.leave(caller);
    if (info !== undefined) kernel.setSignalInfo(thread.tid, info);
  }

  private release(thread: Thread, how: StandStill): void {
    const { kernel } = this.context;
    if (how.kind === 'our-trap') {
      this.goBack(thread, how.address);
      kernel.detach(thread.tid, 0);
      return;
    }
    this.moveOut(thread, how);
    if (how.kind === 'quiet') restartCallOfRegisters(this.context, thread);
    kernel.detach(thread.tid, how.kind === 'signal' ? how.signal : 0);
  }

  /** To the instruction that a trap of ours stood for. */
  private goBack({ tid, process }: Thread, address: number): void {
    const { kernel } = this.context;
    kernel.readRegisters(tid);
    setWord(kernel.registers, process.space.arch.registers.pc, address);
    kernel.writeRegisters(tid);
  }

  /** Out of a displaced copy of which nothing was executed: back to the instruction. Reads the thread's registers. */
  private moveOut(thread: Thread, how: StandStill): void {
    const { kernel } = this.context;
    const { space } = thread.process;
    kernel.readRegisters(thread.tid);
    const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
    const site = space.siteOfCopy(pc);
    if (site === undefined) return;
    // Whoever stands further on, and did not step out, stands at a fault or in a system call: the copy stays mapped.
    const hasFaulted = how.kind === 'signal' && isFault(how.signal, kernel.signalInfo(thread.tid));
    if (pc !== site.copy && !hasFaulted) return;
    setWord(kernel.registers, space.arch.registers.pc, site.address);
    kernel.writeRegisters(thread.tid);
  }

  private endOf(thread: Thread): void {
    const { process } = thread;
    const { emitter, table, kernel, calls } = this.context;
    if (process.role === 'reported') calls.abandonAll(thread, 'detach');
    if (process.threads.size > 0) return;
    if (process.role === 'reported') {
      emitter.emit({ kind: 'detached', ...placeOf(this.context, process, thread.tid) });
    }
    table.removeProcess(process);
    kernel.forgetProcess(process.pid);
  }
}

const rank = ({ kind }: StandStill): number => (kind === 'signal' ? 1 : 0);
