/**
 * Waits without machine code of our own, for systems that refuse executable memory (SELinux execmem,
 * PR_SET_MDWE). Slower, and an interrupt may be noticed up to {@link LONGEST_SLEEP_MS} late.
 *
 * A signal handler must be native code, so a function of the C library serves as one:
 * `setlogmask(signal)` does nothing but store its argument, which `setlogmask(0)` gives back; nobody
 * here uses syslog. SIGCHLD is blocked and waited for; as another thread of Node may swallow it,
 * every sleep is short.
 */
import type { Address } from '../../../base/address.js';
import { setWord } from '../../../base/address.js';
import type { ThreadId } from '../../../base/ids.js';
import { SIGCHLD, SIGUSR1 } from '../../../base/signal-numbers.js';
import type { Interrupt } from '../../loop.js';
import { isStopped, isTrapStop } from '../../wait-status.js';
import {
  EINTR,
  PTRACE_GETREGS,
  SIG_BLOCK,
  SIG_SETMASK,
  WNOHANG,
  __WALL,
  __WNOTHREAD,
} from '../constants.js';
import { CONTROL } from '../control-block.js';
import {
  addressOfFunction,
  errno,
  pthreadSigmask,
  ptrace,
  setlogmask,
  sigtimedwait,
  waitpid,
} from '../libc.js';
import { NativeBlock } from '../native-memory.js';
import { resumeNow, type WaitLoopOptions } from './native-wait-loop.js';
import { SignalHandlers, TAKEN_SIGNALS } from './signal-handlers.js';
import { Stopwatch } from '../ourselves/stopwatch.js';
import type { WaitLoop, WaitResult } from './wait-loop.js';

const LONGEST_SLEEP_MS = 10;
/** A log mask that is no signal number. */
const NO_SIGNAL = 0x80;
/** TRAP stop and syscall stop differ in this bit of the status. */
const SYSCALL_STOP_BIT = 0x8000;

// Offsets in the loop's own memory.
const CHILD_SET = 0;
const OLD_MASK = 128;
const TIMEOUT = 256;

export class PlainWaitLoop implements WaitLoop {
  readonly ownSignal: number;
  private readonly handlers: SignalHandlers;
  private readonly memory = new NativeBlock(4096);
  private readonly oldLogMask: number;
  private readonly clock = new Stopwatch();
  /** Milliseconds on the clock when the timer expires. */
  private deadline = Infinity;
  private pending: Interrupt | undefined;
  private hasSignals = false;
  private isClosed = false;

  constructor(
    private readonly block: NativeBlock,
    private readonly options: Pick<WaitLoopOptions, 'signals'>,
  ) {
    this.handlers = new SignalHandlers(addressOfFunction('setlogmask'));
    this.oldLogMask = setlogmask(NO_SIGNAL);
    this.ownSignal = this.handlers.takeFreeRealtimeSignal();
    const { address, view } = this.memory;
    setWord(view, CHILD_SET, 2 ** (SIGCHLD - 1));
    pthreadSigmask(SIG_BLOCK, address + CHILD_SET, address + OLD_MASK);
  }

  takeSignals(): void {
    if (this.options.signals === 'none' || this.hasSignals) return;
    this.hasSignals = true;
    for (const signal of TAKEN_SIGNALS) this.handlers.takeUnlessIgnored(signal);
  }

  isAskedToLeave(): boolean {
    if (!this.isClosed) this.lookForInterrupt();
    return this.pending?.kind === 'signal' && this.pending.signal !== SIGUSR1;
  }

  wait(): WaitResult {
    for (;;) {
      if (this.lookForInterrupt()) return -EINTR;
      const result = this.poll();
      if (result !== 0) return result;
      this.sleep();
    }
  }

  poll(): WaitResult {
    const status = this.block.address + CONTROL.WAIT_STATUS;
    const result = waitpid(-1, status, __WALL | __WNOTHREAD | WNOHANG);
    if (result < 0) return -errno();
    if (result > 0) this.fetchRegisters(result);
    return result;
  }

  goOn(tid: ThreadId, request: number, pc: Address | undefined): void {
    resumeNow(tid, request, pc);
  }

  flush(): void {
    // Nothing is put off here.
  }

  goesOn(): void {
    // Every stop was reaped.
  }

  takeInterrupt(): Interrupt | undefined {
    this.lookForInterrupt();
    const taken = this.pending;
    this.pending = undefined;
    return taken;
  }

  suspend(): void {
    // Never asked to: SIGTSTP stops us at once.
  }

  setTimer(milliseconds: number): void {
    this.deadline = milliseconds === 0 ? Infinity : this.now() + milliseconds;
  }

  close(): void {
    this.handlers.close();
    this.lookForInterrupt();
    this.isClosed = true;
    setlogmask(this.oldLogMask);
    pthreadSigmask(SIG_SETMASK, this.memory.address + OLD_MASK, 0);
    this.memory.free();
  }

  private now(): number {
    return this.clock.elapsedNs() / 1e6;
  }

  private lookForInterrupt(): boolean {
    if (this.pending !== undefined) return true;
    const signal = setlogmask(0);
    if (signal !== NO_SIGNAL) {
      setlogmask(NO_SIGNAL);
      this.pending = signal === this.ownSignal ? { kind: 'request' } : { kind: 'signal', signal };
    } else if (this.now() >= this.deadline) {
      this.deadline = Infinity;
      this.pending = { kind: 'timer' };
    }
    return this.pending !== undefined;
  }

  private sleep(): void {
    const rest = Math.max(0, Math.min(LONGEST_SLEEP_MS, this.deadline - this.now()));
    const { address, view } = this.memory;
    setWord(view, TIMEOUT, 0);
    setWord(view, TIMEOUT + 8, Math.ceil(rest * 1e6));
    sigtimedwait(address + CHILD_SET, 0, address + TIMEOUT);
  }

  /** Does what the machine code does, so that callers need not care. */
  private fetchRegisters(tid: number): void {
    const { address, view } = this.block;
    view.setUint32(CONTROL.HAS_REGISTERS, 0, true);
    const status = view.getInt32(CONTROL.WAIT_STATUS, true);
    if (!isStopped(status) || !isTrapStop(status & ~SYSCALL_STOP_BIT)) return;
    if (ptrace(PTRACE_GETREGS, tid, 0, address + CONTROL.REGISTERS) !== 0) return;
    view.setUint32(CONTROL.HAS_REGISTERS, 1, true);
  }
}
