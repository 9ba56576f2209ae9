/** Whether a thread waits in the kernel with another signal mask than its own: epoll_pwait(2) and its like. */
import { toAddress } from '../../base/address.js';
import type { WaitingCall } from '../../kernel/proc.js';
import type { AddressSpace } from '../tracees/tracee.js';
import { SIGTRAP_BIT } from '../tracees/thread-signals.js';

/** As the kernel takes it: 64 signals. */
const SET_BYTES = 8;

/** Does the kernel, while the thread waits, tell another mask than its own, as far as SIGTRAP goes? */
export function hidesMask(space: AddressSpace, call: WaitingCall): boolean {
  const mask = space.arch.syscalls.maskedWaits.maskOf(call);
  if (mask.kind !== 'awaited') return waitsWithAnother(space, call);
  const awaited = wordAt(space, mask.address, SET_BYTES);
  return awaited === undefined || (awaited & SIGTRAP_BIT) !== 0n;
}

/** Do signals come to the thread while it waits by another mask than its own? Not those that the call takes itself. */
export function letsSignalsIn(space: AddressSpace, call: WaitingCall): boolean {
  const { kind } = space.arch.syscalls.maskedWaits.maskOf(call);
  return kind !== 'awaited' && waitsWithAnother(space, call);
}

function waitsWithAnother(space: AddressSpace, call: WaitingCall): boolean {
  const mask = space.arch.syscalls.maskedWaits.maskOf(call);
  if (mask.kind === 'own') return false;
  return mask.kind !== 'behind' || wordAt(space, mask.address, mask.pointerBytes) !== 0n;
}

/** undefined where it cannot be read. */
function wordAt({ memory }: AddressSpace, at: bigint, bytes: number): bigint | undefined {
  if (at > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const word = new Uint8Array(8);
  const read = memory.read(toAddress(Number(at)), word.subarray(0, bytes));
  return read === bytes ? new DataView(word.buffer).getBigUint64(0, true) : undefined;
}
