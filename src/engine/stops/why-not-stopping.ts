/** Says why a thread that was asked to stop does not. */
import type { Arch } from '../../arch/arch.js';
import type { ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { WaitingCall } from '../../kernel/proc.js';

/** <linux/sched.h> */
const CLONE_VFORK = 0x4000n;

/** @returns a clause: `it is frozen by its cgroup` */
export function whyNotStopping(kernel: Kernel, tid: ThreadId, arch: Arch | undefined): string {
  const pid = kernel.status(tid)?.processId;
  if (pid !== undefined && kernel.isFrozen(pid)) return 'it is frozen by its cgroup';
  const standing = kernel.standing(tid);
  if (standing === undefined) return 'it has just ended';
  const { state, call } = standing;
  if (arch !== undefined && waitsForVfork(arch, call)) {
    return 'it is in vfork until its child executes a program or ends';
  }
  const kernelFunction = kernel.kernelFunction(tid);
  const where = kernelFunction === '' ? '' : `, in ${kernelFunction}`;
  if (state === 'D') return `the kernel does not let it be interrupted (state D${where})`;
  return `it is in state ${state}${where}`;
}

/** Does the call last until a child executes a program or ends? */
export function waitsForVfork({ syscalls }: Arch, call: WaitingCall | undefined): boolean {
  if (call === undefined) return false;
  const { numbers } = syscalls;
  if (call.number === numbers.vfork || call.number === numbers.clone3) return true;
  return call.number === numbers.clone && ((call.args[0] ?? 0n) & CLONE_VFORK) !== 0n;
}
