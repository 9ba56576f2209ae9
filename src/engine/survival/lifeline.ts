/**
 * What keeps one attached process alive should we be killed, in one object: its SIGTRAP handler and
 * its entries with the guardian. Everything here is best effort: without it the process is traced all
 * the same.
 */
import { toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Arch } from '../../arch/arch.js';
import type { Guardian, Kernel } from '../../kernel/kernel.js';
import { remoteSyscall, type StoodAt } from '../stops/remote-syscall.js';
import { SurvivalHandler, type RemoteCaller } from './survival-handler.js';

/** The trap that is about to be written. */
export interface ProtectedSite {
  readonly address: Address;
  readonly originalByte: number;
  /** Where a thread goes on that hit the trap. */
  readonly copy: Address;
}

const SIGTRAP_BIT = 1 << 4;
/** Further down than any red zone (SysV ABI x86-64 3.2.2: 128 bytes). */
const BELOW_STACK = 1024;

export class Lifeline {
  private constructor(
    private readonly kernel: Kernel,
    /** The process that it keeps; others may share its memory for a while. */
    readonly pid: ProcessId,
    private readonly handler: SurvivalHandler | undefined,
    private readonly guardian: Guardian | undefined,
  ) {}

  /**
   * @param caller   of a stopped thread of the process
   * @param guardian one for all processes
   */
  static tie(
    kernel: Kernel,
    process: { readonly pid: ProcessId; readonly arch: Arch },
    caller: RemoteCaller,
    guardian: Guardian | undefined,
  ): Lifeline {
    const { pid, arch } = process;
    // There is machine code for the handler on x86-64 only.
    const handler =
      arch.name === 'x86_64' ? SurvivalHandler.install(kernel, pid, caller) : undefined;
    return new Lifeline(kernel, pid, handler, guardian);
  }

  get hasHandler(): boolean {
    return this.handler !== undefined;
  }

  /** 'sure': both. 'handler' and 'guardian': only that one works here. */
  get strength(): 'sure' | 'handler' | 'guardian' | 'none' {
    if (this.handler === undefined) return this.guardian === undefined ? 'none' : 'guardian';
    return this.guardian === undefined ? 'handler' : 'sure';
  }

  /**
   * Would the kernel not find the handler, because the thread blocks SIGTRAP? It is then to be stopped and given to
   * {@link unblock} before a breakpoint can be hit.
   */
  mustUnblock(tid: ThreadId): boolean {
    if (this.handler === undefined) return false;
    return (this.kernel.blockedSignals(tid) & SIGTRAP_BIT) !== 0;
  }

  /** Is there something to be put back in this thread? */
  hasUnblocked(tid: ThreadId): boolean {
    return this.handler?.hasUnblocked(tid) ?? false;
  }

  /** The thread must be stopped. */
  unblock(tid: ThreadId): void {
    this.handler?.unblock(tid);
  }

  /**
   * Before the traps are written.
   *
   * @param caller asked for only when the handler's table must grow
   */
  protect(sites: readonly ProtectedSite[], caller: () => RemoteCaller | undefined): void {
    if (this.handler?.add(sites) === false) this.handler.add(sites, caller());
    for (const { address, originalByte } of sites) {
      this.guardian?.protect(this.pid, address, originalByte);
    }
  }

  /** For a forked child: its memory is a copy of its parent's, handler and traps included. */
  forChild(child: ProcessId, sites: Iterable<ProtectedSite>): Lifeline {
    for (const { address, originalByte } of sites) {
      this.guardian?.protect(child, address, originalByte);
    }
    return new Lifeline(this.kernel, child, this.handler?.forChild(child), this.guardian);
  }

  /** After the original byte is back. */
  unprotect(address: Address): void {
    this.guardian?.unprotect(this.pid, address);
  }

  /** Before a stopped thread is let go for good. */
  leaveThread(tid: ThreadId): void {
    this.handler?.reblock(tid);
  }

  /** When all bytes are back, while a thread still stands still. */
  leave(caller: RemoteCaller): void {
    this.handler?.remove(caller);
    this.guardian?.forgetProcess(this.pid);
  }

  /** The process ended or executed another program: there is nothing left to undo. */
  forget(): void {
    this.guardian?.forgetProcess(this.pid);
  }
}

/** Lets a stopped thread make system calls, with a piece of its stack as scratch memory. */
export function remoteCaller(
  kernel: Kernel,
  tid: ThreadId,
  context: {
    readonly arch: Arch;
    /** Of a system-call instruction in the process's code. */
    readonly instruction: Address;
    readonly stoodAt: StoodAt;
  },
): RemoteCaller {
  const { arch, instruction, stoodAt } = context;
  kernel.readRegisters(tid);
  const sp = wordAsNumber(kernel.registers, arch.registers.sp);
  return {
    scratch: toAddress(sp - BELOW_STACK),
    call: (number, args) =>
      remoteSyscall(kernel, tid, { arch, instruction, stoodAt, number, args }),
  };
}
