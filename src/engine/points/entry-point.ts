/** What is reported when a call begins at a breakpoint site. */
import type { Address } from '../../base/address.js';
import { NOWHERE, type ModuleIdentity } from '../../filter/symbol-filter.js';
import type { CallCapture } from '../../lens/stopped-call.js';
import type { CallOrigin, CallRoute, CallSite } from '../../trace/event.js';
import type { LoadedCode } from './loaded-code.js';
import type { ReturnPoint } from './return-point.js';
import { holdsAddress, type Arrival } from './way-in.js';
import type { Module } from '../modules/module.js';

export interface Naming {
  readonly version?: string;
  readonly demangled?: string;
}

/** Of a function's name: the tables of its module, a debug file, or an IFUNC for which the function was chosen. */
export type NameSource = 'module' | 'debug' | 'ifunc';

/** What the placers know of it. */
export type PointDescription = StubDescription | EntryDescription;

interface CommonDescription {
  readonly origin: CallOrigin;
  readonly symbol: string;
  /** Other names of the same address. */
  readonly aliases: readonly string[];
  readonly naming: Naming;
  /** Is this call wanted? Present where that depends on more than who calls the function. */
  readonly confirms?: Confirmation | undefined;
}

export type Confirmation = (call: CallFacts) => boolean;

/** What is known of a call once its arguments were read. */
export interface CallFacts {
  /** The name that the trace shows. */
  readonly shownAs: string;
  readonly caller: ModuleIdentity;
  /** Absent where nothing is known of it: in the vdso. */
  readonly callee?: ModuleIdentity;
}

/** A PLT stub, or a jump in a function that does what a stub does. Whose calls are wanted was asked before. */
export interface StubDescription extends CommonDescription {
  readonly route: 'plt';
  /** Whose code this is. */
  readonly module: Module;
  readonly stub: Address;
  /** The pointer that it jumps through. */
  readonly slot: Address | undefined;
  /** Present where the stub's address stands for the function, so that calls of other modules pass it as well. */
  readonly callerOf?: CallerOf | undefined;
}

/** The first instruction of a function. */
export interface EntryDescription extends CommonDescription {
  readonly route: 'entry';
  readonly entry: Address;
  /** The module that contains it, as `callee` does. */
  readonly module: Module;
  readonly callee: Module;
  readonly nameSource?: NameSource;
  /** Absent: every call is wanted. */
  readonly callerOf?: CallerOf;
}

/** Who made a call that is caught at the callee? undefined when it is not wanted. */
export type CallerOf = (arrival: Arrival) => CallSite | undefined;

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
  readonly callerOf: CallerOf | undefined;
  readonly confirms: Confirmation | undefined;
  readonly nameSource: NameSource;
  /** Goes into events; complete when the first call is seen. */
  naming: Naming;
  /** The module that defines the function, once known. */
  callee: Module | undefined;
  /** What `callerOf` said: it is asked once for each place that calls. */
  callers: WeakMap<ReturnPoint, CallSite | 'not wanted'> | undefined;
  /** Does the function loop over the place where it is caught? Known once that matters. */
  isLoopHead: boolean | undefined;
  /** By its name, once that matters. */
  neverReturns: boolean | undefined;
  /** Compiled when the first call is seen. */
  capture: CallCapture | undefined;

  constructor(description: PointDescription) {
    this.origin = description.origin;
    this.route = description.route;
    this.module = description.module;
    this.symbol = description.symbol;
    this.aliases = description.aliases;
    this.naming = description.naming;
    this.confirms = description.confirms;
    const isStub = description.route === 'plt';
    this.entry = isStub ? undefined : description.entry;
    this.stub = isStub ? description.stub : undefined;
    this.slot = isStub ? description.slot : undefined;
    this.callerOf = description.callerOf;
    this.callee = isStub ? undefined : description.callee;
    this.nameSource = (isStub ? undefined : description.nameSource) ?? 'module';
  }
}

/** Who makes the call that begins here; undefined when it is not to be reported. Hot path. */
export function callerAt(
  point: EntryPoint,
  from: ReturnPoint,
  space: LoadedCode,
  registers: DataView,
): CallSite | undefined {
  const { callerOf } = point;
  const entry = point.entry ?? point.stub;
  if (callerOf === undefined || entry === undefined) return callerByStub(point, from);
  const { callee } = from;
  // One instruction may call this function now, and then another that goes on to it.
  if (callee.kind === 'register' && !holdsAddress(callee.registers, registers, entry)) {
    return callerOf({ space, from, entry, registers });
  }
  const callers = (point.callers ??= new WeakMap());
  let caller = callers.get(from);
  if (caller === undefined) {
    caller = callerOf({ space, from, entry, registers }) ?? 'not wanted';
    callers.set(from, caller);
  }
  return caller === 'not wanted' ? undefined : caller;
}

/**
 * The module whose stub it is made the call. When a tail call hides its frame, the return address is that of
 * somebody further out, and the stub is all that is known of the place.
 */
export function callerByStub(
  { module, stub }: Pick<EntryPoint, 'module' | 'stub'>,
  { callSite }: ReturnPoint,
): CallSite {
  if (callSite.module === module.name || stub === undefined) return callSite;
  return {
    returnAddress: callSite.returnAddress,
    module: module.name,
    offset: module.imageAddressOf(stub),
  };
}

interface EnteredCall {
  readonly space: LoadedCode;
  readonly from: ReturnPoint;
  readonly caller: CallSite;
  readonly shownAs: string | undefined;
}

/** Is the call wanted, now that its arguments are known and where it goes? Hot path. */
export function isConfirmed(point: EntryPoint, entered: EnteredCall): boolean {
  const { confirms, callee } = point;
  return (
    confirms === undefined ||
    confirms({
      shownAs: entered.shownAs ?? point.symbol,
      caller: point.route === 'plt' ? point.module : callerOf(entered),
      ...(callee !== undefined && { callee }),
    })
  );
}

/** A tail call is not made by the code that it returns to. */
function callerOf({ space, from, caller }: EnteredCall): ModuleIdentity {
  if (caller.module === from.callSite.module) return from.caller;
  return space.modules.all.find(({ name }) => name === caller.module) ?? NOWHERE;
}
