/** Before traps are written: makes sure that a process which is to outlive us survives them. */
import type { Shortage } from '../memory/copy-places.js';
import { shortageOf, type RemoteAccess } from '../remote/remote-caller.js';
import type { Lifeline, ProtectedSite } from './lifeline.js';

/**
 * @param lifeline undefined for a process that ends with us
 * @param access   of a stopped thread; asked for only when there is need of more memory
 * @returns why the traps must not be written; undefined when they may
 */
export function protectSites(
  lifeline: Lifeline | undefined,
  sites: readonly ProtectedSite[],
  access: () => RemoteAccess,
): Shortage | undefined {
  let why: Shortage = 'the program gets no more memory';
  const isSafe = lifeline?.protect(sites, () => {
    const given = access();
    if (given.kind === 'granted') return given.caller;
    why = shortageOf(given);
    return undefined;
  });
  return isSafe === false ? why : undefined;
}
