/** What is reported when a call begins at a breakpoint site. */
import type { Address } from '../../base/address.js';
import type { CallCapture } from '../../lens/stopped-call.js';
import type { CallOrigin, CallRoute } from '../../trace/event.js';
import type { AddressSpace } from '../address-space.js';
import type { ReturnPoint } from '../calls/return-point.js';
import type { Module } from '../modules/module.js';

export interface Naming {
  readonly version?: string;
  readonly demangled?: string;
}

export interface EntryPoint {
  readonly origin: CallOrigin;
  readonly route: CallRoute;
  /** plt: the module whose PLT this is. entry: the module that contains the function. */
  readonly module: Module;
  readonly symbol: string;
  /** Other names of the same address. */
  readonly aliases: readonly string[];
  /** Goes into events; complete when the first call is seen. */
  naming: Naming;
  /** First instruction of the function; for PLT stubs the callee's is not known beforehand. */
  readonly entry?: Address;
  /** For PLT stubs: their own address. */
  readonly stub?: Address;
  /** For PLT stubs: the pointer they jump through. */
  readonly slot?: Address | undefined;
  /** For calls caught at the callee: is a call from there wanted? PLT callers are checked when placed. */
  accepts(space: AddressSpace, from: ReturnPoint): boolean;
  /** What it said: it is asked once for each place that calls. */
  verdicts: WeakMap<ReturnPoint, boolean> | undefined;
  /** Compiled when the first call is seen. */
  capture: CallCapture | undefined;
  /** The module that defines the function, once known. */
  callee: Module | undefined;
}

/** Is a call from there to be reported? Hot path. */
export function isWanted(space: AddressSpace, point: EntryPoint, from: ReturnPoint): boolean {
  if (point.route === 'plt') return true;
  const verdicts = (point.verdicts ??= new WeakMap());
  let verdict = verdicts.get(from);
  if (verdict === undefined) {
    verdict = point.accepts(space, from);
    verdicts.set(from, verdict);
  }
  return verdict;
}
