/**
 * Tells what every thread of a process does that was attached to: without it a process in which nobody calls anything,
 * a deadlocked one say, shows nothing at all.
 *
 * The kernel says it of threads that run on. Only for a backtrace is a thread stopped, for as long as it takes to copy its
 * registers and the end of its stack.
 */
import { toAddress, wordAsNumber, type Address } from '../../base/address.js';
import { unlessGone } from '../../base/errors.js';
import type { PlacedFrame } from '../../frames/frame-source.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { StackMemory } from '../../dwarf/stack-window.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { ThreadPlace } from '../../kernel/proc.js';
import { syscallName } from '../../prototype/syscalls.js';
import type { Frame, ThreadActivity, ThreadStateEvent } from '../../trace/event.js';
import { StoppedThread } from '../calls/stopped-thread.js';
import { whileStopped } from '../stops/hold.js';
import type { TracerContext } from './tracer-context.js';
import { placeOf } from '../stops/stop-context.js';
import type { Process, Thread } from '../tracees/tracee.js';
import { tracedWithin } from './within-calls.js';

/** States in proc_pid_status(5): stopped by a signal; the same once we have seized it. */
const STOPPED: ReadonlySet<string> = new Set(['T', 't']);
/** It cannot be stopped: we would wait for as long as it does. */
const UNINTERRUPTIBLE = 'D';

/** So much of a stack is copied: enough for a hundred frames of most programs. */
const STACK_BYTES = 128 * 1024;
const PAGE_BYTES = 4096;

/** Where threads stood before any of them was stopped. */
export interface ThreadPlaces {
  readonly isStopped: boolean;
  readonly places: ReadonlyMap<ThreadId, ThreadPlace>;
}

/** To be called before we stop one: a thread that we let go on is on its way back, and seems to run. */
export function lookAtThreads(
  kernel: Kernel,
  pid: ProcessId,
  threads: Iterable<ThreadId>,
): ThreadPlaces {
  const places = new Map<ThreadId, ThreadPlace>();
  for (const tid of threads) {
    const place = kernel.threadPlace(tid);
    if (place !== undefined) places.set(tid, place);
  }
  return { isStopped: STOPPED.has(kernel.status(pid)?.state ?? ''), places };
}

export function tellThreadStates(
  context: TracerContext,
  process: Process,
  { isStopped, places }: ThreadPlaces,
): void {
  for (const thread of [...process.threads.values()]) {
    const place = places.get(thread.tid);
    // It may have ended since: then there is nothing to tell but that.
    const event = unlessGone(() => {
      const doing: ThreadActivity | undefined = isStopped
        ? { kind: 'stopped' }
        : place && activityOf(context, thread, place);
      return doing && stateOf(context, thread, doing);
    });
    if (event !== undefined) context.emitter.emit(event);
  }
}

function stateOf(context: TracerContext, thread: Thread, doing: ThreadActivity): ThreadStateEvent {
  const place = placeOf(context, thread.process, thread.tid);
  const backtrace = framesOf(context, thread);
  if (backtrace === undefined) return { kind: 'thread-state', ...place, doing };
  const within = tracedWithin(thread.process.space, backtrace);
  return { kind: 'thread-state', ...place, doing, within, backtrace };
}

function activityOf(context: TracerContext, thread: Thread, place: ThreadPlace): ThreadActivity {
  const { kernel, syscalls } = context;
  if (place.kind !== 'syscall') return place;
  const { arch } = thread.process.space;
  const name = syscallName(arch.name, place.number) ?? `syscall_${place.number}`;
  const seen = new SeenInKernel(kernel, thread, place.args);
  return {
    kind: 'syscall',
    number: place.number,
    name,
    args: syscalls.argumentsAt(arch, name, seen),
  };
}

/** A thread whose registers are not known, but for the arguments of its system call. */
class SeenInKernel extends StoppedThread {
  private readonly block: DataView;

  constructor(kernel: TracerContext['kernel'], thread: Thread, args: readonly bigint[]) {
    super(kernel);
    this.at(thread, toAddress(0));
    this.block = new DataView(new ArrayBuffer(kernel.registers.byteLength));
    for (const [index, offset] of thread.process.space.arch.syscalls.argumentRegisters.entries()) {
      this.block.setBigUint64(offset, args[index] ?? 0n, true);
    }
  }

  override get registers(): DataView {
    return this.block;
  }
}

/** undefined where none was asked for, or the thread cannot be stopped. */
function framesOf(context: TracerContext, thread: Thread): readonly Frame[] | undefined {
  const { kernel, backtracer } = context;
  if (backtracer === undefined || kernel.status(thread.tid)?.state === UNINTERRUPTIBLE) {
    return undefined;
  }
  let taken: Taken | undefined;
  whileStopped(context, thread, () => {
    kernel.readRegisters(thread.tid);
    const bytes = kernel.registers.buffer.slice(
      kernel.registers.byteOffset,
      kernel.registers.byteOffset + kernel.registers.byteLength,
    );
    const registers = new DataView(bytes);
    const { arch } = thread.process.space;
    const stack = new StackCopy(thread, wordAsNumber(registers, arch.registers.sp));
    taken = { registers, stack, scripts: backtracer.scriptsOf(thread) };
  });
  return taken && backtracer.traceFrom(thread, taken.registers, taken.stack, taken.scripts);
}

/** What is only true while the thread stands. */
interface Taken {
  readonly registers: DataView;
  readonly stack: StackCopy;
  readonly scripts: readonly PlacedFrame[];
}

/** The stack as it was; what lies elsewhere is read as it is. */
class StackCopy implements StackMemory {
  private readonly start: number;
  private readonly bytes: Uint8Array;

  constructor(
    private readonly thread: Thread,
    stackPointer: number,
  ) {
    this.start = stackPointer - (stackPointer % PAGE_BYTES);
    const room = new Uint8Array(STACK_BYTES);
    this.bytes = room.subarray(0, this.memory.read(toAddress(this.start), room));
  }

  read(address: Address, into: Uint8Array): number {
    const from = address - this.start;
    if (from < 0 || from >= this.bytes.length) return this.memory.read(address, into);
    const part = this.bytes.subarray(from, from + into.length);
    into.set(part);
    return part.length;
  }

  private get memory(): StackMemory {
    return this.thread.process.space.memory;
  }
}
