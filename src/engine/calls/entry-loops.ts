/** Where a function loops over the place at which it is caught, only the first time around is a call. */
import { toAddress } from '../../base/address.js';
import type { AddressSpace, TracedSite } from '../tracees/tracee.js';
import type { EntryPoint } from '../points/entry-point.js';
import type { Beginning } from './beginning.js';

/** Of a function whose size nobody knows. */
const LOOKED_AT = 0x1000;
/** No compiler puts a loop around more. */
const MOST_LOOKED_AT = 0x10000;

/**
 * The thread stands at the site, its return address at `slot`. Is it still in the call that began there? Where a function
 * does loop, that is more likely than a call that was left by longjmp and made again from the same place.
 */
export function goesAround(
  space: AddressSpace,
  point: EntryPoint,
  site: TracedSite,
  { strand, slot, returnPoint }: Beginning,
): boolean {
  if (!strand.calls.isIn(point, site.meaning, slot - strand.base, returnPoint.address))
    return false;
  return (point.isLoopHead ??= loops(space, point, site));
}

function loops(
  { modules, memory, arch }: AddressSpace,
  { entry }: EntryPoint,
  { address }: TracedSite,
): boolean {
  if (entry === undefined) return false;
  const module = modules.at(entry);
  const symbol = module?.image.symbolAt(module.imageAddressOf(entry));
  const size = symbol?.offset === 0 ? symbol.size : 0;
  const code = memory.readCode(toAddress(entry), Math.min(size || LOOKED_AT, MOST_LOOKED_AT));
  return arch.loopsTo(code, address - entry, size === 0 ? 'unknown' : 'whole');
}
