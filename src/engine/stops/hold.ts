/** Stops a running thread for a moment, to do something that needs one. */
import { wordAsNumber } from '../../base/address.js';
import { DoesNotStop, unlessGone } from '../../base/errors.js';
import type { Released } from '../../kernel/threads.js';
import { decodeWaitStatus } from '../../kernel/wait-status.js';
import type { Thread } from '../tracees/tracee.js';
import { resume, type StopContext } from './stop-context.js';
import { makeCallAgain } from './interrupted-call.js';

/** As in the masks of proc_pid_status(5). */
const SIGTRAP_BIT = 1n << 4n;

/** An unwilling thread is left to itself, and another asked, after this time. */
const NEXT_AFTER_MS = 100;
const NOTHING = (): void => undefined;

/**
 * Runs `work` once while one of the threads stands still, then lets that one go on exactly as it was: a stopped process
 * stays stopped, a system call that our stop interrupted is made again.
 *
 * @param threads of one process, the one first that is to be asked first
 * @returns false when all of them have ended, or another program is executed
 * @throws DoesNotStop when we are asked to leave before any of them stops
 */
export function whileOneIsStopped(
  context: StopContext,
  threads: readonly Thread[],
  work: (stopped: Thread) => void,
): boolean {
  const held = new Halting(context, threads).await();
  if (held === undefined) return false;
  const { thread, isGroupStop } = held;
  const place = context.unfinished.begin(thread.tid, context.kernel.stop.status);
  const isDone = unlessGone(() => {
    thread.uponStop = undefined;
    work(thread);
    if (isGroupStop) stayStopped(context, thread);
    else goOnAfterRequest(context, thread);
    return true;
  });
  context.unfinished.finish(place);
  return isDone ?? whileOneIsStopped(context, threads, work);
}

/**
 * Does the work with each of the threads as soon as it stands still. One that does not stop soon is not waited for: it
 * is done when it stops at last.
 *
 * @param work must not let the thread run
 */
export function whenEachStops(
  context: StopContext,
  threads: readonly Thread[],
  work: (stopped: Thread) => void,
): void {
  const { kernel, table } = context;
  for (const thread of threads) {
    thread.uponStop = () => work(thread);
    unlessGone(() => kernel.interrupt(thread.tid));
  }
  const isWaited = (thread: Thread): boolean =>
    thread.uponStop !== undefined && table.thread(thread.tid) === thread;
  const until = kernel.now() + NEXT_AFTER_MS * 1e6;
  while (threads.some(isWaited) && kernel.now() < until) {
    kernel.setTimer(NEXT_AFTER_MS);
    const outcome = kernel.wait();
    if (outcome === 'childless') break;
    if (outcome === 'stop') context.takeStop();
    else if (context.waits.wantsToLeave()) break;
  }
  kernel.setTimer(0);
}

/** A thread stands at a stop that we asked for, and goes on as if that had not been. */
export function goOnAfterRequest(context: StopContext, thread: Thread): Released {
  const { uponStop } = thread;
  thread.uponStop = undefined;
  uponStop?.();
  makeCallAgain(context, thread);
  return resume(context, thread);
}

/** {@link whileOneIsStopped} with one thread that is sure to stop. */
export function whileStopped(context: StopContext, thread: Thread, work: () => void): boolean {
  return whileOneIsStopped(context, [thread], () => work());
}

interface Held {
  readonly thread: Thread;
  /** Its process is stopped. */
  readonly isGroupStop: boolean;
}

/** Asks threads to stop, one after the other, until one does. Whatever else stops meanwhile is dealt with as ever. */
class Halting {
  private readonly waiting: Thread[];
  private readonly asked = new Set<Thread>();
  private readonly began: number;

  constructor(
    private readonly context: StopContext,
    threads: readonly Thread[],
  ) {
    this.waiting = [...threads];
    this.began = context.kernel.now();
  }

  /** undefined when there is none left. */
  await(): Held | undefined {
    const { kernel } = this.context;
    this.askNext();
    try {
      while (this.isAnyLeft()) {
        const outcome = kernel.wait();
        if (outcome === 'childless') return undefined;
        if (outcome === 'interrupted') this.goOnWaiting();
        else if (outcome === 'stop') {
          const held = this.take();
          if (held !== undefined) return held;
        }
      }
      return undefined;
    } finally {
      kernel.setTimer(0);
    }
  }

  /** One that ended, or executed another program, is asked no more. */
  private isAnyLeft(): boolean {
    const { table } = this.context;
    for (const thread of this.asked) {
      if (table.thread(thread.tid) === thread) return true;
      this.asked.delete(thread);
    }
    return this.askNext();
  }

  private askNext(): boolean {
    const { kernel, table } = this.context;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (table.thread(next.tid) !== next) continue;
      this.ask(next);
      kernel.setTimer(NEXT_AFTER_MS);
      return true;
    }
    return false;
  }

  private ask(thread: Thread): void {
    thread.uponStop ??= NOTHING;
    this.asked.add(thread);
    unlessGone(() => this.context.kernel.interrupt(thread.tid));
  }

  private goOnWaiting(): void {
    const { kernel, waits } = this.context;
    const [first] = this.asked;
    const waited = (kernel.now() - this.began) / 1e6;
    if (first !== undefined && waits.patience(first.tid, waited) === 'gives-up') {
      throw new DoesNotStop(first.tid);
    }
    if (!this.askNext()) kernel.setTimer(NEXT_AFTER_MS);
  }

  private take(): Held | undefined {
    const { kernel, table } = this.context;
    const { tid, status } = kernel.stop;
    const thread = table.thread(tid);
    if (thread === undefined || !this.asked.has(thread)) {
      this.context.takeStop();
      return undefined;
    }
    const report = decodeWaitStatus(status);
    const isGroupStop = report.kind === 'group-stop';
    const isOurs = isGroupStop || report.kind === 'interrupted';
    if (isOurs) {
      const isPassed = unlessGone(() => passPendingTrap(this.context, thread)) ?? true;
      return isPassed ? undefined : { thread, isGroupStop };
    }
    // Something else came first: it is dealt with as ever, and the thread runs again.
    this.context.takeStop();
    if (table.thread(tid) === thread) this.ask(thread);
    return undefined;
  }
}

/** Has the thread a trap of ours still to report? Then it is let go on to that. */
export function passPendingTrap(context: StopContext, thread: Thread): boolean {
  if (thread.state.kind === 'stepping-out') resume(context, thread);
  else if (hasPendingTrap(context, thread)) context.kernel.resume(thread.tid, 'continue', 0);
  else return false;
  return true;
}

/**
 * Our request to stop is reported before a trap that the thread ran into just before: its PC is past the trap, and its
 * SIGTRAP still to come. Resumed, the thread reports that at once, and executes nothing before.
 */
function hasPendingTrap({ kernel }: Pick<StopContext, 'kernel'>, thread: Thread): boolean {
  const { space } = thread.process;
  kernel.readRegisters(thread.tid);
  const pc = wordAsNumber(kernel.registers, space.arch.registers.pc);
  const address = pc - space.arch.trapPcBias;
  // Of most threads this says enough, and /proc need not be read.
  if (!space.sites.has(address) && !space.wasLifted(address)) return false;
  const status = kernel.status(thread.tid);
  return status !== undefined && (status.pending & ~status.blocked & SIGTRAP_BIT) !== 0n;
}

/**
 * Work for us may have set a stopped process running: stop it at the same place again. It is asked to before it goes on:
 * so it does not execute a single instruction in between.
 */
function stayStopped(context: StopContext, thread: Thread): void {
  const { kernel } = context;
  kernel.interrupt(thread.tid);
  kernel.resume(thread.tid, 'continue', 0);
  kernel.waitForStop(thread.tid);
  context.onStop(thread.tid, kernel.stop.status);
}
