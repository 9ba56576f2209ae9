/** Reads errno of a stopped thread, without running any of its code. */
import { loadedAt, signedWord, toAddress, wordAsNumber } from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { AddressSpace } from '../tracees/tracee.js';

/** Bytes of `__errno_location` that are looked at. */
const CODE_BYTES = 32;

/** Distance of errno from the thread pointer, per memory; undefined where it cannot be found. */
const offsets = new WeakMap<AddressSpace, number | undefined>();

export function readErrno(kernel: Kernel, space: AddressSpace): number | undefined {
  if (!offsets.has(space)) offsets.set(space, findOffset(space));
  const offset = offsets.get(space);
  if (offset === undefined) return undefined;
  const pointer = wordAsNumber(kernel.registers, space.arch.registers.threadPointer);
  const value = new Uint8Array(4);
  if (space.memory.read(toAddress(pointer + offset), value) !== 4) return undefined;
  return new DataView(value.buffer).getInt32(0, true);
}

function findOffset(space: AddressSpace): number | undefined {
  for (const module of space.modules.all) {
    const symbol = module.image.findDynamic('__errno_location').find(({ defined }) => defined);
    if (symbol === undefined) continue;
    const at = loadedAt(symbol.address, module.bias);
    const location = space.arch.errnoLocation(space.memory.readCode(at, CODE_BYTES), at);
    if (location === undefined) continue;
    return location.kind === 'offset' ? location.offset : signedWordAt(space, location.slot);
  }
  return undefined;
}

/** Thread-local storage lies below the thread pointer, so the word in the slot is negative. */
function signedWordAt(space: AddressSpace, address: number): number | undefined {
  const { wordBytes } = space.arch;
  const word = new Uint8Array(wordBytes);
  if (space.memory.read(toAddress(address), word) !== wordBytes) return undefined;
  const view = new DataView(word.buffer);
  const distance = wordBytes === 8 ? signedWord(view, 0) : view.getInt32(0, true);
  return typeof distance === 'number' ? distance : undefined;
}
