/** A place whose calls are counted inside the process. */
import type { Address } from '../../base/address.js';
import type { FailureRule } from '../../lens/failure-rule.js';
import type { BreakpointSite } from '../memory/site.js';
import type { EntryPoint } from '../points/entry-point.js';

export interface InlinePoint {
  readonly index: number;
  readonly site: BreakpointSite;
  readonly entry: EntryPoint;
  readonly rule: FailureRule;
  /** With this record in its register the code begins the call anew. */
  readonly again: Address;
}
