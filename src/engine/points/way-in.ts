/** How a thread came to the first instruction of a function, as far as the call instruction before it tells. */
import { loadedAt, toAddress, toImageAddress, wordAsNumber } from '../../base/address.js';
import type { Address, ImageAddress } from '../../base/address.js';
import type { CalleeRegister } from '../../arch/arch.js';
import type { LoadedCode } from './loaded-code.js';
import type { Module } from '../modules/module.js';
import type { ReturnPoint } from './return-point.js';

export type WayIn =
  /** Through a pointer that the dynamic linker filled under this name. */
  | { readonly kind: 'slot'; readonly name: string }
  /** Through some other pointer, or nothing is known. */
  | { readonly kind: 'pointer' }
  /** The instruction calls another function, which went on to this one by a jump. */
  | { readonly kind: 'tail-call'; readonly of: Address | undefined };

export interface Arrival {
  readonly space: LoadedCode;
  readonly from: ReturnPoint;
  /** First instruction of the function. */
  readonly entry: Address;
  /** The registers as they are there. */
  readonly registers: DataView;
}

/** Name of the function with which the dynamic linker fills the slot, if it does. */
export type NameInSlot = (module: Module, slot: ImageAddress) => string | undefined;

const BY_POINTER: WayIn = { kind: 'pointer' };
/** Through a stub in the program, whose address stands for the function, to one of another library. */
const MOST_STUBS = 3;
/** Holds any PLT stub up to the end of its jump. */
const STUB_BYTES = 24;
/** Of code that is searched where no symbol tells how large the function is. */
const LOOKED_AT = 0x1000;

export function wayIn(arrival: Arrival, nameInSlot: NameInSlot): WayIn {
  const { callee, module } = arrival.from;
  if (module === undefined) return BY_POINTER;
  switch (callee.kind) {
    case 'direct':
      return follow(arrival, callee.target, nameInSlot);
    case 'slot':
      return throughSlot(arrival, { module, address: callee.slot }, nameInSlot);
    case 'got-slot': {
      const address = loadedAt(toImageAddress(module.image.pltGot + callee.offset), module.bias);
      return throughSlot(arrival, { module, address }, nameInSlot);
    }
    case 'register':
      return throughRegister(arrival, { module, registers: callee.registers }, nameInSlot);
    case 'computed':
    case 'not-a-call':
      return BY_POINTER;
  }
}

/** Does one of the registers hold the address? Hot path. */
export function holdsAddress(
  candidates: readonly CalleeRegister[],
  registers: DataView,
  address: Address,
): boolean {
  return candidates.some(({ offset }) => wordAsNumber(registers, offset) === address);
}

interface Slot {
  readonly module: Module;
  readonly address: Address;
}

function throughSlot(arrival: Arrival, { module, address }: Slot, nameInSlot: NameInSlot): WayIn {
  const target = arrival.space.memory.readWord(address);
  if (target === undefined) return BY_POINTER;
  if (target !== arrival.entry) return follow(arrival, toAddress(target), nameInSlot);
  const name = nameInSlot(module, module.imageAddressOf(address));
  return name === undefined ? BY_POINTER : { kind: 'slot', name };
}

/** From where the instruction leads, through stubs. */
function follow(arrival: Arrival, target: Address, nameInSlot: NameInSlot): WayIn {
  const { space, entry } = arrival;
  let at = target;
  for (let i = 0; i < MOST_STUBS && at !== entry; i++) {
    const module = space.modules.at(at);
    if (module === undefined) {
      // No code of anybody: what was read as a call is none.
      return space.codeAt(at) === undefined ? BY_POINTER : { kind: 'tail-call', of: at };
    }
    const slot = slotOfStub(space, module, at);
    const next = slot && space.memory.readWord(slot);
    if (slot === undefined || next === undefined) return { kind: 'tail-call', of: at };
    if (next === entry) return throughSlot(arrival, { module, address: slot }, nameInSlot);
    at = toAddress(next);
  }
  return BY_POINTER;
}

/** Of the stub that begins at this address. */
function slotOfStub(space: LoadedCode, module: Module, at: Address): Address | undefined {
  const start = module.imageAddressOf(at);
  const code = space.memory.readCode(at, STUB_BYTES);
  const stubs = space.arch.plt.findStubs(code, start, module.image.pltGot, () => true);
  const found = stubs.find(({ address }) => address === start);
  return found && loadedAt(found.slot, module.bias);
}

interface RegisterCall {
  readonly module: Module;
  readonly registers: readonly CalleeRegister[];
}

function throughRegister(
  arrival: Arrival,
  { module, registers: candidates }: RegisterCall,
  nameInSlot: NameInSlot,
): WayIn {
  const { space, entry, registers } = arrival;
  if (holdsAddress(candidates, registers, entry)) {
    const name = nameLoaded(arrival, { module, registers: candidates }, nameInSlot);
    return name === undefined ? BY_POINTER : { kind: 'slot', name };
  }
  const memory = inMemory(arrival, candidates);
  if (memory !== undefined) return { kind: 'tail-call', of: memory };
  const [register, ...others] = candidates;
  const value = register && wordAsNumber(registers, register.offset);
  if (value === undefined || others.length > 0 || !register?.isPreserved) {
    return { kind: 'tail-call', of: undefined };
  }
  return space.modules.at(value) === undefined
    ? { kind: 'tail-call', of: undefined }
    : follow(arrival, toAddress(value), nameInSlot);
}

/** Code of no module that was called by one of the registers, which keep what they had then. */
function inMemory(
  { space, registers }: Arrival,
  candidates: readonly CalleeRegister[],
): Address | undefined {
  for (const { offset, isPreserved } of candidates) {
    const value = wordAsNumber(registers, offset);
    if (!isPreserved || space.modules.at(value) !== undefined) continue;
    if (space.codeAt(value) !== undefined) return toAddress(value);
  }
  return undefined;
}

/** Of a slot with this function that the calling function loads into the register. */
function nameLoaded(
  { space, from, entry }: Arrival,
  { module, registers }: RegisterCall,
  nameInSlot: NameInSlot,
): string | undefined {
  const address = module.imageAddressOf(from.address);
  const symbol = module.image.symbolAt(address);
  const start = toImageAddress(Math.max(0, address - (symbol?.offset ?? LOOKED_AT)));
  const bytes = symbol === undefined || symbol.size === 0 ? address - start : symbol.size;
  const code = module.image.bytesAt(start, bytes);
  if (code === undefined) return undefined;
  for (const register of registers) {
    for (const slot of space.arch.slotsLoadedInto(register, code, start, module.image.pltGot)) {
      const name = nameInSlot(module, slot);
      if (name === undefined) continue;
      if (space.memory.readWord(loadedAt(slot, module.bias)) === entry) return name;
    }
  }
  return undefined;
}
