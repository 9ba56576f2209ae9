/** Pointers to functions that the dynamic linker filled in a module. */
import { loadedAt, toAddress, type Address } from '../../base/address.js';
import {
  PC_RELATIVE_BYTES,
  type ImportedFunction,
  type ImportKind,
  type ImportSlot,
} from '../../symbol/imports.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { Module } from '../modules/module.js';
import { exportsFunction } from './import-index.js';

interface PointerTarget {
  readonly address: Address;
  readonly callee: Module;
}

/** Slots that lead to a function once they are filled, and not through a stub. */
export const POINTERS: ReadonlySet<ImportKind> = new Set(['glob-dat', 'absolute', 'pc-relative']);

interface HeldPointer {
  readonly holder: Module;
  readonly pointer: ImportSlot;
  readonly imported: ImportedFunction;
}

/** Where a filled slot leads, if that is a function: some slots of unknown type hold variables. */
export function functionAt(
  space: AddressSpace,
  { holder, pointer: { address, kind }, imported }: HeldPointer,
): PointerTarget | undefined {
  const target = pointerAt(space, holder, { address, kind });
  if (target === undefined || target === 0) return undefined;
  const callee = space.modules.at(target) ?? chooserOf(space, imported, toAddress(target));
  if (callee === undefined) return undefined;
  if (imported.type === 'notype' && !exportsFunction(callee, imported.name)) return undefined;
  return { address: toAddress(target), callee };
}

function pointerAt(
  space: AddressSpace,
  holder: Module,
  { address, kind }: ImportSlot,
): number | undefined {
  const { memory } = space;
  const slot = loadedAt(address, holder.bias);
  return kind === 'pc-relative' ? calledAt(space, slot) : memory.readWord(slot);
}

/** The field is the last of a call or jump instruction, and counts from its end. */
function calledAt({ memory, arch }: AddressSpace, field: Address): number | undefined {
  const distance = memory.readUint32(field);
  if (distance === undefined) return undefined;
  const target = field + PC_RELATIVE_BYTES + (distance | 0);
  return arch.wordBytes === 8 ? target : target >>> 0;
}

/** The C library chooses functions of the vdso, as IFUNCs of its own. */
export function chooserOf(
  space: AddressSpace,
  { name }: Pick<ImportedFunction, 'name'>,
  target: Address,
): Module | undefined {
  if (!space.isInVdso(target)) return undefined;
  return space.modules.all.find((module) => exportsFunction(module, name));
}
