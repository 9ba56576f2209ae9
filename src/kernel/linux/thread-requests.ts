/** ptrace(2) requests about one stopped thread: its registers, and what it stopped for. Hot path. */
import { wordAsNumber } from '../../base/address.js';
import { SystemError } from '../../base/errors.js';
import type { ThreadId } from '../../base/ids.js';
import * as abi from './constants.js';
import { CONTROL, PART } from './control-block.js';
import { errno, failure, ptrace } from './libc.js';
import type { NativeBlock } from './native-memory.js';
import type { WaitLoop } from './waiting/wait-loop.js';

/** sizeof(siginfo_t). */
const SIGNAL_INFO_BYTES = 128;
/** sizeof(struct user_fpregs_struct). */
const FLOAT_REGISTERS_BYTES = 512;
/** sizeof(sigset_t) of the kernel. */
const MASK_BYTES = 8;
/** Of struct ptrace_syscall_info, ptrace(2): `op` and padding, then `arch`. */
const SYSCALL_INFO_ARCH = 4;
const SYSCALL_INFO_BYTES = 8;

export class ThreadRequests {
  private readonly floatRegisters: DataView;

  /** @param block results are left there */
  constructor(
    private readonly block: NativeBlock,
    private readonly loop: Pick<WaitLoop, 'flush' | 'goesOn'>,
  ) {
    const { buffer } = block.view;
    this.floatRegisters = new DataView(buffer, PART.FLOAT_REGISTERS, FLOAT_REGISTERS_BYTES);
  }

  /** @throws TraceeGone when there is no such thread, or it does not stand still */
  request(name: string, request: number, tid: ThreadId, data: number): void {
    this.loop.flush();
    if (ptrace(request, tid, 0, data) !== 0) throw failure(`ptrace(${name})`, errno(), tid);
  }

  /** Those that let the thread go on. */
  release(name: string, request: number, tid: ThreadId, signal: number): void {
    this.loop.flush();
    this.loop.goesOn(tid);
    this.request(name, request, tid, signal);
  }

  readRegisters(tid: ThreadId): void {
    this.transfer('PTRACE_GETREGS', abi.PTRACE_GETREGS, tid, CONTROL.REGISTERS);
  }

  writeRegisters(tid: ThreadId): void {
    this.transfer('PTRACE_SETREGS', abi.PTRACE_SETREGS, tid, CONTROL.REGISTERS);
  }

  setRegister(tid: ThreadId, offset: number, value: number): void {
    this.loop.flush();
    if (ptrace(abi.PTRACE_POKEUSER, tid, offset, value) === 0) return;
    throw failure('ptrace(PTRACE_POKEUSER)', errno(), tid);
  }

  readFloatRegisters(tid: ThreadId): DataView {
    this.transfer('PTRACE_GETFPREGS', abi.PTRACE_GETFPREGS, tid, PART.FLOAT_REGISTERS);
    return this.floatRegisters;
  }

  eventMessage(tid: ThreadId): number {
    this.transfer('PTRACE_GETEVENTMSG', abi.PTRACE_GETEVENTMSG, tid, PART.SCRATCH);
    return wordAsNumber(this.block.view, PART.SCRATCH);
  }

  /** undefined where the kernel does not say (before 5.3). */
  callConvention(tid: ThreadId): number | undefined {
    this.loop.flush();
    const info = this.block.address + PART.SCRATCH;
    // This request takes the size of the structure as its address argument, and gives back how much there is of it.
    const bytes = ptrace(abi.PTRACE_GET_SYSCALL_INFO, tid, SYSCALL_INFO_BYTES, info);
    if (bytes >= SYSCALL_INFO_BYTES) {
      return this.block.view.getUint32(PART.SCRATCH + SYSCALL_INFO_ARCH, true);
    }
    const error = errno();
    if (error === abi.EIO || error === abi.EINVAL) return undefined;
    throw failure('ptrace(PTRACE_GET_SYSCALL_INFO)', error, tid);
  }

  signalInfo(tid: ThreadId): Uint8Array | undefined {
    try {
      this.transfer('PTRACE_GETSIGINFO', abi.PTRACE_GETSIGINFO, tid, PART.SIGNAL_INFO);
    } catch (error) {
      if (error instanceof SystemError && error.errno === abi.EINVAL) return undefined;
      throw error;
    }
    return this.block.bytes.slice(PART.SIGNAL_INFO, PART.SIGNAL_INFO + SIGNAL_INFO_BYTES);
  }

  setSignalInfo(tid: ThreadId, info: Uint8Array): void {
    this.block.bytes.set(info.subarray(0, SIGNAL_INFO_BYTES), PART.SIGNAL_INFO);
    this.transfer('PTRACE_SETSIGINFO', abi.PTRACE_SETSIGINFO, tid, PART.SIGNAL_INFO);
  }

  signalMask(tid: ThreadId): bigint {
    this.transferMask('PTRACE_GETSIGMASK', abi.PTRACE_GETSIGMASK, tid);
    return this.block.view.getBigUint64(PART.SCRATCH, true);
  }

  setSignalMask(tid: ThreadId, mask: bigint): void {
    this.block.view.setBigUint64(PART.SCRATCH, mask, true);
    this.transferMask('PTRACE_SETSIGMASK', abi.PTRACE_SETSIGMASK, tid);
  }

  private transfer(name: string, request: number, tid: ThreadId, part: number): void {
    this.request(name, request, tid, this.block.address + part);
  }

  /** These two requests take the size of the mask as their address argument. */
  private transferMask(name: string, request: number, tid: ThreadId): void {
    this.loop.flush();
    const mask = this.block.address + PART.SCRATCH;
    if (ptrace(request, tid, MASK_BYTES, mask) !== 0)
      throw failure(`ptrace(${name})`, errno(), tid);
  }
}
