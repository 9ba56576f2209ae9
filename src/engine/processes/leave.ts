/** Leaves as we came: original bytes back, threads out of our pages, pending signals passed on. */
import { wordAsNumber } from '../../base/address.js';
import { DoesNotStop, unlessGone } from '../../base/errors.js';
import { toProcessId, toThreadId, type ThreadId } from '../../base/ids.js';
import { SIGTRAP } from '../../base/signal-numbers.js';
import { decodeWaitStatus, type WaitReport } from '../../kernel/wait-status.js';
import { onFirstStop } from './children.js';
import { onBirthWhileLeaving, onExecWhileLeaving } from './follow.js';
import { isFault } from '../remote/faults.js';
import { cheapestFirst } from '../stops/cost-of-stop.js';
import { passPendingTrap } from '../stops/hold.js';
import { askThrough, giveActionsBack, hasActionsToGiveBack } from '../sigtrap/trap-action.js';
import type { Lifeline } from '../survival/lifeline.js';
import { leaveCopy } from '../signals/interruptions.js';
import { arriveSteppingOut, beginStepOut } from '../signals/step-out.js';
import { clearTails } from './clear-tails.js';
import {
  detach,
  goBack,
  leaveHandler,
  letGo,
  putBack,
  mayTrapLater,
  whileAtRest,
  type StandStill,
} from './release-thread.js';
import type { Process, Thread } from '../tracees/tracee.js';
import { mayStayAsleep, Unwilling } from './unstopped.js';
import type { TracerContext } from './tracer-context.js';
import { placeOf } from '../stops/stop-context.js';

/** So long the others wait for one that does not stop. */
const FIRST_WAIT_MS = 200;
/** And this long in all; whoever has not stopped by then is let go by the kernel when we end. */
const LAST_WAIT_MS = 3000;
/** Who is still waited for is looked at so often. */
const LOOK_EVERY_MS = 100;

/**
 * Detaches from every tracee. Nothing of ours is left in them but unused pages, and what would end with us, but cannot be
 * stopped now: that stays in the table, to be left when it stops.
 */
export function leaveAll(context: TracerContext): void {
  context.waits.isLeaving = true;
  try {
    new Leaver(context).leave();
  } finally {
    context.waits.isLeaving = false;
  }
  if (context.table.threadCount === 0) context.guardian.release();
}

class Leaver {
  private readonly standing = new Map<ThreadId, StandStill>();
  /** Asked to stop, and not standing yet. */
  private readonly awaited = new Set<ThreadId>();
  private readonly refusing: Unwilling;
  /** Let go without having stopped. */
  private readonly unstopped = new Set<ThreadId>();
  /** Those that were asked to leave, and whether they have. */
  private readonly left = new Map<Lifeline, boolean>();

  constructor(private readonly context: TracerContext) {
    this.refusing = new Unwilling(context.kernel);
  }

  leave(): void {
    const { table } = this.context;
    if (table.threadCount === 0) return;
    this.takeUnfinished();
    this.takeKeptStops();
    this.forgetEndedLeaders();
    this.restoreBytes();
    for (const thread of table.threads) if (!mayStayAsleep(this.context, thread)) this.ask(thread);
    this.askOneOfEach();
    this.collect(FIRST_WAIT_MS);
    this.releaseStanding();
    this.forgetSleepers();
    for (let waited = 0; this.letGoTheUnwilling(waited) > 0; waited += LOOK_EVERY_MS) {
      this.collect(LOOK_EVERY_MS);
      this.releaseStanding();
    }
  }

  /** First: whoever waits in the kernel from now on meets nothing of ours when it goes on. */
  private restoreBytes(): void {
    for (const process of this.context.table.processes) this.context.modules.text.look(process);
    const spaces = new Set([...this.context.table.processes].map(({ space }) => space));
    for (const space of spaces) {
      if (space.processes.length > 0) unlessGone(() => space.restoreForGood(space.anyProcess));
    }
  }

  private ask({ tid }: Thread): void {
    if (this.standing.has(tid)) return;
    this.awaited.add(tid);
    unlessGone(() => this.context.kernel.interrupt(tid));
  }

  /** Somebody has to put the program's own SIGTRAP handler back. */
  private askOneOfEach(): void {
    for (const process of this.context.table.processes) {
      const { pid, threads, space } = process;
      if (space.lifeline?.pid !== pid || !space.lifeline.hasHandler) continue;
      if ([...threads.keys()].some((tid) => this.standing.has(tid) || this.awaited.has(tid)))
        continue;
      const [best] = cheapestFirst(this.context.kernel, threads.values());
      if (best !== undefined) this.ask(best);
    }
  }

  private forgetSleepers(): void {
    for (const thread of [...this.context.table.threads]) {
      if (!this.awaited.has(thread.tid)) this.letGoUnstopped(thread);
    }
  }

  private letGoUnstopped(thread: Thread): void {
    this.unstopped.add(thread.tid);
    this.forget(thread);
  }

  private takeUnfinished(): void {
    for (const { tid, status } of this.context.unfinished.takeAll()) this.onStop(tid, status);
  }

  /**
   * Who waits in the kernel no longer concerns us once we have ended. Only what we launched would then be killed.
   *
   * @returns how many are still to be waited for
   */
  private letGoTheUnwilling(waitedMs: number): number {
    const { table, waits } = this.context;
    let left = 0;
    for (const thread of [...table.threads]) {
      if (!this.refusing.isSure(thread) && waitedMs < LAST_WAIT_MS) left++;
      else if (thread.process.bond === 'outlives-us') this.letGoUnstopped(thread);
      else waits.tell(thread.tid);
    }
    return left;
  }

  private forget(thread: Thread): void {
    this.context.table.removeThread(thread);
    this.endOf(thread);
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

  /** Waits until everybody who was asked stands still or the time is over. */
  private collect(milliseconds: number): void {
    const { kernel } = this.context;
    kernel.setTimer(milliseconds);
    while (this.awaited.size > 0) {
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

  /**
   * The thread may be killed while it is looked at: its end is reported by a later wait. Or it has a child that does not
   * begin to run.
   */
  private onStop(tid: ThreadId, status: number): void {
    try {
      unlessGone(() => this.takeStop(tid, status));
    } catch (error) {
      if (!(error instanceof DoesNotStop)) throw error;
    }
  }

  private takeStop(tid: ThreadId, status: number): void {
    const { table } = this.context;
    const report = decodeWaitStatus(status);
    if (report.kind === 'exited' || report.kind === 'killed') {
      this.standing.delete(tid);
      this.awaited.delete(tid);
      this.context.onEnd(tid, report);
      return;
    }
    if (report.kind === 'exec') {
      this.onExec(tid);
      return;
    }
    const thread = table.thread(tid);
    if (thread !== undefined) this.takeStopOf(thread, report);
    else if (this.unstopped.has(tid)) letGo(this.context, tid, status);
    else onFirstStop(this.context, tid, status);
  }

  private takeStopOf(thread: Thread, report: WaitReport): void {
    const how = report.kind === 'born' ? report.how : undefined;
    const isQuiet = how === undefined && report.kind !== 'signal-stop';
    if (isQuiet && passPendingTrap(this.context, thread)) return;
    const child = how === undefined ? undefined : onBirthWhileLeaving(this.context, thread, how);
    if (child !== undefined) this.stand(child.tid, { kind: 'quiet' });
    const standStill = this.standStill(thread, report);
    if (standStill === undefined || this.stepsOut(thread, standStill)) return;
    this.stand(thread.tid, standStill);
  }

  private onExec(tid: ThreadId): void {
    const process = this.context.table.process(toProcessId(tid));
    if (process === undefined) return;
    for (const other of process.threads.keys()) {
      this.standing.delete(other);
      this.awaited.delete(other);
    }
    onExecWhileLeaving(this.context, process);
    this.stand(tid, { kind: 'quiet' });
  }

  private stand(tid: ThreadId, how: StandStill): void {
    this.awaited.delete(tid);
    this.standing.set(tid, how);
  }

  /** undefined when the thread had to go on. */
  private standStill(thread: Thread, report: WaitReport): StandStill | undefined {
    if (report.kind === 'group-stop') return { kind: 'stopped' };
    if (report.kind !== 'signal-stop') return { kind: 'quiet' };
    if (thread.state.kind === 'stepping-out') {
      const signal = arriveSteppingOut(this.context, thread, thread.state, report.signal);
      return typeof signal === 'number' ? { kind: 'signal', signal } : undefined;
    }
    if (report.signal !== SIGTRAP) return { kind: 'signal', signal: report.signal };
    const { kernel } = this.context;
    const { space } = thread.process;
    kernel.readRegisters(thread.tid);
    const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
    const address = pc - space.arch.trapPcBias;
    return space.sites.has(address) || space.wasLifted(address)
      ? { kind: 'our-trap', address }
      : { kind: 'signal', signal: SIGTRAP };
  }

  /**
   * Where a thread cannot be moved out of a displaced copy it goes on to the copy's end, and what it stands at waits.
   */
  private stepsOut(thread: Thread, how: StandStill): boolean {
    if (how.kind === 'our-trap') return false;
    const { kernel } = this.context;
    const { space } = thread.process;
    kernel.readRegisters(thread.tid);
    const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
    const signal = how.kind === 'signal' ? how.signal : 0;
    const info = signal === 0 ? undefined : kernel.signalInfo(thread.tid);
    if (isFault(signal, info) || leaveCopy(this.context, thread, pc, 'let go')) return false;
    beginStepOut(this.context, thread, { signal, info });
    return true;
  }

  private releaseStanding(): void {
    this.leaveLifelines();
    const threads = [...this.standing].flatMap(([tid, how]) => {
      const thread = this.context.table.thread(tid);
      return thread === undefined ? [] : [{ thread, how }];
    });
    for (const { thread, how } of threads) unlessGone(() => putBack(this.context, thread, how));
    clearTails(
      this.context,
      threads.map(({ thread }) => thread),
    );
    for (const { thread, how } of threads) {
      unlessGone(() => detach(this.context, thread, how));
      this.forget(thread);
    }
    this.standing.clear();
  }

  /** While a thread of each process still stands: the handler goes. */
  private leaveLifelines(): void {
    // Who stands at a signal would lose it, should we be killed meanwhile: better another.
    const quietFirst = [...this.standing].sort(([, a], [, b]) => rank(a) - rank(b));
    for (const [tid, how] of quietFirst) {
      const thread = this.context.table.thread(tid);
      if (thread === undefined) continue;
      unlessGone(() => this.leaveBy(thread, how));
    }
  }

  private leaveBy(thread: Thread, how: StandStill): void {
    const { process } = thread;
    const { lifeline } = process.space;
    const isKept = lifeline?.pid === process.pid;
    if (!isKept && !hasActionsToGiveBack(process)) return;
    const rest = this.comeToRest(thread, how);
    if (hasActionsToGiveBack(process)) this.giveActionsBack(thread, rest);
    if (isKept && !this.left.has(lifeline)) {
      this.left.set(lifeline, this.leaveLifeline(thread, lifeline, rest));
    }
  }

  private giveActionsBack(thread: Thread, how: StandStill): void {
    whileAtRest(this.context.kernel, thread, how, (standing) => {
      const asked = askThrough(this.context, thread, standing);
      if (asked !== undefined) giveActionsBack(thread.process, asked);
    });
  }

  private leaveLifeline(thread: Thread, lifeline: Lifeline, how: StandStill): boolean {
    const { remote } = thread.process.space;
    return whileAtRest(this.context.kernel, thread, how, (standing) => {
      const caller = remote.caller(thread.tid, standing);
      const isSafe = !mayTrapLater(this.context.kernel, thread.process, this.standing);
      const hasLeft = caller !== undefined && isSafe && leaveHandler(lifeline, caller);
      // No thread will be sent there any more: the next session finds it free.
      if (hasLeft) remote.desk?.clear();
      return hasLeft;
    });
  }

  /** Who stands at a trap of ours goes back to its instruction. */
  private comeToRest(thread: Thread, how: StandStill): StandStill {
    if (how.kind !== 'our-trap') return how;
    goBack(this.context, thread, how.address);
    this.standing.set(thread.tid, { kind: 'quiet' });
    return { kind: 'quiet' };
  }

  private tellOfHandler(process: Process, tid: ThreadId): void {
    const { lifeline } = process.space;
    if (lifeline?.pid !== process.pid || !lifeline.hasHandler || this.left.get(lifeline)) return;
    const text = `process ${process.pid} keeps our SIGTRAP handler: it did not run, so its own could not be put back`;
    const place = placeOf(this.context, process, tid);
    this.context.emitter.emit({ kind: 'notice', ...place, severity: 'warning', text });
  }

  private endOf(thread: Thread): void {
    const { process } = thread;
    const { emitter, table, kernel, calls } = this.context;
    if (process.role === 'reported') calls.abandonAll(thread, 'detach');
    if (process.threads.size > 0) return;
    this.tellOfHandler(process, thread.tid);
    if (process.role === 'reported') {
      emitter.emit({ kind: 'detached', ...placeOf(this.context, process, thread.tid) });
    }
    table.removeProcess(process);
    kernel.forgetProcess(process.pid);
  }
}

const rank = ({ kind }: StandStill): number => (kind === 'signal' ? 1 : 0);
