/** What is to have a copy. */
import type { Address } from '../../base/address.js';

/** What is to run in another place: any instruction, or in place of one a call that may block SIGTRAP. */
export interface Wanted {
  readonly kind: 'instruction' | 'mask call';
  readonly address: Address;
  /** What stands there, the longest instruction at least. */
  readonly code: Uint8Array;
}
