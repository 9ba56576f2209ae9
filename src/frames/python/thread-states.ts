// Hot path: runs at every call whose script is asked for.
/** Finds the PyThreadState of a thread: one for each interpreter that it has executed something in. */
import type { InterpretedThread } from '../frame-source.js';
import { pointerIn, wordIn, type ReadAhead } from '../read-ahead.js';
import type { PythonLayout } from './layout.js';

export interface ThreadState {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** The only one of its thread in the only interpreter, as it was found the last time. */
interface Remembered {
  readonly address: number;
  readonly newestInterpreter: number;
  readonly newestThread: number;
}

/** So many a process may have before we lose them from sight: a ring in a mangled list ends as well. */
const MOST_INTERPRETERS = 1024;
const MOST_THREADS = 32_768;
const MOST_REMEMBERED = 1024;

export class ThreadStates {
  private readonly remembered = new Map<number, Remembered>();

  constructor(
    /** Address of _PyRuntime. */
    private readonly runtime: number,
    private readonly layout: PythonLayout,
  ) {}

  /** Empty where the thread has never executed Python; 'broken' where the lists do not add up. */
  of(memory: ReadAhead, thread: InterpretedThread): readonly ThreadState[] | 'broken' {
    const newest = memory.pointer(this.runtime + this.layout.interpreters);
    if (newest === undefined || Number.isNaN(newest)) return 'broken';
    const known = this.remembered.get(thread.tid);
    if (known?.newestInterpreter === newest) {
      const state = this.again(memory, thread, known);
      if (state !== undefined) return [state];
    }
    return this.search(memory, thread, newest);
  }

  /** New interpreters and threads come first in their lists: nothing has come, and this one is still in the list. */
  private again(
    memory: ReadAhead,
    { handle }: InterpretedThread,
    { address, newestThread }: Remembered,
  ): ThreadState | undefined {
    const { thread, interpreter } = this.layout;
    const bytes = memory.take(address, thread.bytes);
    if (bytes === undefined || wordIn(bytes, thread.handle) !== handle) return undefined;
    const first = memory.pointer(pointerIn(bytes, thread.interpreter) + interpreter.threads);
    if (first !== newestThread) return undefined;
    const previous = pointerIn(bytes, thread.previous);
    const linked = previous === 0 ? first : memory.pointer(previous + thread.next);
    return linked === address ? { address, bytes } : undefined;
  }

  private search(
    memory: ReadAhead,
    thread: InterpretedThread,
    newest: number,
  ): readonly ThreadState[] | 'broken' {
    const { interpreter } = this.layout;
    const found: ThreadState[] = [];
    let newestThread = 0;
    let left = MOST_INTERPRETERS;
    for (let at = newest; at !== 0; left--) {
      const first = memory.pointer(at + interpreter.threads);
      const before = found.length;
      if (left === 0 || !this.searchList(memory, { thread, at, first }, found)) return 'broken';
      if (found.length > before) newestThread = first ?? 0;
      const next = memory.pointer(at + interpreter.next);
      if (next === undefined || Number.isNaN(next)) return 'broken';
      at = next;
    }
    const [only, ...more] = found;
    // Among several interpreters the thread may go to another one at any time.
    if (only === undefined || more.length > 0 || left < MOST_INTERPRETERS - 1) {
      this.remembered.delete(thread.tid);
    } else {
      this.remember(thread.tid, { address: only.address, newestInterpreter: newest, newestThread });
    }
    return found;
  }

  /** False where the list does not add up. */
  private searchList(
    memory: ReadAhead,
    list: {
      readonly thread: InterpretedThread;
      readonly at: number;
      readonly first: number | undefined;
    },
    found: ThreadState[],
  ): boolean {
    const { thread: layout } = this.layout;
    let left = MOST_THREADS;
    for (let address = list.first; address !== 0; left--) {
      if (address === undefined || left === 0) return false;
      const bytes = memory.take(address, layout.bytes);
      if (bytes === undefined || pointerIn(bytes, layout.interpreter) !== list.at) return false;
      if (wordIn(bytes, layout.handle) === list.thread.handle) found.push({ address, bytes });
      address = pointerIn(bytes, layout.next);
    }
    return true;
  }

  private remember(tid: number, found: Remembered): void {
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(tid, found);
  }
}
