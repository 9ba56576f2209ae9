/** Puts original bytes back, or traps, many at a time. */
import { toAddress } from '../../base/address.js';
import type { ProcessId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { BreakpointSite } from './site.js';

const PAGE = 4096;

/**
 * One read and one write for all sites of a page. Bytes that are no longer our trap (a JIT rewrote the code, a
 * library was unloaded) are not ours to change.
 */
export function restoreTraps(
  kernel: Kernel,
  pid: ProcessId,
  sites: Iterable<BreakpointSite>,
  trap: number,
): void {
  exchangeBytes(kernel, pid, sites, (site, byte) => (byte === trap ? site.originalByte : byte));
}

/** The opposite: traps stand again wherever the byte is the one that they replaced. */
export function setTraps(
  kernel: Kernel,
  pid: ProcessId,
  sites: Iterable<BreakpointSite>,
  trap: number,
): void {
  exchangeBytes(kernel, pid, sites, (site, byte) => (byte === site.originalByte ? trap : byte));
}

type Exchange = (site: BreakpointSite, byte: number) => number;

function exchangeBytes(
  kernel: Kernel,
  pid: ProcessId,
  sites: Iterable<BreakpointSite>,
  exchange: Exchange,
): void {
  const pages = new Map<number, BreakpointSite[]>();
  for (const site of sites) {
    const page = Math.floor(site.address / PAGE);
    const group = pages.get(page);
    if (group === undefined) pages.set(page, [site]);
    else group.push(site);
  }
  for (const group of pages.values()) exchangeInPage(kernel, pid, group, exchange);
}

function exchangeInPage(
  kernel: Kernel,
  pid: ProcessId,
  sites: readonly BreakpointSite[],
  exchange: Exchange,
): void {
  const addresses = sites.map((site) => site.address);
  const first = toAddress(Math.min(...addresses));
  const bytes = new Uint8Array(Math.max(...addresses) - first + 1);
  if (kernel.readMemory(pid, first, bytes) !== bytes.length) return;
  for (const site of sites) {
    const at = site.address - first;
    bytes[at] = exchange(site, bytes[at] ?? 0);
  }
  try {
    kernel.writeMemory(pid, first, bytes);
  } catch {
    // Unmapped between the read and the write: there is nothing to change any more.
  }
}
