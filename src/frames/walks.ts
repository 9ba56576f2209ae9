// Hot path: runs at every call whose script is asked for.
/** What all interpreters have in common: a walk through structures that may not add up, made again and again. */
import type { InterpretedThread, PlacedFrame, ScriptStack, SourceMemory } from './frame-source.js';
import { Broken, ReadAhead } from './read-ahead.js';

/** @throws Broken; what is in `frames` by then is right */
export type Walker = (memory: ReadAhead, frames: PlacedFrame[]) => void;

/** One place on a stack that calls are made from, and what the last one found. */
interface Place {
  readonly memory: ReadAhead;
  thread: InterpretedThread;
  limit: number;
  stack: ScriptStack;
}

/** Each remembers what it read, 128 kB at most. */
const MOST_PLACES = 256;

export class Walks {
  /** By the stack pointer: calls of one place find the same structures, mostly. The oldest come first. */
  private readonly places = new Map<number, Place>();

  constructor(private readonly memory: SourceMemory) {}

  /** Whoever walks sees nothing but the thread and what it reads: where both are as before, so is the stack. */
  framesOf(thread: InterpretedThread, limit: number, walk: Walker): ScriptStack {
    const place = this.placeOf(thread);
    const isSame = place.memory.begin();
    if (isSame && place.limit === limit && areAlike(place.thread, thread)) return place.stack;
    const frames: PlacedFrame[] = [];
    const broken = attempt(() => walk(place.memory, frames));
    place.stack = { frames: frames.slice(0, limit), ...(broken !== undefined && { broken }) };
    place.thread = thread;
    place.limit = limit;
    return place.stack;
  }

  private placeOf(thread: InterpretedThread): Place {
    const known = this.places.get(thread.stackPointer);
    if (known !== undefined) return known;
    const [oldest] = this.places.keys();
    if (oldest !== undefined && this.places.size >= MOST_PLACES) this.places.delete(oldest);
    const place = { memory: new ReadAhead(this.memory), thread, limit: 0, stack: { frames: [] } };
    this.places.set(thread.stackPointer, place);
    return place;
  }
}

function areAlike(left: InterpretedThread, right: InterpretedThread): boolean {
  return left.tid === right.tid && left.handle === right.handle && left.isFirst === right.isFirst;
}

/** Why memory did not add up; undefined where it did. */
function attempt(walk: () => void): string | undefined {
  try {
    walk();
    return undefined;
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return error.message;
  }
}
