/** What is known of the place a traced call returns to. */
import type { Address } from '../../base/address.js';
import type { Callee } from '../../arch/arch.js';
import type { ModuleIdentity } from '../../filter/symbol-filter.js';
import type { CallSite } from '../../trace/event.js';
import type { Module } from '../modules/module.js';

export interface ReturnPoint {
  readonly address: Address;
  readonly callSite: CallSite;
  readonly module: Module | undefined;
  /** The module, or the memory that code without a module lies in. */
  readonly caller: ModuleIdentity;
  /** What the call instruction before it calls. */
  readonly callee: Callee;
  /** False when there is no breakpoint, or no more: such calls are never seen to return. */
  armed: boolean;
  /** Known once a thread came there. */
  reachedBy: WaysThere | undefined;
}

/** How threads come to an address behind a call: see never-returns.ts. */
export type WaysThere = 'returns' | 'jumps' | 'returns and jumps';
