/** Asks the kernel, through a stopped thread, what a process does on a signal, and tells it. */
import { toAddress, type Address } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { ProcessId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { RemoteCaller } from '../remote/remote-caller.js';
import { SignalAction } from '../tracees/signal-actions.js';

/** sizeof(sigset_t) of the kernel, which accepts no other. */
export const SIGSET_BYTES = 8;
/** Two actions fit into the memory that a caller has for us. */
const SECOND = 32;

export interface AskedProcess {
  readonly kernel: Kernel;
  readonly pid: ProcessId;
  readonly arch: Arch;
  readonly caller: RemoteCaller;
}

/** undefined where the kernel does not say. */
export function actionFor(process: AskedProcess, signal: number): SignalAction | undefined {
  const { kernel, pid, arch, caller } = process;
  const old = secondHalf(caller);
  const { rtSigaction } = arch.syscalls.numbers;
  if (caller.call(rtSigaction, [signal, 0, old, SIGSET_BYTES]) !== 0) return undefined;
  const bytes = new Uint8Array(SignalAction.sizeFor(arch.wordBytes));
  if (kernel.readMemory(pid, old, bytes) !== bytes.length) return undefined;
  return new SignalAction(bytes, arch.wordBytes);
}

/** @returns as the kernel: 0, or a negated errno */
export function setAction(process: AskedProcess, signal: number, action: SignalAction): number {
  const { kernel, pid, arch, caller } = process;
  kernel.writeMemory(pid, caller.scratch, action.bytes);
  const { rtSigaction } = arch.syscalls.numbers;
  return caller.call(rtSigaction, [signal, caller.scratch, 0, SIGSET_BYTES]);
}

const secondHalf = ({ scratch }: RemoteCaller): Address => toAddress(scratch + SECOND);
