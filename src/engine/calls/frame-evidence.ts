/** What tells calls apart that have the same place on a stack and return to the same address. Hot path. */
import { toAddress, type Address } from '../../base/address.js';
import type { AddressSpace } from '../tracees/tracee.js';

/**
 * Of the caller's frame and those around it. All tasks may run the same code: Python's calls of C functions differ half a
 * kilobyte above, where its interpreter keeps what it runs.
 */
const FRAME_BYTES = 1024;
/** Of a hash by multiplication: FNV-1a, draft-eastlake-fnv. */
const PRIME = 0x01000193;

/**
 * A mark of the registers that a function leaves as it found them: the same at its entry and at its return, and hardly
 * ever in two tasks.
 */
export function markOf(registers: DataView, preserved: readonly number[]): number {
  let mark = 0;
  for (const offset of preserved) mark = Math.imul(mark ^ registers.getUint32(offset, true), PRIME);
  return mark;
}

/** The caller's frame above its return address; shorter where not all can be read. */
export function frameAbove({ memory, arch }: AddressSpace, slot: Address): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES);
  const count = memory.read(toAddress(slot + arch.wordBytes), frame);
  return frame.subarray(0, count);
}

/** How many bytes of the two are compared at once. */
const WORD = 4;

/**
 * Which of two frames became this one? What is nearest to the call decides: a variable that one task has otherwise than
 * the other. Where both are as they were, or neither, that says nothing: the called function may write to variables of
 * its caller, and far above lies what all tasks share.
 *
 * @param a undefined where nobody looked at the time, as `b`
 * @param unseen so near to the call, in bytes, a difference must be for one that nobody looked at to be the likelier
 * @returns above 0 for `a`, below for `b`, 0 when nothing tells
 */
export function compareFrames(
  now: Uint8Array,
  a: Uint8Array | undefined,
  b: Uint8Array | undefined,
  unseen: number,
): number {
  if (a === undefined || b === undefined) {
    const like = (frame: Uint8Array | undefined): number =>
      frame === undefined ? unseen : untouched(now, frame);
    return like(a) - like(b);
  }
  if (Buffer.compare(a, b) === 0) return 0;
  for (let at = 0; at < now.length; at += WORD) {
    const difference = Number(isSame(now, a, at)) - Number(isSame(now, b, at));
    if (difference !== 0) return difference;
  }
  return 0;
}

function isSame(now: Uint8Array, then: Uint8Array, at: number): boolean {
  for (let i = at; i < at + WORD; i++) if (now[i] !== then[i]) return false;
  return true;
}

/** How near to the call the first difference is, bytes. */
function untouched(now: Uint8Array, then: Uint8Array): number {
  let at = 0;
  while (at < then.length && now[at] === then[at]) at++;
  return at;
}
