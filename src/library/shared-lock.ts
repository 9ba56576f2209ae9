/** One at a time, of all threads that share the memory. */

const FREE = 0;
const HELD = 1;
/** Nobody holds it for more than milliseconds; a thread that was ended by force may have held it for good. */
const LONGEST_WAIT_MS = 2_000;

export const makeLockMemory = (): SharedArrayBuffer => new SharedArrayBuffer(4);

export function whileLocked<T>(memory: SharedArrayBuffer, work: () => T): T {
  const word = new Int32Array(memory);
  while (Atomics.compareExchange(word, 0, FREE, HELD) !== FREE) {
    if (Atomics.wait(word, 0, HELD, LONGEST_WAIT_MS) === 'timed-out') break;
  }
  try {
    return work();
  } finally {
    Atomics.store(word, 0, FREE);
    Atomics.notify(word, 0, 1);
  }
}
