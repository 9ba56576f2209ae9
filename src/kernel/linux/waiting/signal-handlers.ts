/** Dispositions of our own process: put in place for a trace, put back afterwards. */
import { wordAsNumber } from '../../../base/address.js';
import { LAST_SIGNAL } from '../../../base/signal-names.js';
import { SystemError, UserError } from '../../../base/errors.js';
import { describeErrno } from '../../../base/errno-names.js';
import {
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGQUIT,
  SIGTERM,
  SIGUSR1,
} from '../../../base/signal-numbers.js';
import { SA_SIGINFO, SIG_DFL, SIG_IGN } from '../constants.js';
import { errno, sigaction } from '../libc.js';
import { NativeBlock } from '../native-memory.js';

/** The signals that ask a tracer to leave. */
export const LEAVING_SIGNALS = [SIGHUP, SIGINT, SIGQUIT, SIGTERM] as const;

/** Those that end a wait: SIGUSR1 asks for a report, after which tracing goes on. */
export const TAKEN_SIGNALS = [...LEAVING_SIGNALS, SIGUSR1] as const;

/** The first real-time signal that glibc leaves to programs. */
const FIRST_OWN_SIGNAL = 34;

/**
 * struct sigaction of the C library on 64-bit Linux, the same in glibc and musl on x86-64:
 * handler (8 bytes), mask (128), flags (4), padding (4), restorer (8).
 */
const ACTION_BYTES = 152;
const ACTION_MASK = 8;
const ACTION_MASK_BYTES = 128;
const ACTION_FLAGS = 136;

export class SignalHandlers {
  private readonly memory = new NativeBlock(4096);
  /** Old disposition of each signal we took, as it came from the kernel. */
  private readonly taken = new Map<number, Uint8Array>();

  /** @param handler address of a function of (int, siginfo_t *, void *) that is async-signal-safe */
  constructor(private readonly handler: number) {}

  /** Takes a signal unless it is ignored, which nohup and `trap ''` mean to last. */
  takeUnlessIgnored(signal: number): void {
    const old = this.exchange(signal);
    this.taken.set(signal, old);
    if (handlerOf(old) === SIG_IGN) this.putBack(signal);
  }

  /** False, and nothing changed, when the signal has a handler or is ignored. */
  takeIfDefault(signal: number): boolean {
    if (handlerOf(this.query(signal)) !== SIG_DFL) return false;
    this.taken.set(signal, this.exchange(signal));
    return true;
  }

  /**
   * Takes a real-time signal that nobody in this process uses.
   *
   * Two threads may look at the same moment: whoever finds the other's handler in place puts it back
   * and looks further.
   */
  takeFreeRealtimeSignal(): number {
    for (let signal = LAST_SIGNAL; signal >= FIRST_OWN_SIGNAL; signal--) {
      if (handlerOf(this.query(signal)) !== SIG_DFL) continue;
      const old = this.exchange(signal);
      this.taken.set(signal, old);
      if (handlerOf(old) === SIG_DFL) return signal;
      this.putBack(signal);
    }
    throw new UserError('cannot trace: all real-time signals of this process are in use');
  }

  close(): void {
    for (const signal of [...this.taken.keys()]) this.putBack(signal);
    this.memory.free();
  }

  private exchange(signal: number): Uint8Array {
    const { bytes, view, address } = this.memory;
    bytes.fill(0, 0, ACTION_BYTES);
    view.setBigUint64(0, BigInt(this.handler), true);
    // No SA_RESTART: the wait must come back. All signals blocked meanwhile but SIGCONT (code/signal-x86-64.ts).
    bytes.fill(0xff, ACTION_MASK, ACTION_MASK + ACTION_MASK_BYTES);
    view.setUint32(ACTION_MASK, ~(1 << (SIGCONT - 1)) >>> 0, true);
    view.setInt32(ACTION_FLAGS, SA_SIGINFO, true);
    check(sigaction(signal, address, address + 256), signal);
    return bytes.slice(256, 256 + ACTION_BYTES);
  }

  private query(signal: number): Uint8Array {
    check(sigaction(signal, 0, this.memory.address + 256), signal);
    return this.memory.bytes.slice(256, 256 + ACTION_BYTES);
  }

  private putBack(signal: number): void {
    const old = this.taken.get(signal);
    if (old === undefined) return;
    this.taken.delete(signal);
    this.memory.bytes.set(old);
    check(sigaction(signal, this.memory.address, 0), signal);
  }
}

function handlerOf(action: Uint8Array): number {
  return wordAsNumber(new DataView(action.buffer, action.byteOffset, action.byteLength), 0);
}

function check(result: number, signal: number): void {
  if (result === 0) return;
  const error = errno();
  throw new SystemError('sigaction', error, describeErrno(error), `signal ${signal}`);
}
