/**
 * What keeps one attached process alive should we be killed, in one object: its SIGTRAP handler and
 * its entries with the guardian. Everything here is best effort: without it the process is traced all
 * the same.
 */
import { toAddress, type Address } from '../../base/address.js';
import type { ProcessId } from '../../base/ids.js';
import type { Arch } from '../../arch/arch.js';
import type { Guardian, ProtectedByte } from '../../kernel/guardian.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { LeftHandler } from './left-handler.js';
import type { RemoteCaller } from '../remote/remote-caller.js';
import { SurvivalHandler } from './survival-handler.js';

/** The trap that is about to be written. */
export interface ProtectedSite extends ProtectedByte {
  /** Where threads may go on that hit the trap: first the place for one that hits it when we are gone. */
  readonly landings: readonly Address[];
}

/** As in the masks of proc_pid_status(5). */
const SIGTRAP_BIT = 1n << 4n;

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
    process: {
      readonly pid: ProcessId;
      readonly arch: Arch;
      /** The handler of an earlier session. */
      readonly left?: LeftHandler | undefined;
    },
    caller: RemoteCaller,
    guardian: Guardian | undefined,
  ): Lifeline {
    const { pid, arch, left } = process;
    const { survival } = arch;
    const { numbers } = arch.syscalls;
    const handler =
      survival && SurvivalHandler.install(kernel, { pid, numbers, survival, left }, caller);
    return new Lifeline(kernel, pid, handler, guardian);
  }

  /** 'sure': both. 'handler' and 'guardian': only that one works here. */
  get strength(): 'sure' | 'handler' | 'guardian' | 'none' {
    if (this.handler === undefined) return this.guardian === undefined ? 'none' : 'guardian';
    return this.guardian === undefined ? 'handler' : 'sure';
  }

  get hasHandler(): boolean {
    return this.handler !== undefined;
  }

  /** Does the process have no SIGTRAP handler any more, though it was given ours? */
  isBroken(): boolean {
    if (this.handler === undefined) return false;
    const caught = this.kernel.status(this.pid)?.caught;
    return caught !== undefined && (caught & SIGTRAP_BIT) === 0n;
  }

  /** See SurvivalHandler. */
  adopt(action: Uint8Array, caller: RemoteCaller): boolean {
    return this.handler?.adopt(action, caller) ?? false;
  }

  renew(caller: RemoteCaller): void {
    this.handler?.activate(caller);
  }

  /**
   * Before the traps are written.
   *
   * @param caller asked for only when the handler's table must grow
   * @returns false when it cannot: then the traps must not be written
   */
  protect(sites: readonly ProtectedSite[], caller: () => RemoteCaller | undefined): boolean {
    if (this.handler?.add(sites) === false && !this.handler.add(sites, caller())) return false;
    for (const site of sites) this.guardian?.protect(this.pid, site);
    return true;
  }

  /**
   * A thread that is sent there from a trap, to make a system call, still has the trap's SIGTRAP before it should we be
   * killed: it then makes the call.
   */
  answersAt(desk: Address): void {
    this.handler?.add([{ address: toAddress(desk - 1), landings: [desk] }]);
  }

  /** For a forked child: its memory is a copy of its parent's, handler and traps included. */
  forChild(child: ProcessId, sites: Iterable<ProtectedSite>): Lifeline {
    for (const site of sites) this.guardian?.protect(child, site);
    return new Lifeline(this.kernel, child, this.handler?.forChild(child), this.guardian);
  }

  /** After the original byte is back. */
  unprotect(address: Address): void {
    this.guardian?.unprotect(this.pid, address);
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
