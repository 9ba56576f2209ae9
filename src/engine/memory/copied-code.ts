/**
 * A program that copies its own code while our traps stand in it has them in its copies, too. There they are taken out:
 * where one is run into, and wherever else one can be found when nobody will be there any more to see it.
 */
import { toAddress, type Address } from '../../base/address.js';
import type { ProcessId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Mapping } from '../../kernel/mapping.js';
import type { BreakpointSite } from './site.js';

/** Bytes behind the trap that are compared, and so many of them must be there and be no traps themselves. */
const BEHIND = 14;
const LEAST_ALIKE = 6;
/** By which sites are found: the bytes right behind. */
const KEY_BYTES = 4;
/** So much of a program's own executable memory is looked through. */
const MOST_BYTES = 16 << 20;

export interface CopyingMemory {
  readonly kernel: Kernel;
  readonly pid: ProcessId;
  readonly sites: Iterable<BreakpointSite>;
  readonly trap: number;
}

/** What stood where the trap at that address, which is none of our places, was copied from; undefined where none was. */
export function originalOfCopy(where: CopyingMemory, address: number): number | undefined {
  const bytes = new Uint8Array(1 + BEHIND);
  const got = where.kernel.readMemory(where.pid, toAddress(address), bytes);
  if (bytes[0] !== where.trap) return undefined;
  return originalOf(where.sites, bytes.subarray(1, Math.max(got, 1)), where.trap);
}

/** Takes traps out of copies of code in memory that belongs to no file. */
export function restoreCopies(where: CopyingMemory, mappings: readonly Mapping[]): void {
  const sites = byWhatIsBehind(where.sites);
  if (sites.size === 0) return;
  let left = MOST_BYTES;
  for (const { start, end } of mappings.filter(isOwnCode)) {
    if (end - start > left) continue;
    left -= end - start;
    const code = new Uint8Array(end - start);
    const got = where.kernel.readMemory(where.pid, toAddress(start), code);
    restoreIn(where, { start: toAddress(start), code: code.subarray(0, got) }, sites);
  }
}

function restoreIn(
  { kernel, pid, trap }: CopyingMemory,
  { start, code }: { readonly start: Address; readonly code: Uint8Array },
  sites: ReadonlyMap<string, readonly BreakpointSite[]>,
): void {
  for (let at = code.indexOf(trap); at !== -1; at = code.indexOf(trap, at + 1)) {
    const behind = code.subarray(at + 1, at + 1 + BEHIND);
    const alike = sites.get(keyOf(behind));
    const original = alike && originalOf(alike, behind, trap);
    if (original === undefined) continue;
    kernel.writeMemory(pid, toAddress(start + at), Uint8Array.of(original));
  }
}

/** Of all places with that code behind them; undefined where they differ, or there is none. */
function originalOf(
  sites: Iterable<BreakpointSite>,
  behind: Uint8Array,
  trap: number,
): number | undefined {
  let original: number | undefined;
  for (const site of sites) {
    if (!isCopyOf(site, behind, trap)) continue;
    if (original !== undefined && original !== site.originalByte) return undefined;
    original = site.originalByte;
  }
  return original;
}

/** Other traps may have been copied with it. */
function isCopyOf({ code }: BreakpointSite, behind: Uint8Array, trap: number): boolean {
  let alike = 0;
  for (let i = 0; i < behind.length && i + 1 < code.length; i++) {
    if (behind[i] === code[i + 1]) alike++;
    else if (behind[i] !== trap) return false;
  }
  return alike >= LEAST_ALIKE;
}

function byWhatIsBehind(sites: Iterable<BreakpointSite>): Map<string, BreakpointSite[]> {
  const found = new Map<string, BreakpointSite[]>();
  for (const site of sites) {
    const key = keyOf(site.code.subarray(1));
    const group = found.get(key);
    if (group === undefined) found.set(key, [site]);
    else group.push(site);
  }
  return found;
}

const keyOf = (behind: Uint8Array): string => behind.subarray(0, KEY_BYTES).join();

function isOwnCode({ executable, file, path }: Mapping): boolean {
  if (!executable || path === '[vdso]' || path === '[vsyscall]') return false;
  return file === '' || path.startsWith('/memfd:');
}
