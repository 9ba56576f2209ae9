// Hot path: runs at every call whose script is asked for.
/** From a thread state to the frames of CPython, innermost first. What does not add up ends the walk. */
import type { LoopPlace, PlacedFrame } from '../frame-source.js';
import { Broken, pointerIn, uint32In, type ReadAhead } from '../read-ahead.js';
import type { Code, CodeReader } from './code.js';
import { OBJECT, type InterpreterFrames, type ObjectFrames, type PythonLayout } from './layout.js';
import type { Addresses } from './text.js';
import type { ThreadState } from './thread-states.js';

/** enum _frameowner: a generator's frames begin complete; from 3 on it is one of the loop itself (3.12 and later). */
const OWNED_BY_GENERATOR = 1;
const OWNED_BY_LOOP = 3;
const LAST_OWNER = 4;
/** Code units have two bytes: opcode and operand. */
const UNIT = 2;
/** Python's own limit is 1000, which programs raise. */
const MOST_FRAMES = 1_000_000;
/** Frames that have not begun, before the first that has: there is one at most. */
const MOST_SKIPPED = 100;
/** sizeof(_PyThreadStateImpl), and much to spare. */
const LARGEST_STATE = 16_384;

export interface WalkParts {
  readonly layout: PythonLayout;
  readonly codes: CodeReader;
  /** Where PyFrame_Type is. */
  readonly frameType: Addresses;
}

export class Walk {
  /** A ring of frames comes back to one of these. */
  private readonly seen = new Set<number>();
  /** Frames whose activation of the loop is not known yet: it comes behind them. */
  private unplaced: PlacedFrame['frame'][] = [];
  private readonly before: number;

  constructor(
    private readonly parts: WalkParts,
    private readonly memory: ReadAhead,
    /** Most frames of this walk. */
    private readonly limit: number,
    /** Where they are put, behind what is there. */
    private readonly frames: PlacedFrame[],
  ) {
    this.before = frames.length;
  }

  /** @throws Broken; what is in the list of frames by then is right */
  run(state: ThreadState): void {
    const { thread, frame } = this.parts.layout;
    const first = pointerIn(state.bytes, thread.frame.at);
    if (frame.kind === 'objects') this.objects(frame, first);
    else if (thread.frame.kind === 'direct') this.structures(frame, first);
    else if (frame.isEntry !== undefined) this.byActivation(frame, first);
    else this.structures(frame, this.currentOf(first));
  }

  /** Where on the stack the innermost activation of the loop is; undefined where the thread executes no Python. */
  innermostLoop(state: ThreadState): number | undefined {
    const { thread, frame } = this.parts.layout;
    if (frame.kind === 'objects') return undefined;
    const first = pointerIn(state.bytes, thread.frame.at);
    if (thread.frame.kind === 'by-cframe') return this.currentOf(first) === 0 ? undefined : first;
    this.seen.clear();
    for (let at = first; at !== 0;) {
      const bytes = this.step(at, frame.bytes);
      if ((bytes[frame.owner] ?? 0) >= OWNED_BY_LOOP) {
        return isPartOf(state, at) ? undefined : at;
      }
      at = pointerIn(bytes, frame.previous);
    }
    return undefined;
  }

  private objects(layout: ObjectFrames, first: number): void {
    for (let at = first; at !== 0 && !this.isFull();) {
      const bytes = this.step(at, layout.bytes);
      if (!this.parts.frameType.has(pointerIn(bytes, OBJECT.type))) throw new Broken('no frame');
      const code = this.codeAt(pointerIn(bytes, layout.code));
      const offset = layout.unit * (uint32In(bytes, layout.instruction) | 0);
      if (offset >= code.size) throw new Broken('no instruction of its code');
      this.frames.push({ frame: describe(code, offset), loop: 'by-name' });
      at = pointerIn(bytes, layout.previous);
    }
  }

  /** 3.11: a list of activations, each with its innermost frame. */
  private byActivation(layout: InterpreterFrames, first: number): void {
    const { frame } = this.parts.layout.thread;
    if (frame.kind !== 'by-cframe') return;
    let activation = first;
    for (let at = this.currentOf(activation); at !== 0 && !this.isFull();) {
      const bytes = this.step(at, layout.bytes);
      this.add(layout, bytes, activation);
      at = pointerIn(bytes, layout.previous);
      if (bytes[layout.isEntry ?? 0] === 0 || this.isFull()) continue;
      activation = pointerIn(this.memory.demand(activation, frame.bytes), frame.previous);
      if (this.currentOf(activation) !== at) throw new Broken('an activation with other frames');
    }
  }

  /** 3.12 and later: the first frame of an activation is one of its own, on the stack. */
  private structures(layout: InterpreterFrames, first: number): void {
    for (let at = first; at !== 0;) {
      const bytes = this.step(at, layout.bytes);
      const owner = bytes[layout.owner] ?? 0;
      if (owner > LAST_OWNER) throw new Broken('a frame that nobody owns');
      if (owner >= OWNED_BY_LOOP) this.place(at);
      else if (!this.isFull()) this.add(layout, bytes, undefined);
      if (this.isFull() && (this.limit === 1 || this.unplaced.length === 0)) break;
      at = pointerIn(bytes, layout.previous);
    }
    this.place('unknown');
  }

  private add(
    layout: InterpreterFrames,
    bytes: Uint8Array,
    activation: LoopPlace | undefined,
  ): void {
    const { instructions } = this.parts.layout.code;
    // The lowest bits of a reference are marks (3.14).
    const word = pointerIn(bytes, layout.code);
    const at = word - (word % OBJECT.type);
    const code = this.codeAt(at);
    const offset = pointerIn(bytes, layout.instruction) - (at + instructions.at);
    const isInside = offset >= -UNIT && offset < code.size && offset % UNIT === 0;
    if (!isInside) throw new Broken('no instruction of its code');
    const isBegun =
      bytes[layout.owner] === OWNED_BY_GENERATOR || offset >= UNIT * code.firstTraceable;
    if (!isBegun) return;
    const frame = describe(code, offset);
    if (activation === undefined) this.unplaced.push(frame);
    else this.frames.push({ frame, loop: activation });
  }

  private place(loop: LoopPlace): void {
    for (const frame of this.unplaced) this.frames.push({ frame, loop });
    this.unplaced = [];
  }

  private isFull(): boolean {
    return this.frames.length - this.before + this.unplaced.length >= this.limit;
  }

  private codeAt(address: number): Code {
    const code = this.parts.codes.read(this.memory, address);
    if (code === undefined) throw new Broken('no code object');
    return code;
  }

  /** _PyCFrame.current_frame; 0 where there is no activation: the state of a thread that is being made has none. */
  private currentOf(activation: number): number {
    const { frame } = this.parts.layout.thread;
    if (frame.kind !== 'by-cframe') return NaN;
    if (activation === 0) return 0;
    return pointerIn(this.memory.demand(activation, frame.bytes), frame.current);
  }

  private step(address: number, bytes: number): Uint8Array {
    const { seen } = this;
    const most = this.limit === 1 ? MOST_SKIPPED : MOST_FRAMES;
    if (seen.has(address) || seen.size >= most) throw new Broken('frames in a ring');
    seen.add(address);
    return this.memory.demand(address, bytes);
  }
}

/** The outermost frame of all is kept in the thread state (3.14, _PyThreadStateImpl.base_frame). */
function isPartOf(state: ThreadState, address: number): boolean {
  return address > state.address && address < state.address + LARGEST_STATE;
}

function describe(code: Code, offset: number): PlacedFrame['frame'] {
  const { name, file } = code;
  const line = code.lineOf(offset);
  return { language: 'python', function: name, file, ...(line !== undefined && { line }) };
}
