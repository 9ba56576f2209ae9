/** Who made a call that is caught at the first instruction of the function, and is it one that crosses a border? */
import type { Address } from '../../base/address.js';
import type { SymbolIdentity } from '../../filter/symbol-filter.js';
import type { CallSite } from '../../trace/event.js';
import type { LoadedCode } from '../points/loaded-code.js';
import { identityOfMemory } from '../modules/memory-identity.js';
import type { Module } from '../modules/module.js';
import { callerByStub } from '../points/entry-point.js';
import type { ReturnPoint } from '../points/return-point.js';
import { wayIn, type Arrival } from '../points/way-in.js';
import type { CallRules } from './call-rules.js';
import { exportsFunction, type ImportIndex } from './import-index.js';

export interface WatchedFunction {
  readonly symbol: SymbolIdentity;
  readonly callee: Module;
  readonly rules: CallRules;
  readonly index: ImportIndex;
}

export interface SharedStub extends Omit<WatchedFunction, 'callee'> {
  /** Whose stub it is. */
  readonly module: Module;
}

/**
 * undefined when the call is not wanted: it stays inside the module, it asked for another name of the function, or no
 * rule fits. Within a module a call counts that goes through a slot of the dynamic linker, as one through a stub does.
 */
export function callerOfEntry(
  arrival: Arrival,
  { symbol, callee, rules, index }: WatchedFunction,
): CallSite | undefined {
  const way = wayIn(arrival, (module, slot) => index.nameInSlot(module, slot));
  if (way.kind === 'slot' && way.name !== symbol.name) return undefined;
  const by = way.kind === 'tail-call' ? whoWentOn(arrival, way.of) : arrival.from;
  if (by === undefined || (way.kind !== 'slot' && isWithin(by.module, callee, symbol))) {
    return undefined;
  }
  const call = { symbol, caller: by.caller, callee };
  return rules.judge(call) === 'no' ? undefined : by.callSite;
}

/**
 * Who calls by a stub whose address is what all modules have for the function: the stub's own module, or another by a
 * pointer. undefined for what comes from another module's stub, and was caught there if it is wanted.
 */
export function callerOfSharedStub(
  arrival: Arrival,
  { symbol, module, rules, index }: SharedStub,
): CallSite | undefined {
  const { from, entry, space } = arrival;
  const way = wayIn(arrival, (holder, slot) => index.nameInSlot(holder, slot));
  if (way.kind === 'tail-call') {
    const by = way.of === undefined ? undefined : whoWentOn(arrival, way.of);
    if (by !== undefined && by.module === undefined) {
      return rules.judge({ symbol, caller: by.caller }) === 'no' ? undefined : by.callSite;
    }
    // A function of another module went on by its own stub.
    const isElsewhere = way.of !== undefined && space.modules.at(way.of) !== module;
    return isElsewhere ? undefined : callerByStub({ module, stub: entry }, from);
  }
  if (from.module === module) return callerByStub({ module, stub: entry }, from);
  if (way.kind === 'slot' && from.callee.kind === 'direct') return undefined;
  // A library that was handed its own function: the call crosses no border.
  if (from.module !== undefined && exportsFunction(from.module, symbol.name)) return undefined;
  return rules.judge({ symbol, caller: from.caller }) === 'no' ? undefined : from.callSite;
}

/** Does a module call its own function, if only through another one's stub that stands for it? */
function isWithin(
  caller: Module | undefined,
  callee: Module,
  { name }: Pick<SymbolIdentity, 'name'>,
): boolean {
  if (caller === undefined || caller === callee) return caller === callee;
  return exportsFunction(caller, name) && !exportsFunction(callee, name);
}

/**
 * The module of the function that was called. Unknown: the watched function's own, for jumps to others go through a slot
 * mostly, and are caught there.
 */
function whoWentOn(
  { space, from }: { readonly space: LoadedCode; readonly from: ReturnPoint },
  called: Address | undefined,
): Pick<ReturnPoint, 'module' | 'caller' | 'callSite'> | undefined {
  const module = called === undefined ? undefined : space.modules.at(called);
  if (called === undefined) return undefined;
  if (module === undefined) return memoryThatWentOn({ space, from }, called);
  if (module === from.module) return from;
  const callSite: CallSite = {
    returnAddress: from.callSite.returnAddress,
    module: module.name,
    offset: module.imageAddressOf(called),
  };
  return { module, caller: module, callSite };
}

/** Made by a JIT, for example: it ends in a jump to the function. */
function memoryThatWentOn(
  { space, from }: Pick<Arrival, 'space' | 'from'>,
  called: Address,
): Pick<ReturnPoint, 'module' | 'caller' | 'callSite'> | undefined {
  const memory = space.codeAt(called);
  if (memory === undefined) return undefined;
  const caller = identityOfMemory(memory);
  const { returnAddress } = from.callSite;
  const callSite = { returnAddress, module: caller.name, offset: called - memory.start };
  return { module: undefined, caller, callSite };
}
