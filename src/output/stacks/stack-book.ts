/** Where time went by stack: the frames of `-w`, or without them the traced calls that enclose each other. */
import type {
  CallAbandoned,
  EnteredEvent,
  Frame,
  LeftEvent,
  TraceEvent,
} from '../../trace/event.js';
import { plainName } from '../text/call-line.js';
import { escapeName } from '../text/escape.js';
import { shownName, type NameStyle } from '../text/look.js';

export interface StackTotal {
  /** Outermost first, the called function last. Escaped. */
  readonly frames: readonly string[];
  calls: number;
  /** Nanoseconds in the call itself, without the traced calls that it made. */
  self: number;
}

interface OpenCall {
  readonly frames: readonly string[];
  /** Nanoseconds of traced calls inside. */
  inner: number;
}

/** A program that recurses may make stacks without end: what is more counts under its outermost frame. */
const MOST_STACKS = 50_000;
const MOST_FRAMES = 512;
const MOST_OPEN = 100_000;
const SEPARATOR = '\n';

export class StackBook {
  private readonly open = new Map<number, OpenCall>();
  private readonly totals = new Map<string, StackTotal>();
  /** Did any call come with the frames of `-w`? */
  hasBacktraces = false;

  constructor(private readonly names: NameStyle) {}

  accept(event: TraceEvent): void {
    if (event.kind === 'call' || event.kind === 'syscall') this.enter(event);
    else if (event.kind === 'return' || event.kind === 'syscall-return') this.leave(event);
    else if (event.kind === 'call-abandoned') this.leave(event);
  }

  /** The most time first. */
  get all(): readonly StackTotal[] {
    return [...this.totals.values()].sort((left, right) => right.self - left.self);
  }

  private enter(event: EnteredEvent): void {
    if (this.open.size < MOST_OPEN) {
      this.open.set(event.call, { frames: this.framesOf(event), inner: 0 });
    }
  }

  private leave({ call, at, pid }: LeftEvent | CallAbandoned): void {
    // After a fork the child ends its copy of the call; it was made once.
    if (pid !== call.pid) return;
    const left = this.open.get(call.call);
    if (left === undefined) return;
    this.open.delete(call.call);
    const duration = Math.max(0, at - call.at);
    const total = this.total(left.frames);
    total.calls++;
    total.self += Math.max(0, duration - left.inner);
    const parent = call.parent === undefined ? undefined : this.open.get(call.parent);
    if (parent !== undefined) parent.inner += duration;
  }

  private total(frames: readonly string[]): StackTotal {
    const key = frames.join(SEPARATOR);
    const known = this.totals.get(key);
    if (known !== undefined) return known;
    const isFull = this.totals.size >= MOST_STACKS;
    if (isFull && frames.length > 2) return this.total([frames[0] ?? '', '(others)']);
    const made = { frames, calls: 0, self: 0 };
    this.totals.set(key, made);
    return made;
  }

  private framesOf(event: EnteredEvent): readonly string[] {
    const name = escapeName(plainName(event, { names: this.names }));
    const backtrace = event.kind === 'call' ? event.backtrace : undefined;
    if (backtrace !== undefined && backtrace.length > 0) {
      this.hasBacktraces = true;
      const outer = backtrace.slice(0, MOST_FRAMES).flatMap((frame) => this.frameNames(frame));
      return [...outer.reverse(), name];
    }
    const parent = event.parent === undefined ? undefined : this.open.get(event.parent);
    const outer = parent?.frames ?? [escapeName(event.caller.module || '[anon]')];
    return outer.length < MOST_FRAMES ? [...outer, name] : outer;
  }

  /** Innermost first. */
  private frameNames(frame: Frame): readonly string[] {
    if (frame.language !== undefined) {
      return [escapeName(`${frame.function} (${frame.language})`)];
    }
    const { inlined = [], symbol, module, offset } = frame;
    const place = `${module === '' ? '[anon]' : module}+0x${offset.toString(16)}`;
    const names = [
      ...inlined.map((one) => shownName(one, this.names)),
      symbol === undefined ? place : shownName(symbol, this.names),
    ];
    return names.map(escapeName);
  }
}
