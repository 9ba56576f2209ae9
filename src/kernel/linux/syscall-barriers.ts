/**
 * What stands between a thread and system calls that others want it to make: seccomp(2), and Syscall User Dispatch
 * (Documentation/admin-guide/syscall-user-dispatch.rst). Requests of ptrace(2) lift the first for moments and show the
 * second.
 */
import type { ThreadId } from '../../base/ids.js';
import type { SyscallBarriers, SyscallDispatch, TraceOptions } from '../threads.js';
import * as abi from './constants.js';
import { PART } from './control-block.js';
import { errno, failure, ptrace } from './libc.js';
import type { NativeBlock } from './native-memory.js';
import { ptraceOptions } from './ptrace-options.js';
import { filtersOfItsOwn, readSeccomp } from './proc/seccomp.js';
import type { WaitLoop } from './waiting/wait-loop.js';

/** struct ptrace_sud_config of <linux/ptrace.h>: mode, selector, offset, length. */
const DISPATCH_BYTES = 32;
const DISPATCH = { MODE: 0, SELECTOR: 8, FROM: 16, LENGTH: 24 } as const;

export class LinuxSyscallBarriers implements SyscallBarriers {
  /** Not without CAP_SYS_ADMIN, nor where we are filtered ourselves. */
  private maySuspend = true;

  constructor(
    private readonly block: NativeBlock,
    private readonly loop: Pick<WaitLoop, 'flush'>,
  ) {}

  isFiltered(tid: ThreadId): boolean {
    const self = { id: process.pid, state: readSeccomp('self') };
    return filtersOfItsOwn(tid, self, readSeccomp);
  }

  suspendFilters(tid: ThreadId, options: TraceOptions): boolean {
    if (!this.maySuspend) return false;
    this.loop.flush();
    const suspended = ptraceOptions(options) | abi.PTRACE_O_SUSPEND_SECCOMP;
    if (ptrace(abi.PTRACE_SETOPTIONS, tid, 0, suspended) === 0) return true;
    const error = errno();
    if (error === abi.ESRCH) throw failure('ptrace(PTRACE_SETOPTIONS)', error, tid);
    this.maySuspend = false;
    return false;
  }

  restoreFilters(tid: ThreadId, options: TraceOptions): void {
    this.loop.flush();
    if (ptrace(abi.PTRACE_SETOPTIONS, tid, 0, ptraceOptions(options)) === 0) return;
    throw failure('ptrace(PTRACE_SETOPTIONS)', errno(), tid);
  }

  /** Before Linux 6.4 the kernel cannot be asked. */
  dispatchOf(tid: ThreadId): SyscallDispatch | undefined {
    this.loop.flush();
    const { view, address } = this.block;
    const request = abi.PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG;
    if (ptrace(request, tid, DISPATCH_BYTES, address + PART.SCRATCH) !== 0) {
      const error = errno();
      if (error === abi.ESRCH)
        throw failure('ptrace(PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG)', error, tid);
      return undefined;
    }
    const word = (field: number): bigint => view.getBigUint64(PART.SCRATCH + field, true);
    if (word(DISPATCH.MODE) === 0n) return undefined;
    return {
      selector: word(DISPATCH.SELECTOR),
      freeFrom: word(DISPATCH.FROM),
      freeBytes: word(DISPATCH.LENGTH),
    };
  }
}
