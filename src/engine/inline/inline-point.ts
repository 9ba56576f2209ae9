/** A place whose calls are counted inside the process. */
import type { Address } from '../../base/address.js';
import type { FailureRule } from '../../lens/failure-rule.js';
import type { EntryPoint } from '../points/entry-point.js';
import type { TracedSite } from '../tracees/tracee.js';

export interface InlinePoint {
  readonly index: number;
  readonly site: TracedSite;
  readonly entry: EntryPoint;
  readonly rule: FailureRule;
  /** With this record in its register the code begins the call anew. */
  readonly again: Address;
}
