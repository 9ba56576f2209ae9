// Hot path: runs at every stop.
/** Takes a call through a PLT stub straight past a second breakpoint at its callee's entry: one stop, not two. */
import type { Address } from '../../base/address.js';
import type { AddressSpace, TracedSite } from '../tracees/tracee.js';
import { boundTarget } from './callee-of-stub.js';

/**
 * The displaced first instruction of the callee, if nothing is to be reported there. The slot is read each time:
 * a program may rebind it.
 */
export function shortcutPast(space: AddressSpace, site: TracedSite): Address | undefined {
  if (!space.hasCalleeSites) return undefined;
  const [point] = site.meaning.entryPoints;
  if (point?.route !== 'plt') return undefined;
  const target = boundTarget(space, point);
  const callee = target === undefined ? undefined : space.sites.get(target);
  if (callee === undefined || callee.meaning.hasWork || callee.meaning.returnPoint !== undefined) {
    return undefined;
  }
  const isSilent = callee.meaning.entryPoints.every(({ origin }) => origin === 'call');
  return isSilent ? callee.copy : undefined;
}
