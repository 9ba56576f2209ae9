/** Traces the small program of world.ts as it does what a test tells. */
import { silentLog } from '../../../src/base/debug-log.js';
import { toProcessId } from '../../../src/base/ids.js';
import type { EngineOptions, Target } from '../../../src/engine/engine-options.js';
import { Tracer } from '../../../src/engine/tracer.js';
import { parseCallFilter, parseFunctionFilter } from '../../../src/filter/parse-filter.js';
import { captureNothing } from '../../../src/lens/capture.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { bareOptions } from '../attached-kernel.js';
import { statusOf } from '../scripted-kernel.js';
import { Machine, REG, type Doing, type MachineThread } from './machine.js';
import {
  buildWorld,
  fileOfImage,
  mappingOf,
  STACK,
  type Import,
  type LoadedImage,
  type World,
} from './world.js';

export const PID = 1000;
/** Of the second thread, or the child. */
export const OTHER = 1001;

/** AT_BASE, AT_ENTRY of <elf.h>. */
const AT_BASE = 7;
const AT_ENTRY = 9;
/** r_state of <link.h>. */
const RT_CONSISTENT = 0;
const RT_ADD = 1;
const RT_DELETE = 2;

export class Player {
  constructor(
    readonly machine: Machine,
    readonly world: World,
    readonly thread: MachineThread,
  ) {}

  /** Up to `main`: the dynamic linker loads what there is. */
  *begin(): Doing {
    // The end of execve.
    yield { status: statusOf.syscall };
    yield* this.announce(RT_ADD, []);
    yield* this.load();
  }

  /** The linker's list is as always, with these besides. */
  *load(...more: readonly LoadedImage[]): Doing {
    const { program, linker, libc } = this.world;
    if (more.length > 0) {
      this.mapOnly(more);
      yield* this.announce(RT_ADD, undefined);
    }
    yield* this.announce(RT_CONSISTENT, [program, libc, linker, ...more]);
  }

  *unload(): Doing {
    yield* this.announce(RT_DELETE, undefined);
    this.mapOnly([]);
    yield* this.load();
  }

  /** Through the stub, to the function behind it, and back. */
  *call(name: Import, body?: () => Doing, result = 0): Doing {
    const { stubs, functions, returnsTo } = this.world;
    const through = [stubs[name], functions[name]];
    yield* this.thread.call(returnsTo[name], through, body, result);
  }

  /** Begins a call that does not return. */
  *enter(slot: number, returnTo: number, at: number, thread = this.thread): Doing {
    this.machine.writeWord(thread.pid, slot, returnTo);
    thread.set(REG.sp, slot);
    yield* thread.at(at);
  }

  /** The function is left by a jump: its frame is gone, and nobody returns. */
  *jumpOut(to: { readonly sp: number; readonly at: number }): Doing {
    this.thread.set(REG.sp, to.sp);
    yield* this.thread.at(to.at);
  }

  /** Of libraries that come and go. */
  private mapOnly(images: readonly LoadedImage[]): void {
    const { mappingsOf } = this.machine;
    const { pid } = this.thread;
    const { path } = this.world.plugin;
    const others = (mappingsOf.get(pid) ?? []).filter((mapping) => mapping.path !== path);
    mappingsOf.set(pid, [...others, ...images.map(mappingOf)]);
  }

  private *announce(state: number, images: readonly LoadedImage[] | undefined): Doing {
    const { pid } = this.thread;
    const { debugStructure, announce, data } = this.world;
    const write = (at: number, value: number): void => this.machine.writeWord(pid, at, value);
    write(debugStructure, 1);
    write(debugStructure + 16, announce);
    write(debugStructure + 24, state);
    if (images !== undefined) {
      write(debugStructure + 8, images.length === 0 ? 0 : data);
      images.forEach((image, index) => {
        const node = data + 64 * index;
        const isFixed = image === this.world.program;
        write(node, isFixed ? 0 : image.base);
        write(node + 8, data + 0x800 + 64 * index);
        write(node + 16, image.dynamic);
        write(node + 24, index + 1 < images.length ? node + 64 : 0);
        this.machine.memory.write(data + 0x800 + 64 * index, Buffer.from(`${image.path}\0`));
      });
    }
    yield* this.thread.at(announce);
  }
}

export interface MachineTrace {
  readonly machine: Machine;
  readonly events: readonly TraceEvent[];
  /** Calls and returns as lines: `1000 puts(`, `1000 puts)`, `1000 puts abandoned: longjmp`. */
  readonly lines: readonly string[];
}

export interface TraceRequest {
  readonly calls?: readonly string[];
  readonly functions?: readonly string[];
  readonly options?: Partial<EngineOptions>;
  /** The process runs already, and is attached to. */
  readonly attach?: boolean;
  /** Before the tracer starts. */
  prepare?(machine: Machine, world: World): unknown;
  /** How the session ends, if not with the program: 'leave' when the machine says so. */
  readonly body: (player: Player) => Doing;
}

export function makeMachine(): { readonly machine: Machine; readonly world: World } {
  const world = buildWorld();
  const machine = new Machine();
  const images = [world.program, world.linker, world.libc, world.plugin];
  for (const image of images) {
    const { start, end } = mappingOf(image);
    const bytes = new Uint8Array(end - start);
    bytes.set(image.bytes);
    machine.memory.map(start, bytes);
    machine.images.set(image.path, fileOfImage(image));
  }
  machine.memory.map(world.data, 0x1000);
  machine.memory.map(STACK.start, STACK.bytes);
  const stack = { executable: false, path: '[stack]', offset: 0, file: '' };
  const mappings = [
    ...images.filter((image) => image !== world.plugin).map(mappingOf),
    { start: STACK.start, end: STACK.start + STACK.bytes, ...stack },
  ];
  for (const pid of [PID, OTHER]) machine.mappingsOf.set(pid, mappings);
  for (const [name, slot] of Object.entries(world.slots)) {
    machine.writeWord(PID, slot, world.functions[name as Import]);
  }
  machine.writeWord(PID, world.pointed.slot, world.functions.qsort);
  const vector = [AT_BASE, world.linker.base, AT_ENTRY, world.entry, 0, 0];
  machine.auxv = new Uint8Array(new BigUint64Array(vector.map(BigInt)).buffer);
  machine.program = world.program.path;
  machine.launched = PID;
  return { machine, world };
}

export function traceMachine(request: TraceRequest): MachineTrace {
  const { machine, world } = makeMachine();
  const sp = STACK.start + STACK.bytes - 0x1000;
  const main = machine.addThread(PID, PID, { sp, pc: world.entry });
  const player = new Player(machine, world, main);
  if (request.attach === true) {
    // What the linker has done by then.
    const loading = player.load();
    while (loading.next().done !== true) continue;
    main.doing = request.body(player);
  } else {
    main.doing = (function* (): Doing {
      yield* player.begin();
      yield* request.body(player);
    })();
  }
  request.prepare?.(machine, world);
  const events: TraceEvent[] = [];
  const sink = {
    accept: (event: TraceEvent) => void events.push(event),
    flush: () => undefined,
    finish: () => undefined,
  };
  const tracer = new Tracer({
    kernel: machine,
    options: optionsOf(request),
    sink,
    log: silentLog,
  });
  tracer.start();
  tracer.run();
  tracer.waitForLaunched();
  tracer.finish();
  return { machine, events, lines: linesOf(events) };
}

function optionsOf({ calls, functions, options, attach }: TraceRequest): EngineOptions {
  const spec = { program: '/bin/program', argv: ['program'], environment: [] };
  const target: Target =
    attach === true ? { kind: 'attach', pid: toProcessId(PID) } : { kind: 'launch', spec };
  return {
    ...bareOptions([target]),
    captures: {
      forFunction: () => captureNothing,
      lookAhead: () => undefined,
      forSyscall: () => captureNothing,
    },
    calls: (calls ?? ['@MAIN']).map((text) => parseCallFilter(text)),
    functions: (functions ?? []).map((text) => parseFunctionFilter(text)),
    ...options,
  };
}

function linesOf(events: readonly TraceEvent[]): string[] {
  return events.flatMap((event) => {
    const who = String(event.tid);
    if (event.kind === 'call') return [`${who} ${event.symbol}(`];
    if (event.kind === 'return') return [`${who} ${event.call.symbol})`];
    if (event.kind !== 'call-abandoned') return [];
    return [`${who} ${event.call.symbol} abandoned: ${event.why}`];
  });
}
