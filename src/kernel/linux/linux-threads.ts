/** What ptrace(2) does to one thread. */
import type { Address } from '../../base/address.js';
import type { ThreadId } from '../../base/ids.js';
import { RELEASED, type Released, type ResumeMode, type SyscallBarriers } from '../threads.js';
import * as abi from './constants.js';
import { CONTROL, REGISTERS_BYTES } from './control-block.js';
import type { NativeBlock } from './native-memory.js';
import { ProcReader } from './proc/proc-reader.js';
import { LinuxSyscallBarriers } from './syscall-barriers.js';
import { ThreadRequests } from './thread-requests.js';
import type { WaitLoop } from './waiting/wait-loop.js';

const REQUEST_OF_MODE: Readonly<Record<ResumeMode, number>> = {
  continue: abi.PTRACE_CONT,
  step: abi.PTRACE_SINGLESTEP,
  syscall: abi.PTRACE_SYSCALL,
};

export class LinuxThreads extends ProcReader {
  readonly registers: DataView;
  readonly barriers: SyscallBarriers;
  private readonly requests: ThreadRequests;

  constructor(
    protected readonly block: NativeBlock,
    protected readonly loop: WaitLoop,
  ) {
    super();
    this.registers = new DataView(block.view.buffer, CONTROL.REGISTERS, REGISTERS_BYTES);
    this.requests = new ThreadRequests(block, loop);
    this.barriers = new LinuxSyscallBarriers(block, loop);
  }

  interrupt(tid: ThreadId): void {
    this.requests.request('PTRACE_INTERRUPT', abi.PTRACE_INTERRUPT, tid, 0);
  }

  listen(tid: ThreadId): Released {
    this.requests.release('PTRACE_LISTEN', abi.PTRACE_LISTEN, tid, 0);
    return RELEASED;
  }

  detach(tid: ThreadId, signal: number): Released {
    this.requests.release('PTRACE_DETACH', abi.PTRACE_DETACH, tid, signal);
    return RELEASED;
  }

  resume(tid: ThreadId, mode: ResumeMode, signal: number): Released {
    this.requests.release(`PTRACE_${mode}`, REQUEST_OF_MODE[mode], tid, signal);
    return RELEASED;
  }

  resumeSoon(tid: ThreadId, mode: ResumeMode, pc?: Address): Released {
    this.loop.goOn(tid, REQUEST_OF_MODE[mode], pc);
    return RELEASED;
  }

  // --- registers

  readRegisters(tid: ThreadId): void {
    this.requests.readRegisters(tid);
  }

  writeRegisters(tid: ThreadId): void {
    this.requests.writeRegisters(tid);
  }

  setRegister(tid: ThreadId, offset: number, value: number): void {
    this.requests.setRegister(tid, offset, value);
  }

  readFloatRegisters(tid: ThreadId): DataView {
    return this.requests.readFloatRegisters(tid);
  }

  // --- stops in detail

  eventMessage(tid: ThreadId): number {
    return this.requests.eventMessage(tid);
  }

  callConvention(tid: ThreadId): number | undefined {
    return this.requests.callConvention(tid);
  }

  signalInfo(tid: ThreadId): Uint8Array | undefined {
    return this.requests.signalInfo(tid);
  }

  setSignalInfo(tid: ThreadId, info: Uint8Array): void {
    this.requests.setSignalInfo(tid, info);
  }

  signalMask(tid: ThreadId): bigint {
    return this.requests.signalMask(tid);
  }

  setSignalMask(tid: ThreadId, mask: bigint): void {
    this.requests.setSignalMask(tid, mask);
  }
}
