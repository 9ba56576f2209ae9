/** Where a thread stands that is about to begin a call. */
import type { Address } from '../../base/address.js';
import type { ReturnPoint } from '../points/return-point.js';
import type { Strand } from '../tracees/open-calls.js';

export interface Beginning {
  readonly strand: Strand;
  /** Address of the return address. */
  readonly slot: Address;
  readonly returnPoint: ReturnPoint;
}
