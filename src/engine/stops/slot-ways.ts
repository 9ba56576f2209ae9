/** Takes threads past breakpoints that have no copy of their own: see memory/slots.ts. */
import type { Address } from '../../base/address.js';
import type { EntryPoint } from '../points/entry-point.js';
import type { Thread, TracedSite } from '../tracees/tracee.js';
import { placeOf, type StopContext } from './stop-context.js';

/** Where the thread, which stands at the site, goes on. Without room for that the breakpoint is given up. */
export function wayPast(context: StopContext, thread: Thread, site: TracedSite): Address {
  const { space } = thread.process;
  const slot = space.places.enter(site, thread.tid);
  if (slot !== undefined) return slot;
  space.lift(site);
  // Calls say so themselves when their return is not watched.
  const { returnPoint, entryPoints } = site.meaning;
  if (returnPoint !== undefined) returnPoint.armed = false;
  if (entryPoints.length > 0) tellOfLost(context, thread, entryPoints);
  return site.address;
}

function tellOfLost(context: StopContext, thread: Thread, points: readonly EntryPoint[]): void {
  const names = points.map(({ symbol }) => symbol).join(', ');
  context.emitter.emit({
    kind: 'notice',
    ...placeOf(context, thread.process, thread.tid),
    severity: 'warning',
    text: `calls of ${names} are not seen any more: no room for another thread of process ${thread.process.pid}`,
  });
}
