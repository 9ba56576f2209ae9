/** Which addresses surely lie on the stack that the kernel or the thread library gave to a thread. */
import type { Mapping } from '../../kernel/mapping.js';

interface Range {
  readonly start: number;
  readonly end: number;
}

const NOWHERE: Range = { start: 0, end: 0 };
/** Coroutine stacks are remembered up to this many; beyond it the oldest are looked up again. */
const MOST_FOREIGN = 64;

export class NativeStack {
  private native = NOWHERE;
  private readonly foreign: Range[] = [];

  /**
   * @param seed an address on that stack: where the thread's stack pointer was when it began
   * @param mappings of the process; asked for seldom
   */
  constructor(
    private readonly seed: number,
    private readonly mappings: () => readonly Mapping[],
  ) {}

  /** Do both addresses lie on it? A stack grows, so its bounds are read again when they do not fit. */
  holds(a: number, b: number): boolean {
    return this.has(a) && this.has(b);
  }

  private has(address: number): boolean {
    if (within(this.native, address)) return true;
    if (this.foreign.some((range) => within(range, address))) return false;
    this.look(address);
    return within(this.native, address);
  }

  private look(address: number): void {
    for (const mapping of this.mappings()) {
      if (within(mapping, this.seed)) this.native = mapping;
      else if (within(mapping, address)) this.foreign.push(mapping);
    }
    if (this.foreign.length > MOST_FOREIGN) this.foreign.shift();
  }
}

const within = (range: Range, address: number): boolean =>
  address >= range.start && address < range.end;
