/**
 * Whose calls are nested in one another: those of a thread, as a rule. A goroutine hops from thread to thread, and its
 * stack is moved as it grows; its calls are its own, and their slots count from the end of its stack.
 * Hot path: runs at every stop.
 */
import { toAddress, wordAsNumber } from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Module } from '../modules/module.js';
import type { Process, Thread } from '../tracees/tracee.js';
import { NativeStack } from '../tracees/native-stack.js';
import { OpenCalls, type StackFacts, type Strand } from '../tracees/open-calls.js';

/** A goroutine begins with the two ends of its stack: `type g struct` in Go's src/runtime/runtime2.go. */
const STACK_BYTES = 16;
const STACK_END = 8;
/** Those that are in no call are forgotten when there are so many. */
const MOST_GOROUTINES = 1024;

const ONE_STACK: StackFacts = {
  onSameStack: () => true,
  // Those of goroutines grow, and belong to one each.
  mayComeBack: false,
  stillHolds: () => true,
};

export class Strands {
  private readonly bytes = new Uint8Array(STACK_BYTES);
  private readonly stack = new DataView(this.bytes.buffer);

  constructor(private readonly kernel: Kernel) {}

  /** @param module whose code the thread, its registers being at hand, comes from or returns to */
  at(thread: Thread, module: Module | undefined): Strand {
    const goroutine = module?.hasGoroutines === true ? this.goroutineOf(thread) : undefined;
    return goroutine ?? (thread.strand ??= this.strandOf(thread));
  }

  /** undefined where the register holds something else: in C, in a Go before 1.17. */
  private goroutineOf({ process }: Thread): Strand | undefined {
    const { arch, memory } = process.space;
    if (arch.goroutineRegister === undefined) return undefined;
    const { registers } = this.kernel;
    const goroutine = toAddress(wordAsNumber(registers, arch.goroutineRegister));
    const { stack } = this;
    if (memory.read(goroutine, this.bytes) !== STACK_BYTES) return undefined;
    const sp = wordAsNumber(registers, arch.registers.sp);
    const end = wordAsNumber(stack, STACK_END);
    if (sp <= wordAsNumber(stack, 0) || sp > end) return undefined;
    return { calls: callsOf(process, goroutine), base: end, facts: ONE_STACK };
  }

  private strandOf(thread: Thread): Strand {
    const { process, openCalls } = thread;
    const facts: StackFacts = {
      mayComeBack: true,
      onSameStack: (a, b) => {
        thread.stack ??= new NativeStack(b, () => this.kernel.mappings(process.pid));
        return thread.stack.holds(a, b);
      },
      stillHolds: (slot, returnAddress) => {
        const { memory, realReturnAddress } = process.space;
        return realReturnAddress(memory.readWord(toAddress(slot)) ?? 0) === returnAddress;
      },
    };
    return { calls: openCalls, base: 0, facts };
  }
}

function callsOf({ goroutines }: Process, goroutine: number): OpenCalls {
  let calls = goroutines.get(goroutine);
  if (calls === undefined) {
    if (goroutines.size >= MOST_GOROUTINES) forgetIdle(goroutines);
    calls = new OpenCalls();
    goroutines.set(goroutine, calls);
  }
  return calls;
}

function forgetIdle(goroutines: Map<number, OpenCalls>): void {
  for (const [goroutine, { depth }] of goroutines) if (depth === 0) goroutines.delete(goroutine);
}
