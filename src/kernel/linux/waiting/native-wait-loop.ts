/**
 * Waits by machine code: one foreign call per stop, and signals that end the wait without a race.
 *
 * Hot path: runs at every stop.
 */
import type { Address } from '../../../base/address.js';
import { setWord, wordAsNumber } from '../../../base/address.js';
import type { ThreadId } from '../../../base/ids.js';
import { assemble } from '../../../base/machine-code.js';
import { SIGUSR1 } from '../../../base/signal-numbers.js';
import type { Interrupt } from '../../loop.js';
import { WAIT_X86_64 } from '../code/wait-x86-64.js';
import {
  EINTR,
  ESRCH,
  PTRACE_POKEUSER,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  __WALL,
  __WNOTHREAD,
} from '../constants.js';
import { CONTROL } from '../control-block.js';
import { errno, failure, functionAt, ptrace } from '../libc.js';
import { placeCode, type CodePages, type NativeBlock } from '../native-memory.js';
import { SignalHandlers, TAKEN_SIGNALS } from './signal-handlers.js';
import { SpinGovernor, type Waiting } from './spin-governor.js';
import { Stopwatch } from '../ourselves/stopwatch.js';
import { Suspension } from './suspension.js';
import { ThreadTimer } from './thread-timer.js';
import type { WaitLoop, WaitResult } from './wait-loop.js';

/** Ends of threads; ptrace stops are always reported (waitid without WSTOPPED hides only others). */
const WAIT_OPTIONS = WEXITED | WNOWAIT | __WALL | __WNOTHREAD;
/** offsetof(struct user, regs.rip), sys/user.h. */
const PC_OFFSET = 128;
/** What the timer's signal carries: not what that of a suspension does. */
const ALARM = 0;

export interface WaitLoopOptions {
  /** The thread that owns the tracees: the one that calls. */
  readonly processId: number;
  readonly threadId: number;
  /**
   * 'leaving': SIGINT, SIGTERM, SIGHUP and SIGQUIT end a wait, and where we run machine code SIGTSTP does.
   * 'none': they are somebody else's.
   */
  readonly signals: 'leaving' | 'none';
  /** How to wait until it was measured what is faster; 'always-blocks' measures nothing. */
  readonly waiting: Waiting | 'always-blocks';
}

export class NativeWaitLoop implements WaitLoop {
  readonly ownSignal: number;
  private readonly execute: (block: number) => number;
  private readonly handlers: SignalHandlers;
  private readonly timer: ThreadTimer;
  private suspension: Suspension | undefined;
  private hasSignals = false;
  private readonly governor: SpinGovernor | undefined;

  /** undefined where executable memory is refused. */
  static create(block: NativeBlock, options: WaitLoopOptions): NativeWaitLoop | undefined {
    const code = assemble(WAIT_X86_64, { controlBlock: block.address });
    const pages = placeCode(code.bytes);
    if (pages === undefined) return undefined;
    const entry = (name: string): number => pages.address + (code.labels.get(name) ?? 0);
    const entries = { handler: entry('handler'), suspend: entry('suspend') };
    return new NativeWaitLoop(block, pages, entries, options);
  }

  private constructor(
    private readonly block: NativeBlock,
    private readonly code: CodePages,
    private readonly entries: { readonly handler: number; readonly suspend: number },
    private readonly options: WaitLoopOptions,
  ) {
    const { view } = block;
    view.setUint32(CONTROL.OWNER_PROCESS, options.processId, true);
    view.setUint32(CONTROL.OWNER_THREAD, options.threadId, true);
    view.setUint32(CONTROL.RESUME_SIGNAL, 0, true);
    this.execute = functionAt(code.address);
    const { waiting } = options;
    this.governor = waiting === 'always-blocks' ? undefined : new SpinGovernor(waiting);
    this.handlers = new SignalHandlers(entries.handler);
    this.ownSignal = this.handlers.takeFreeRealtimeSignal();
    view.setUint32(CONTROL.OWN_SIGNAL, this.ownSignal, true);
    this.timer = new ThreadTimer(options.threadId, this.ownSignal, ALARM);
  }

  takeSignals(): void {
    const { handlers, ownSignal } = this;
    const { signals, threadId } = this.options;
    if (signals === 'none' || this.hasSignals) return;
    this.hasSignals = true;
    for (const signal of TAKEN_SIGNALS) handlers.takeUnlessIgnored(signal);
    const owner = { threadId, ownSignal, handlers };
    this.suspension = new Suspension(this.block, this.entries.suspend, owner);
  }

  isAskedToLeave(): boolean {
    const { words } = this.block;
    const first = CONTROL.SIGNALS >> 2;
    const asksForReport = 1 << (SIGUSR1 - 1);
    return (
      (Atomics.load(words, first) & ~asksForReport) !== 0 || Atomics.load(words, first + 1) !== 0
    );
  }

  wait(): WaitResult {
    const { view, address } = this.block;
    view.setUint32(CONTROL.WAIT_OPTIONS, WAIT_OPTIONS, true);
    const { governor } = this;
    if (governor === undefined) return this.execute(address);
    const { measures } = governor;
    const rounds = governor.rounds();
    view.setUint32(CONTROL.SPIN_COUNT, rounds, true);
    view.setUint32(CONTROL.BLOCKED, 0, true);
    const watch = measures ? new Stopwatch() : undefined;
    const result = this.execute(address);
    if (watch !== undefined) governor.took(watch.elapsedNs());
    else if (rounds > 0) {
      governor.report(view.getUint32(CONTROL.BLOCKED, true) === 0 ? 'caught' : 'blocked');
    }
    return result;
  }

  poll(): WaitResult {
    const { view, address } = this.block;
    view.setUint32(CONTROL.WAIT_OPTIONS, WAIT_OPTIONS | WNOHANG, true);
    view.setUint32(CONTROL.SPIN_COUNT, 0, true);
    return this.execute(address);
  }

  goOn(tid: ThreadId, request: number, pc: Address | undefined): void {
    this.flush();
    const { view } = this.block;
    view.setUint32(CONTROL.RESUME_TID, tid, true);
    view.setUint32(CONTROL.RESUME_REQUEST, request, true);
    view.setUint32(CONTROL.RESUME_SETS_PC, pc === undefined ? 0 : 1, true);
    if (pc !== undefined) setWord(view, CONTROL.RESUME_PC, pc);
  }

  flush(): void {
    const { view } = this.block;
    const tid = view.getUint32(CONTROL.RESUME_TID, true);
    if (tid === 0) return;
    view.setUint32(CONTROL.RESUME_TID, 0, true);
    const setsPc = view.getUint32(CONTROL.RESUME_SETS_PC, true) === 1;
    this.goesOn(tid);
    resumeNow(
      tid,
      view.getUint32(CONTROL.RESUME_REQUEST, true),
      setsPc ? wordAsNumber(view, CONTROL.RESUME_PC) : undefined,
    );
  }

  goesOn(tid: number): void {
    const { view } = this.block;
    if (view.getUint32(CONTROL.UNREAPED, true) === tid) view.setUint32(CONTROL.UNREAPED, 0, true);
  }

  takeInterrupt(): Interrupt | undefined {
    // The handler runs between any two instructions of ours, so every read takes what it reads.
    if (this.exchange(CONTROL.INTERRUPTED) === 0) return undefined;
    const interrupt = this.takeOne();
    if (interrupt !== undefined) Atomics.store(this.block.words, CONTROL.INTERRUPTED >> 2, 1);
    return interrupt;
  }

  setTimer(milliseconds: number): void {
    this.timer.set(milliseconds);
  }

  suspend(): void {
    this.flush();
    this.suspension?.stop();
  }

  close(): void {
    this.timer.close();
    this.suspension?.close();
    this.handlers.close();
    this.suspension?.stop();
    this.code.free();
  }

  private takeOne(): Interrupt | undefined {
    if (Atomics.load(this.block.words, CONTROL.TIMER_EXPIRED >> 2) !== 0) {
      // In this order: it may expire again until it is cancelled.
      this.timer.set(0);
      this.exchange(CONTROL.TIMER_EXPIRED);
      return { kind: 'timer' };
    }
    if (this.exchange(CONTROL.REQUESTED) !== 0) return { kind: 'request' };
    if (this.suspension?.isNew() === true) return { kind: 'suspension' };
    for (const half of [0, 1]) {
      const index = (CONTROL.SIGNALS >> 2) + half;
      const pending = Atomics.load(this.block.words, index);
      if (pending === 0) continue;
      const bit = 31 - Math.clz32(pending & -pending);
      Atomics.and(this.block.words, index, ~(1 << bit));
      return { kind: 'signal', signal: half * 32 + bit + 1 };
    }
    return undefined;
  }

  private exchange(offset: number): number {
    return Atomics.exchange(this.block.words, offset >> 2, 0);
  }
}

/** A thread that has died meanwhile reports itself through wait. */
export function resumeNow(tid: number, request: number, pc: number | undefined): void {
  const moved = pc === undefined ? 0 : ptrace(PTRACE_POKEUSER, tid, PC_OFFSET, pc);
  if ((moved < 0 ? moved : ptrace(request, tid, 0, 0)) === 0) return;
  const error = errno();
  if (error !== ESRCH && error !== EINTR) throw failure('ptrace, to resume', error, tid);
}
