/** The table in a traced program by which its SIGTRAP handler knows breakpoints. */
import { setWord, wordAsNumber, type Address } from '../../base/address.js';
import { SURVIVAL_ENTRY_BYTES, survivalHash } from '../../arch/survival-layout.js';

/** struct kernel_sigaction: handler, flags, restorer, mask. */
export const ACTION_BYTES = 32;

export interface Table {
  readonly address: Address;
  /** A power of two. */
  readonly slots: number;
  /** What the process has there. */
  readonly bytes: Uint8Array;
}

export interface Entry {
  readonly trap: Address;
  readonly goOnAt: Address;
}

/** Puts it into the slot that it has already, or else into the first free one where it belongs. */
export function putEntry({ slots, bytes }: Table, { trap, goOnAt }: Entry): number {
  const view = new DataView(bytes.buffer);
  for (let slot = survivalHash(trap, slots - 1); ; slot = (slot + 1) & (slots - 1)) {
    const at = slot * SURVIVAL_ENTRY_BYTES;
    const holder = wordAsNumber(view, at);
    if (holder !== 0 && holder !== trap) continue;
    setWord(view, at, trap);
    setWord(view, at + 8, goOnAt);
    return slot;
  }
}
