/**
 * Lets a vfork child be traced by somebody else: debuggers start programs with vfork, PTRACE_TRACEME, exec.
 *
 * Such a child runs in its parent's memory, traps included, so it is ours until it executes a program, and a process
 * has one tracer. When it asks to be traced by its parent, the memory is lent to it without traps and it is let go.
 * The parent's calling thread sleeps in vfork until the child is out of the memory; all other threads that could
 * pass a missing trap stand still meanwhile, so no call is lost.
 */
import { syscallNumberIn } from '../../arch/arch.js';
import { conventionOf, wordArgument } from '../tracees/call-convention.js';
import { unlessGone } from '../../base/errors.js';
import { toProcessId, type ThreadId } from '../../base/ids.js';
import type { ElfImage } from '../../elf/elf-image.js';
import { decodeWaitStatus } from '../../kernel/wait-status.js';
import type { Loan } from '../tracees/address-space.js';
import type { AddressSpace } from '../tracees/tracee.js';
import { makeCallAgain } from '../stops/interrupted-call.js';
import { blockTrapAgain } from '../sigtrap/unblock.js';
import type { Module } from '../modules/module.js';
import type { Thread } from '../tracees/tracee.js';
import type { TracerContext } from './tracer-context.js';

/** <linux/ptrace.h> */
const PTRACE_TRACEME = 0;

/** Functions of the C library through which a program can ask to be traced, as its string table has them. */
const WAYS_TO_ASK = ['ptrace\0', 'syscall\0'].map((name) => Buffer.from(name));

/** May a vfork child of a program with these modules ask to be traced? Its system calls are watched then. */
export function mayAskToBeTraced(modules: readonly Module[]): boolean {
  return modules.some(({ image }) => {
    let may = mayAsk.get(image);
    if (may === undefined) mayAsk.set(image, (may = hasWayToAsk(image)));
    return may;
  });
}

const mayAsk = new WeakMap<ElfImage, boolean>();

function hasWayToAsk(image: ElfImage): boolean {
  if (image.isStatic) return true;
  const { table } = image.dynamicTable;
  // The C library defines them, and calls neither on its own account.
  return (
    WAYS_TO_ASK.some((name) => table.mayStartWith(name)) && image.findDynamic('ptrace').length === 0
  );
}

/**
 * A thread that is not reported stands at a system-call stop. True when it is a vfork child that asks to be traced: the
 * memory is lent to it as soon as that can be.
 */
export function lendsMemory(context: TracerContext, thread: Thread, status: number): boolean {
  const { vforkedBy } = thread.process;
  if (vforkedBy === undefined || !asksToBeTraced(context, thread)) return false;
  Lending.begin(context, thread, { lender: vforkedBy, status });
  return true;
}

/** Is this the entry of ptrace(PTRACE_TRACEME)? */
function asksToBeTraced(context: TracerContext, thread: Thread): boolean {
  const { kernel } = context;
  kernel.readRegisters(thread.tid);
  const arch = conventionOf(kernel, thread);
  const { registers } = kernel;
  const [request] = arch.syscalls.argumentRegisters;
  return (
    syscallNumberIn(registers, arch) === arch.syscalls.numbers.ptrace &&
    request !== undefined &&
    wordArgument(registers, arch, request) === PTRACE_TRACEME
  );
}

/** One such loan, from the request until the child has left the memory. */
class Lending implements Loan {
  private readonly expected = new Set<ThreadId>();
  /** Stops that are dealt with when the traps are back. */
  private readonly kept = new Map<ThreadId, number>();
  private isLent = false;

  private constructor(
    private readonly context: TracerContext,
    private readonly space: AddressSpace,
    private readonly child: Thread,
    /** Sleeps in vfork. */
    private readonly lender: ThreadId,
  ) {}

  /** The child stands at the entry of its request; it goes on when all others stand still. */
  static begin(
    context: TracerContext,
    child: Thread,
    { lender, status }: { readonly lender: ThreadId; readonly status: number },
  ): void {
    const { space } = child.process;
    const lending = new Lending(context, space, child, lender);
    space.loan = lending;
    for (const thread of context.table.threads) {
      if (thread.process.space !== space || thread.tid === lender) continue;
      if (thread === child) continue;
      // One that has just ended does not stop: its end is still to come.
      unlessGone(() => {
        context.kernel.interrupt(thread.tid);
        lending.expected.add(thread.tid);
      });
    }
    lending.kept.set(child.tid, status);
    lending.lendWhenAlone();
  }

  keeps(tid: ThreadId, status: number): boolean {
    const report = decodeWaitStatus(status);
    if (report.kind === 'exited' || report.kind === 'killed') {
      this.context.onEnd(tid, report);
      this.onEnd(tid);
      return true;
    }
    if (tid === this.lender) {
      if (report.kind !== 'vfork-done') return false;
      this.takeBack();
      return false;
    }
    this.kept.set(tid, status);
    this.expected.delete(tid);
    this.lendWhenAlone();
    return true;
  }

  end(): ReadonlyMap<ThreadId, number> {
    this.space.loan = undefined;
    return this.kept;
  }

  private onEnd(tid: ThreadId): void {
    this.expected.delete(tid);
    this.kept.delete(tid);
    if (tid === this.child.tid || tid === this.lender) this.release();
    else this.lendWhenAlone();
  }

  private lendWhenAlone(): void {
    if (this.isLent || this.expected.size > 0) return;
    const { kernel, table } = this.context;
    const { process, tid } = this.child;
    this.isLent = true;
    this.kept.delete(tid);
    this.space.restoreBytes(process.pid);
    table.removeThread(this.child);
    table.removeProcess(process);
    kernel.forgetProcess(toProcessId(tid));
    blockTrapAgain(this.context, this.child);
    kernel.detach(tid, 0);
  }

  private takeBack(): void {
    this.space.setTraps(this.space.anyProcess);
    this.release();
  }

  private release(): void {
    const { kernel, table } = this.context;
    for (const [tid, status] of this.end()) {
      const thread = table.thread(tid);
      if (thread === undefined) continue;
      const report = decodeWaitStatus(status);
      if (report.kind === 'interrupted') {
        makeCallAgain(this.context, thread);
      }
      kernel.stop.hasRegisters = false;
      this.context.onStop(tid, status);
    }
  }
}
