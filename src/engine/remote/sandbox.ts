/**
 * May a stopped thread be made to do a system call? A program may have locked itself in by seccomp(2), where a call that
 * it did not provide for kills it, or have its calls turned into signals by Syscall User Dispatch.
 */
import type { Address } from '../../base/address.js';
import { toAddress } from '../../base/address.js';
import { unlessGone } from '../../base/errors.js';
import type { ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { SyscallDispatch, TraceOptions } from '../../kernel/threads.js';

/** PR_SYS_DISPATCH_ALLOW: the selector lets everything through. */
const ALLOW = 0;
const WORD = 64;

/** The words of a refusal, for the user. */
export const SANDBOXED = 'the program is sandboxed';

/**
 * Does the work while no filter stands in the way of the stopped thread.
 *
 * @returns undefined, and nothing was done, where filters do and cannot be suspended
 */
export function withoutFilters<T>(
  kernel: Kernel,
  tid: ThreadId,
  options: TraceOptions,
  work: () => T,
): T | undefined {
  // First, whether it has filters or not: another thread may give it some at any moment.
  if (!kernel.barriers.suspendFilters(tid, options))
    return kernel.barriers.isFiltered(tid) ? undefined : work();
  try {
    return work();
  } finally {
    // When the thread has died on the way, there is nothing to restore.
    unlessGone(() => kernel.barriers.restoreFilters(tid, options));
  }
}

/** Is a system call by the instruction there let through? */
export function isDispatched(
  { freeFrom, freeBytes, selector }: SyscallDispatch,
  { address, bytes }: { readonly address: Address; readonly bytes: number },
  readByte: (address: Address) => number | undefined,
): boolean {
  // The kernel looks at where the thread would go on: syscall_user_dispatch in kernel/entry/syscall_user_dispatch.c.
  const behind = BigInt.asUintN(WORD, BigInt(address + bytes) - freeFrom);
  if (behind < freeBytes) return false;
  if (selector === 0n || selector > BigInt(Number.MAX_SAFE_INTEGER)) return true;
  return readByte(toAddress(Number(selector))) !== ALLOW;
}
