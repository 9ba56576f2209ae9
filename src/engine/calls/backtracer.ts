/** `-w`: the frames of a thread that stands at the entry of a call. */
import { toAddress, type Address, type ImageAddress } from '../../base/address.js';
import type { SourcePlace } from '../../dwarf/line-table.js';
import type { StackMemory } from '../../dwarf/stack-window.js';
import { unwind, type UnwindRequest, type UnwoundFrame } from '../../dwarf/unwind.js';
import { demangle } from '../../symbol/demangle.js';
import type { PlacedFrame } from '../../frames/frame-source.js';
import type { Frame, NativeFrame } from '../../trace/event.js';
import type { DebugInformation } from '../debug-info/debug-information.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import { mergedStack, type StackFrame } from '../scripts/merged-stack.js';
import type { ScriptFrames } from '../scripts/script-frames.js';
import type { StoppedThread } from './stopped-thread.js';

type Walking = Pick<UnwindRequest, 'registers' | 'memory' | 'standsAt' | 'limit'>;

export class Backtracer {
  constructor(
    private readonly debug: DebugInformation,
    private readonly scripts: ScriptFrames,
    /** Most frames. */
    private readonly limit: number,
  ) {}

  /** Innermost first: the caller of the traced function, then its callers. */
  trace({ thread, registers }: StoppedThread): readonly Frame[] {
    const { memory } = thread.process.space;
    const frames = this.walk(thread, {
      registers,
      memory,
      standsAt: 'entry',
      limit: this.limit + 1,
    });
    // The first is the traced function itself, where nothing has happened yet.
    return this.merged(frames.slice(1), this.scriptsOf(thread));
  }

  /** What scripts the thread executes that stands still now. */
  scriptsOf(thread: Thread): readonly PlacedFrame[] {
    return this.scripts.stack(thread, this.limit);
  }

  /**
   * Innermost first: where it stands, which may be anywhere, then the callers.
   *
   * @param memory with its stack as it was with these registers
   * @param scripts as they were then
   */
  traceFrom(
    thread: Thread,
    registers: DataView,
    memory: StackMemory,
    scripts: readonly PlacedFrame[],
  ): readonly Frame[] {
    const how: Walking = { registers, memory, standsAt: 'anywhere', limit: this.limit };
    return this.merged(this.walk(thread, how), scripts);
  }

  private merged(frames: readonly StackFrame[], scripts: readonly PlacedFrame[]): readonly Frame[] {
    return mergedStack(frames, scripts).slice(0, this.limit);
  }

  private walk(thread: Thread, how: Walking): readonly StackFrame[] {
    const { space } = thread.process;
    const frames = unwind({
      ...how,
      map: space.arch.dwarfRegisters,
      moduleAt: (address) => {
        const module = space.modules.at(address);
        if (module === undefined) return undefined;
        return {
          bias: module.bias,
          frames: this.debug.framesOf(thread.process.pid, module, space.arch),
        };
      },
      originalOf: (address) => space.originalAddress(address),
    });
    return frames.map((unwound, index) => {
      const frame = this.describe(thread, unwound);
      const name = frame.symbol?.name ?? '';
      const isLoop = name !== '' && this.scripts.isLoop(thread, name);
      return { frame, start: frames[index - 1]?.cfa ?? 0, end: unwound.cfa, isLoop };
    });
  }

  private describe(thread: Thread, { pc, afterCall }: UnwoundFrame): NativeFrame {
    const module = thread.process.space.modules.at(pc);
    if (module === undefined) return { address: pc, module: '', offset: pc };
    const offset = module.imageAddressOf(pc);
    // Behind a call to a function that does not return there may be the next function already.
    const looked = afterCall ? toAddress(pc - 1) : pc;
    const symbol = this.symbolAt(thread, module, module.imageAddressOf(looked));
    return {
      address: pc,
      module: module.name,
      offset,
      ...(symbol !== undefined && {
        symbol: { ...named(symbol.name), offset: symbol.offset + (pc - looked) },
      }),
      ...this.sourceOf(thread, looked),
    };
  }

  /** By the file's own tables; what is stripped of them may have them beside it. */
  private symbolAt(
    thread: Thread,
    module: Module,
    address: ImageAddress,
  ): ReturnType<Module['image']['symbolAt']> {
    const own = module.image.symbolAt(address);
    if (own !== undefined || module.image.staticTable !== undefined) return own;
    for (const image of this.debug.symbolImagesOf(thread.process.pid, module)) {
      const found = image.symbolAt(address);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private sourceOf(thread: Thread, address: Address): Pick<NativeFrame, 'inlined' | 'source'> {
    const { process } = thread;
    const module = process.space.modules.at(address);
    if (module === undefined) return {};
    const debug = this.debug.debugOf(process.pid, module);
    const chain = debug?.sourceAt(module.imageAddressOf(address)) ?? [];
    const inlined = chain.slice(0, -1).map(({ function: name, linkageName, place }) => ({
      ...named(name ?? '??', linkageName),
      ...positionOf(place),
    }));
    return { ...(inlined.length > 0 && { inlined }), ...positionOf(chain.at(-1)?.place) };
  }
}

/** Debug information has the name and the mangled one side by side; a symbol table has the mangled one. */
function named(name: string, mangled = name): { name: string; demangled?: string } {
  const demangled = demangle(mangled);
  return demangled === undefined ? { name } : { name, demangled };
}

function positionOf(place: SourcePlace | undefined): Pick<NativeFrame, 'source'> {
  if (place === undefined) return {};
  const { file, line, column } = place;
  return { source: { file, line, column } };
}
