/** Which traced functions a thread is in, by the frames of its stack. */
import { toAddress, type Address } from '../../base/address.js';
import type { Frame } from '../../trace/event.js';
import { CALL_BYTES } from '../calls/return-points.js';
import type { AddressSpace } from '../tracees/tracee.js';

/**
 * The functions that the frames stand in, and those that were called from there and went on to another by a jump: in
 * glibc `sem_wait` and `pthread_join` have no frame while they wait.
 *
 * @param frames innermost first
 * @returns names, innermost first
 */
export function tracedWithin(space: AddressSpace, frames: readonly Frame[]): readonly string[] {
  const traced = new TracedNames(space);
  const within = new Set<string>();
  frames.forEach((frame, index) => {
    if (frame.language !== undefined) return;
    // The innermost frame is where the thread stands, and need not be behind a call.
    if (index > 0) for (const name of traced.calledBefore(frame.address)) within.add(name);
    const name = frame.symbol?.name;
    if (name !== undefined && traced.has(name)) within.add(name);
  });
  return [...within];
}

class TracedNames {
  private readonly names = new Set<string>();
  private readonly byEntry = new Map<number, string>();

  constructor(private readonly space: AddressSpace) {
    for (const { address, meaning } of space.sites.values()) {
      for (const { symbol, aliases, entry } of meaning.entryPoints) {
        for (const name of [symbol, ...aliases]) this.names.add(name);
        this.byEntry.set(address, symbol).set(entry ?? address, symbol);
      }
    }
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  /** What the call in front of a return address calls, if that is traced. */
  calledBefore(returnAddress: Address): readonly string[] {
    const { arch, memory } = this.space;
    const start = toAddress(Math.max(0, returnAddress - CALL_BYTES));
    const callee = arch.calleeOf(memory.readCode(start, CALL_BYTES), returnAddress);
    const target =
      callee.kind === 'direct'
        ? callee.target
        : callee.kind === 'slot'
          ? memory.readWord(callee.slot)
          : undefined;
    const name = target === undefined ? undefined : this.byEntry.get(target);
    return name === undefined ? [] : [name];
  }
}
