/** What is reported when a call begins at a breakpoint site. */
import type { Address } from '../../base/address.js';
import type { CallCapture } from '../../lens/stopped-call.js';
import type { CallOrigin, CallRoute } from '../../trace/event.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { ReturnPoint } from '../calls/return-point.js';
import type { Module } from '../modules/module.js';

export interface Naming {
  readonly version?: string;
  readonly demangled?: string;
}

/** What the placers know of it. */
export interface PointDescription {
  readonly origin: CallOrigin;
  readonly route: CallRoute;
  /** plt: the module whose PLT this is. entry: the module that contains the function. */
  readonly module: Module;
  readonly symbol: string;
  /** Other names of the same address. */
  readonly aliases: readonly string[];
  readonly naming: Naming;
  /** First instruction of the function; for PLT stubs the callee's is not known beforehand. */
  readonly entry?: Address;
  /** For PLT stubs: their own address. */
  readonly stub?: Address;
  /** For PLT stubs: the pointer they jump through. */
  readonly slot?: Address | undefined;
  readonly callee?: Module;
  /** For calls caught at the callee: is a call from there wanted? PLT callers are checked when placed. */
  readonly accepts: (space: AddressSpace, from: ReturnPoint) => boolean;
}

/** A class, so that all have one shape: they are looked at for each call. */
export class EntryPoint {
  readonly origin: CallOrigin;
  readonly route: CallRoute;
  readonly module: Module;
  readonly symbol: string;
  readonly aliases: readonly string[];
  readonly entry: Address | undefined;
  readonly stub: Address | undefined;
  readonly slot: Address | undefined;
  readonly accepts: PointDescription['accepts'];
  /** Goes into events; complete when the first call is seen. */
  naming: Naming;
  /** The module that defines the function, once known. */
  callee: Module | undefined;
  /** What `accepts` said: it is asked once for each place that calls. */
  verdicts: WeakMap<ReturnPoint, boolean> | undefined;
  /** Does the function loop over the place where it is caught? Known once that matters. */
  isLoopHead: boolean | undefined;
  /** Compiled when the first call is seen. */
  capture: CallCapture | undefined;

  constructor(description: PointDescription) {
    this.origin = description.origin;
    this.route = description.route;
    this.module = description.module;
    this.symbol = description.symbol;
    this.aliases = description.aliases;
    this.entry = description.entry;
    this.stub = description.stub;
    this.slot = description.slot;
    this.accepts = description.accepts;
    this.naming = description.naming;
    this.callee = description.callee;
  }
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
