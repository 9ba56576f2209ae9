/** Which module a call through a PLT stub goes to. */
import type { AddressSpace } from '../tracees/tracee.js';
import { isInitial } from '../modules/bound-slot.js';
import type { Module } from '../modules/module.js';
import type { EntryPoint } from '../points/entry-point.js';

/** Where the stub's pointer leads right now; undefined while the dynamic linker has not bound it. */
export function boundTarget(space: AddressSpace, point: EntryPoint): number | undefined {
  if (point.slot === undefined) return undefined;
  const target = space.memory.readWord(point.slot);
  if (target === undefined || target === 0) return undefined;
  // An unbound slot leads back into the PLT of its own module.
  const { module, slot } = point;
  if (module.contains(target) && isInitial(module, module.imageAddressOf(slot), target)) {
    return undefined;
  }
  return target;
}

/** The module that the stub leads to; for one that is not bound yet, where the linker will look. */
export function calleeOfStub(space: AddressSpace, point: EntryPoint): Module | undefined {
  const target = boundTarget(space, point);
  const bound = target === undefined ? undefined : space.modules.at(target);
  // What was chosen may lie where no file is: in the vDSO, for gettimeofday() of the C library.
  return bound ?? exporterOf(space, point.symbol);
}

/** The first module in the linker's order that exports the symbol. */
export function exporterOf(space: AddressSpace, symbol: string): Module | undefined {
  return space.modules.all.find((module) =>
    module.image.findDynamic(symbol).some(({ defined }) => defined),
  );
}
