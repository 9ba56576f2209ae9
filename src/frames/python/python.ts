// Hot path: runs at every call whose script is asked for.
/** Frames of CPython 3.8 to 3.14, read from outside: nothing is run in the process. */
import { toAddress } from '../../base/address.js';
import type {
  FrameSource,
  InterpretedThread,
  Interpreter,
  PlacedFrame,
  ScriptStack,
  SourceMemory,
  SourceModule,
} from '../frame-source.js';
import { Broken, pointerIn, type ReadAhead } from '../read-ahead.js';
import { Walks } from '../walks.js';
import { CodeReader } from './code.js';
import type { PythonLayout } from './layout.js';
import { ObjectReader, type Addresses } from './text.js';
import { ThreadStates, type ThreadState } from './thread-states.js';
import { layoutFor } from './version.js';
import { Walk, type WalkParts } from './walk.js';

export const PYTHON: FrameSource = {
  language: 'python',
  mark: '_PyRuntime',
  open(module, modules, memory) {
    const runtime = module.addressOf('_PyRuntime') ?? toAddress(0);
    const layout = layoutFor(module, runtime, memory);
    if (typeof layout === 'string') return { kind: 'unreadable', why: layout };
    return new PythonInterpreter(runtime, layout, memory, typesIn(module, modules));
  },
};

/** What the loop is called in all of them, PEP 523. */
const LOOP = '_PyEval_EvalFrameDefault';

interface Types {
  readonly text: Addresses;
  readonly bytes: Addresses;
  readonly code: Addresses;
  readonly frame: Addresses;
}

/** A program may have a copy of its own of a library's variable (R_*_COPY): then all objects refer to that. */
function typesIn(module: SourceModule, modules: readonly SourceModule[]): Types {
  const places = [module, ...modules];
  const all = (symbol: string): Addresses =>
    new Set(places.map((one) => one.addressOf(symbol) ?? NaN).filter((at) => !Number.isNaN(at)));
  return {
    text: all('PyUnicode_Type'),
    bytes: all('PyBytes_Type'),
    code: all('PyCode_Type'),
    frame: all('PyFrame_Type'),
  };
}

/** Stacks grow down: the loop that was entered last has the lowest place. In each their order stays. */
function sortByPlace(frames: PlacedFrame[]): void {
  const areAll = frames.every(({ loop }) => typeof loop === 'number');
  if (areAll) frames.sort((left, right) => Number(left.loop) - Number(right.loop));
}

class PythonInterpreter implements Interpreter {
  readonly kind = 'interpreter';
  readonly language = 'python';
  private readonly threads: ThreadStates;
  private readonly walking: WalkParts;
  private readonly walks: Walks;

  constructor(
    private readonly runtime: number,
    private readonly layout: PythonLayout,
    memory: SourceMemory,
    types: Types,
  ) {
    this.walks = new Walks(memory);
    this.threads = new ThreadStates(runtime, layout);
    const objects = new ObjectReader(layout.text, types);
    const codes = new CodeReader(layout.code, objects, types.code);
    this.walking = { layout, codes, frameType: types.frame };
  }

  framesOf(thread: InterpretedThread, limit: number): ScriptStack {
    return this.walks.framesOf(thread, limit, (memory, frames) => {
      for (const state of this.statesOf(memory, thread, limit)) {
        new Walk(this.walking, memory, limit, frames).run(state);
      }
      sortByPlace(frames);
    });
  }

  isLoop(symbol: string): boolean {
    return symbol === LOOP;
  }

  /**
   * Those whose frames are wanted: of several interpreters all, where each frame's place is known, else the one that
   * executes now. None where the thread has none.
   *
   * @throws Broken
   */
  private statesOf(
    memory: ReadAhead,
    thread: InterpretedThread,
    limit: number,
  ): readonly ThreadState[] {
    const states = this.threads.of(memory, thread);
    if (states === 'broken') throw new Broken('lists of threads that do not end');
    if (states.length < 2) return states;
    const isPlaced = this.layout.frame.kind === 'structures';
    if (isPlaced && limit > 1) return states;
    const state = isPlaced ? this.deepest(memory, states) : this.holderOf(memory, states);
    return state === undefined ? [] : [state];
  }

  /** Of several interpreters the one whose loop was entered last: stacks grow down. */
  private deepest(memory: ReadAhead, states: readonly ThreadState[]): ThreadState | undefined {
    const walk = new Walk(this.walking, memory, Infinity, []);
    let found: { readonly state: ThreadState; readonly at: number } | undefined;
    for (const state of states) {
      const at = walk.innermostLoop(state);
      if (at !== undefined && (found === undefined || at < found.at)) found = { state, at };
    }
    return found?.state;
  }

  /** Before 3.10 nothing tells but who holds the lock, or that only one has frames. */
  private holderOf(memory: ReadAhead, states: readonly ThreadState[]): ThreadState | undefined {
    const { current, thread } = this.layout;
    const holder = current === undefined ? undefined : memory.pointer(this.runtime + current);
    const held = states.find(({ address }) => address === holder);
    if (held !== undefined) return held;
    const busy = states.filter(({ bytes }) => pointerIn(bytes, thread.frame.at) !== 0);
    if (busy.length > 1) throw new Broken('several interpreters, none of which has the lock');
    return busy[0];
  }
}
