/** A function with several names that is called through a pointer: which of them did the caller mean? */
import { toAddress, toImageAddress, type Address } from '../../base/address.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { ReturnPoint } from '../calls/return-point.js';
import type { ImportIndex } from './import-index.js';

interface PointerCall {
  readonly space: AddressSpace;
  readonly from: ReturnPoint;
  /** First instruction of the function. */
  readonly entry: Address;
  readonly index: ImportIndex;
}

/**
 * False when the call instruction reads a pointer that the dynamic linker filled under another name. True when
 * nothing is known: the pointer was kept in a register, or in a table.
 */
export function isCalledBy(name: string, { space, from, entry, index }: PointerCall): boolean {
  const { module, callee } = from;
  if (module === undefined) return true;
  const slot =
    callee.kind === 'slot'
      ? module.imageAddressOf(callee.slot)
      : callee.kind === 'got-slot'
        ? toImageAddress(module.image.pltGot + callee.offset)
        : undefined;
  if (slot === undefined) return true;
  // After a tail call the instruction called somebody else, who went on to this function.
  if (space.memory.readWord(toAddress(slot + module.bias)) !== entry) return true;
  return (index.nameInSlot(module, slot) ?? name) === name;
}
