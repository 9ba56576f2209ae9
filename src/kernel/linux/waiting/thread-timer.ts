/** A POSIX timer that signals one thread, once, and then again until it is cancelled. */
import { setWord } from '../../../base/address.js';
import { SystemError } from '../../../base/errors.js';
import { describeErrno } from '../../../base/errno-names.js';
import { CLOCK_MONOTONIC, SIGEV_THREAD_ID } from '../constants.js';
import { errno, timerCreate, timerDelete, timerSettime } from '../libc.js';
import { NativeBlock } from '../native-memory.js';

/** struct sigevent (asm-generic/siginfo.h): sigev_value 8, sigev_signo 4, sigev_notify 4, tid 4. */
const EVENT_VALUE = 0;
const EVENT_SIGNAL = 8;
const EVENT_NOTIFY = 12;
const EVENT_THREAD = 16;
/** Where the timer's id and struct itimerspec go, behind the 64 bytes of struct sigevent. */
const TIMER_ID = 64;
const SPECIFICATION = 128;
/** Offsets of tv_nsec of it_interval, and of it_value, in struct itimerspec. */
const INTERVAL_NS = 8;
const FIRST_EXPIRY = 16;
/**
 * A signal that comes in the handler of another one, a profiler's say, does not end a wait that is begun again when
 * that handler returns (SA_RESTART): the next one does.
 */
const AGAIN_AFTER_NS = 100_000_000;

export class ThreadTimer {
  private readonly memory = new NativeBlock(4096);
  /** The kernel's. */
  readonly id: number;

  /** @param value what the signal carries in si_value, an i32 */
  constructor(threadId: number, signal: number, value: number) {
    const { view, address } = this.memory;
    view.setInt32(EVENT_VALUE, value, true);
    view.setInt32(EVENT_SIGNAL, signal, true);
    view.setInt32(EVENT_NOTIFY, SIGEV_THREAD_ID, true);
    view.setInt32(EVENT_THREAD, threadId, true);
    setWord(view, SPECIFICATION + INTERVAL_NS, AGAIN_AFTER_NS);
    if (timerCreate(CLOCK_MONOTONIC, address, address + TIMER_ID) !== 0)
      throw timerFailure('timer_create');
    this.id = view.getInt32(TIMER_ID, true);
  }

  /** @param milliseconds 0 cancels */
  set(milliseconds: number): void {
    const { view, address } = this.memory;
    const seconds = Math.floor(milliseconds / 1000);
    setWord(view, SPECIFICATION + FIRST_EXPIRY, seconds);
    const nanoseconds = Math.ceil((milliseconds - seconds * 1000) * 1e6);
    setWord(view, SPECIFICATION + FIRST_EXPIRY + 8, nanoseconds);
    if (timerSettime(this.id, 0, address + SPECIFICATION, 0) !== 0)
      throw timerFailure('timer_settime');
  }

  close(): void {
    timerDelete(this.id);
    this.memory.free();
  }
}

function timerFailure(call: string): SystemError {
  const error = errno();
  return new SystemError(call, error, describeErrno(error));
}
