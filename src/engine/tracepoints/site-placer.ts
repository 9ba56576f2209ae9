/** Puts entry points on breakpoint sites, and books what worked and what did not. */
import type { Address } from '../../base/address.js';
import type { DebugLog } from '../../base/debug-log.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { Thread } from '../tracees/tracee.js';
import type { Coverage } from './coverage.js';
import { EntryPoint, type PointDescription } from '../points/entry-point.js';
import type { Prospects } from '../tracees/prospects.js';

export class SitePlacer {
  constructor(
    private readonly coverage: Coverage,
    private readonly log: DebugLog,
    private readonly prospects: Prospects,
  ) {}

  /**
   * Adds the entry point unless the same is reported there already: calls by each name of the function, its entry
   * by one.
   */
  place(thread: Thread, address: Address, description: PointDescription): void {
    const { space } = thread.process;
    const at = description.route === 'entry' ? onceInACall(space, address) : address;
    // Only Go's compiler has functions check their stacks so.
    if (at !== address) description.module.hasGoroutines = true;
    const site = space.place(at, thread.tid);
    if (isRefusal(site)) {
      this.coverage.refuse(description.module, description.symbol, site);
      this.log.write('sites', `${description.symbol} at 0x${at.toString(16)}: ${site}`);
      return;
    }
    // What is caught inside is one function.
    if (site.patch !== undefined) space.inline?.withdraw(site);
    const known = site.meaning.entryPoints.find((point) => isSame(point, description));
    const point = new EntryPoint(description);
    if (known !== undefined && !isBetterKnownAs(point, known)) return;
    // Not push: it makes room for seventeen, and there is hardly ever a second one.
    site.meaning.entryPoints = inOrder([
      ...site.meaning.entryPoints.filter((other) => other !== known),
      point,
    ]);
    this.prospects.add(thread.process, point);
    const { origin, route, symbol } = description;
    if (origin === 'call' && route === 'entry') {
      space.hasCalleeSites = true;
    }
    this.coverage.placed(description.module);
    if (this.log.enabled) {
      this.log.write('sites', `${symbol} at 0x${at.toString(16)}: ${origin}, ${route}`);
    }
  }
}

function onceInACall({ arch, memory }: AddressSpace, entry: Address): Address {
  return arch.behindStackCheck((address, bytes) => memory.readCode(address, bytes), entry);
}

/**
 * An IFUNC is what programs call and people know. What was chosen for it keeps a name of its own, unless that only says
 * which of several it is (`__strlen_avx2`), or stands in a debug file that others do not have.
 */
function isBetterKnownAs(point: EntryPoint, known: EntryPoint): boolean {
  if (point.nameSource !== 'ifunc' || known.nameSource === 'ifunc') return false;
  return known.nameSource === 'debug' || known.symbol.includes(point.symbol);
}

function isSame(point: EntryPoint, { origin, symbol }: PointDescription): boolean {
  return point.origin === origin && (origin === 'function' || point.symbol === symbol);
}

/** A function may be nothing but a jump to another one: it begins before it jumps. */
function inOrder(points: readonly EntryPoint[]): readonly EntryPoint[] {
  const entries = points.filter(({ route }) => route === 'entry');
  return entries.length === points.length
    ? points
    : [...entries, ...points.filter(({ route }) => route === 'plt')];
}
