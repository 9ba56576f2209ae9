/** Lets the engine, on its own thread, run only so far ahead of whoever consumes its events. */

/** Batches that may be under way: enough that neither side waits for the other's next turn. */
const MOST_BATCHES = 4;

// Words of the shared memory.
const CONSUMED = 0;
const ABANDONED = 1;
const ENDED = 2;
const WORDS = 3;

export function makeFlowMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
}

/** The engine's end. */
export class FlowSender {
  private readonly words: Int32Array;
  private sent = 0;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  get isAbandoned(): boolean {
    return Atomics.load(this.words, ABANDONED) !== 0;
  }

  /** Counts a batch that is sent. Blocks first until there is room; 'abandoned' when nobody wants it. */
  take(): 'room' | 'abandoned' {
    for (;;) {
      // Read before the flag: giving up changes both, in the other order.
      const consumed = Atomics.load(this.words, CONSUMED);
      if (this.isAbandoned) return 'abandoned';
      if (((this.sent - consumed) | 0) < MOST_BATCHES) {
        this.sent = (this.sent + 1) | 0;
        return 'room';
      }
      Atomics.wait(this.words, CONSUMED, consumed);
    }
  }

  /** The tracees are let go: the host may exit. */
  end(): void {
    Atomics.store(this.words, ENDED, 1);
    Atomics.notify(this.words, ENDED);
  }
}

/** The consumer's end. */
export class FlowReceiver {
  private readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  get isAbandoned(): boolean {
    return Atomics.load(this.words, ABANDONED) !== 0;
  }

  /** One batch was used up. */
  consumed(): void {
    Atomics.add(this.words, CONSUMED, 1);
    Atomics.notify(this.words, CONSUMED);
  }

  /** No more events are wanted. */
  abandon(): void {
    Atomics.store(this.words, ABANDONED, 1);
    this.consumed();
  }

  /** Blocks this thread until the engine has let go of its tracees. */
  waitForEnd(milliseconds: number): void {
    Atomics.wait(this.words, ENDED, 0, milliseconds);
  }
}
