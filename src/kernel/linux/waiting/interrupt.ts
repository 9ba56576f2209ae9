/** Ends the wait of a kernel that lives on another thread of our process. */
import { tgkill } from '../libc.js';

/** Can be posted between threads. */
export interface InterruptHandle {
  readonly threadId: number;
  readonly signal: number;
  /** One int32, see the states below: the signal must not be sent once its handler is gone. */
  readonly gate: SharedArrayBuffer;
}

const OPEN = 0;
const SENDING = 1;
const CLOSED = 2;

/**
 * The wait returns 'interrupted' and `takeInterrupt` gives kind 'request'. Does nothing when the
 * kernel was closed.
 */
export function interruptFromAnotherThread(handle: InterruptHandle): void {
  const gate = new Int32Array(handle.gate);
  if (!enter(gate, SENDING)) return;
  tgkill(process.pid, handle.threadId, handle.signal);
  Atomics.store(gate, 0, OPEN);
  Atomics.notify(gate, 0);
}

export function makeInterruptHandle(threadId: number, signal: number): InterruptHandle {
  return { threadId, signal, gate: new SharedArrayBuffer(4) };
}

/** After this no signal is sent any more. */
export function closeInterruptHandle(handle: InterruptHandle): void {
  enter(new Int32Array(handle.gate), CLOSED);
}

/** Waits until nobody sends; a sender is there for the time of one system call. */
function enter(gate: Int32Array<SharedArrayBuffer>, state: number): boolean {
  for (;;) {
    const found = Atomics.compareExchange(gate, 0, OPEN, state);
    if (found === OPEN) return true;
    if (found === CLOSED) return false;
    Atomics.wait(gate, 0, SENDING, 1);
  }
}
