/** Puts original bytes back, or traps, many at a time. */
import { toAddress } from '../../base/address.js';
import type { Mapping } from '../../kernel/mapping.js';
import { byteBehind, type BreakpointSite } from './site.js';
import type { TrapsInMemory } from './vanished-traps.js';

const PAGE = 4096;
/** Bytes behind a trap that must be those of the code that it was put into. */
const CONTEXT = 7;

/** The sites of one memory, and how to look at them. */
export interface SitesInMemory<
  Site extends BreakpointSite = BreakpointSite,
> extends TrapsInMemory<Site> {
  /** Mapping.file of the module that has its code there; '' for none. */
  fileAt(address: number): string;
  /** May the program itself change the code there, perhaps just now? */
  isWritable(address: number): boolean;
}

/**
 * One read and one write for all sites of a page. Bytes that are no longer our trap (a JIT rewrote the code, a
 * library was unloaded, data were put in its place) are not ours to change.
 */
export function restoreTraps(where: SitesInMemory): void {
  const owner = new Ownership(where);
  exchangeBytes(where, (site, byte, behind) =>
    byte === where.trap && owner.isOurs(site, behind) ? site.originalByte : byte,
  );
}

/** The opposite: traps stand again wherever the code is the one that they were put into. */
export function setTraps(where: SitesInMemory): void {
  // Where the program has mapped its code anew, nothing else of ours is left.
  for (const site of where.sites) site.patch = undefined;
  exchangeBytes(where, (site, byte, behind) =>
    byte === site.originalByte && isSameCode(where, site, behind) ? where.trap : byte,
  );
}

/** Does this trap stand where we put it? */
class Ownership {
  private mappings: readonly Mapping[] | undefined;

  constructor(private readonly where: SitesInMemory) {}

  isOurs(site: BreakpointSite, behind: Uint8Array): boolean {
    const { trap } = this.where;
    const isSame = isSameCode(this.where, site, behind);
    // Memory that was filled with the trap's byte says nothing, and programs change the operands of their instructions.
    if (isSame && behind.some((byte) => byte !== trap)) return true;
    const mapping = this.mappingAt(site.address);
    if (mapping?.executable !== true) return false;
    const file = this.where.fileAt(site.address);
    return isSame || (file !== '' && file === mapping.file);
  }

  private mappingAt(address: number): Mapping | undefined {
    const { kernel, pid } = this.where;
    this.mappings ??= kernel.mappings(pid);
    return this.mappings.find(({ start, end }) => address >= start && address < end);
  }
}

function isSameCode(where: SitesInMemory, site: BreakpointSite, behind: Uint8Array): boolean {
  for (let i = 0; i < behind.length; i++) {
    const expected = byteBehind(site, i + 1);
    if (expected === undefined) return true;
    const byte = behind[i];
    if (byte === expected) continue;
    if (byte !== where.trap || where.originalByteAt(site.address + 1 + i) !== expected)
      return false;
  }
  return true;
}

/** @param behind the bytes that follow, as many as can be read up to {@link CONTEXT} */
type Exchange = (site: BreakpointSite, byte: number, behind: Uint8Array) => number;

function exchangeBytes(where: SitesInMemory, exchange: Exchange): void {
  const pages = new Map<number, BreakpointSite[]>();
  for (const site of where.sites) {
    const page = Math.floor(site.address / PAGE);
    const group = pages.get(page);
    if (group === undefined) pages.set(page, [site]);
    else group.push(site);
  }
  for (const group of pages.values()) exchangeInPage(where, group, exchange);
}

function exchangeInPage(
  where: SitesInMemory,
  sites: readonly BreakpointSite[],
  exchange: Exchange,
): void {
  const { kernel, pid } = where;
  const addresses = sites.map((site) => site.address);
  const first = toAddress(Math.min(...addresses));
  const length = Math.max(...addresses) - first + 1;
  const before = new Uint8Array(length + CONTEXT);
  const got = kernel.readMemory(pid, first, before);
  if (got < length) return;
  const after = before.slice(0, length);
  for (const site of sites) {
    const at = site.address - first;
    const behind = before.subarray(at + 1, Math.min(at + 1 + CONTEXT, got));
    after[at] = exchange(site, before[at] ?? 0, behind);
  }
  if (Buffer.from(after).equals(before.subarray(0, length))) return;
  try {
    const changed = addresses.filter((each) => after[each - first] !== before[each - first]);
    // What lies between is written as it was: not where somebody else may write, too.
    if (changed.some((each) => where.isWritable(each))) {
      for (const each of changed) {
        kernel.writeMemory(pid, each, after.subarray(each - first, each - first + 1));
      }
    } else kernel.writeMemory(pid, first, after);
  } catch {
    // Unmapped between the read and the write: there is nothing to change any more.
  }
}
