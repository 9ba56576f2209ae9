// Hot path: runs at every call whose script is asked for.
/** Finds interpreters among the modules of a process, and asks them what a thread that stands still executes. */
import { wordAsNumber } from '../../base/address.js';
import { FRAME_SOURCES } from '../../frames/frame-sources.js';
import type {
  InterpretedThread,
  Interpreter,
  PlacedFrame,
  SourceModule,
} from '../../frames/frame-source.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { ScriptFrame } from '../../trace/event.js';
import type { Emitter } from '../emitter.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import { addressOfSymbol } from './symbol-address.js';

/** What is known of one memory; looked up anew when its modules change. */
interface Known {
  changes: number;
  interpreters: readonly Interpreter[];
}

/** A program cannot make us say more than this. */
const MOST_NOTICES = 100;

export class ScriptFrames {
  private readonly spaces = new WeakMap<AddressSpace, Known>();
  private readonly opened = new WeakMap<AddressSpace, Map<Module, Interpreter | undefined>>();
  private readonly said = new Set<string>();

  constructor(
    private readonly kernel: Kernel,
    private readonly emitter: Emitter,
  ) {}

  /** The innermost frame of the thread that stopped; undefined where it executes no script. */
  innermost(thread: Thread): ScriptFrame | undefined {
    const interpreters = this.interpretersOf(thread);
    const [interpreter] = interpreters;
    if (interpreter === undefined) return undefined;
    if (interpreters.length > 1) return this.stack(thread, MOST_OF_SEVERAL)[0]?.frame;
    return this.ask(thread, interpreter, 1)[0]?.frame;
  }

  /** All of them, innermost first, at most so many; by the place of each on the stack where there are several interpreters. */
  stack(thread: Thread, limit: number): readonly PlacedFrame[] {
    const interpreters = this.interpretersOf(thread);
    const stacks = interpreters
      .map((one) => this.ask(thread, one, limit))
      .filter(({ length }) => length > 0);
    const [only = [], ...others] = stacks;
    if (others.length === 0) return only;
    const all = stacks.flat();
    // Stacks grow down. What has no place of its own cannot be put in an order with the rest.
    if (!all.every(({ loop }) => typeof loop === 'number')) {
      this.say(thread, 'frames of two interpreters in one thread, whose order is not known');
      return [];
    }
    return all.sort((left, right) => Number(left.loop) - Number(right.loop)).slice(0, limit);
  }

  /** Is it the loop of an interpreter whose frames are found by name? */
  isLoop(thread: Thread, symbol: string): boolean {
    return this.interpretersOf(thread).some((one) => one.isLoop(symbol));
  }

  private ask(thread: Thread, interpreter: Interpreter, limit: number): readonly PlacedFrame[] {
    const { frames, broken } = interpreter.framesOf(this.seen(thread), limit);
    if (broken !== undefined) {
      this.say(thread, `some frames of ${interpreter.language} are not shown: ${broken}`);
    }
    return frames;
  }

  private seen({ tid, process }: Thread): InterpretedThread {
    const { registers, threadHandleBias } = process.space.arch;
    const pointer = wordAsNumber(this.kernel.registers, registers.threadPointer);
    return {
      tid,
      isFirst: Number(tid) === Number(process.pid),
      stackPointer: wordAsNumber(this.kernel.registers, registers.sp),
      handle: pointer + threadHandleBias,
    };
  }

  private interpretersOf(thread: Thread): readonly Interpreter[] {
    const { space } = thread.process;
    const { changes } = space.modules;
    let known = this.spaces.get(space);
    if (known?.changes === changes) return known.interpreters;
    known = { changes, interpreters: this.find(thread) };
    this.spaces.set(space, known);
    return known.interpreters;
  }

  private find(thread: Thread): readonly Interpreter[] {
    const { space } = thread.process;
    const opened = this.opened.get(space) ?? new Map<Module, Interpreter | undefined>();
    this.opened.set(space, opened);
    const modules = space.modules.all;
    for (const module of modules) {
      if (!opened.has(module)) opened.set(module, this.open(thread, module));
    }
    return modules.map((module) => opened.get(module)).filter((one) => one !== undefined);
  }

  private open(thread: Thread, module: Module): Interpreter | undefined {
    const { space } = thread.process;
    const source = FRAME_SOURCES.find(({ mark }) => addressOfSymbol(module, mark) !== undefined);
    if (source === undefined) return undefined;
    const modules = space.modules.all.map((one) => sourceModule(one, space));
    const interpreter = source.open(sourceModule(module, space), modules, space.memory);
    if (interpreter.kind === 'interpreter') return interpreter;
    this.say(
      thread,
      `frames of ${source.language} in ${module.name} are not shown: ${interpreter.why}`,
    );
    return undefined;
  }

  private say(thread: Thread, text: string): void {
    if (this.said.has(text) || this.said.size >= MOST_NOTICES) return;
    this.said.add(text);
    const { tid, process } = thread;
    const at = this.emitter.now();
    this.emitter.emit({ kind: 'notice', pid: process.pid, tid, at, severity: 'info', text });
  }
}

/** Frames that are looked at to find the innermost of several interpreters. */
const MOST_OF_SEVERAL = 1000;

function sourceModule(module: Module, space: AddressSpace): SourceModule {
  return {
    name: module.name,
    wordBytes: space.arch.wordBytes,
    addressOf: (symbol) => addressOfSymbol(module, symbol),
  };
}
