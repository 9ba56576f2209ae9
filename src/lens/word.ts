// Hot path: runs at every stop.
/** Machine words in a frame or in memory that was read. */
import { exactWord } from '../base/address.js';

/** A machine word as an address: exact, 0 for null. */
export function readPointer(view: DataView, offset: number, wordBytes: 4 | 8): number | bigint {
  return wordBytes === 8 ? exactWord(view, offset) : view.getUint32(offset, true);
}
