/** Finds traps that are not there any more: code is mapped anew over the code that they were put into. */
import type { ProcessId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import { byteBehind, type BreakpointSite } from './site.js';

const PAGE = 4096;
/** Places that are read by one system call. */
const TOGETHER = 128;

/** What is compared: the trap, and some of the code behind it. */
const LOOKED_AT = 4;

/** The sites of one memory. */
export interface TrapsInMemory<Site extends BreakpointSite = BreakpointSite> {
  readonly kernel: Kernel;
  readonly pid: ProcessId;
  readonly sites: readonly Site[];
  /** The trap's only byte. */
  readonly trap: number;
  /** What the program has at an address where a trap of ours stands; undefined elsewhere. */
  originalByteAt(address: number): number | undefined;
}

/**
 * Where there is no trap, or other code behind it than it was put into. Memory is mapped by the page, so one of each is
 * looked at, and all where that one has gone.
 */
export function vanishedTraps<Site extends BreakpointSite>(
  where: TrapsInMemory<Site>,
): readonly Site[] {
  const pages = new Map<number, Site[]>();
  for (const site of where.sites) {
    const page = Math.floor(site.address / PAGE);
    const group = pages.get(page);
    if (group === undefined) pages.set(page, [site]);
    else group.push(site);
  }
  const samples = [...pages.values()].flatMap(([site]) => (site === undefined ? [] : [site]));
  const gone = new Set(unlikeThemselves(where, samples).map(pageOf));
  if (gone.size === 0) return [];
  return unlikeThemselves(
    where,
    [...gone].flatMap((page) => pages.get(page) ?? []),
  );
}

/**
 * Have our own pages gone as well, with the copies of what the traps replaced? Then execve has changed the memory for
 * another, which is told of a little later.
 */
export function haveCopiesGone(
  { kernel, pid }: Pick<TrapsInMemory, 'kernel' | 'pid'>,
  sites: readonly BreakpointSite[],
): boolean {
  const copies = sites.flatMap(({ copy }) => (copy === undefined ? [] : [copy]));
  // Those that share slots have none of their own.
  const places = copies.length > 0 ? copies : sites.map(({ address }) => address);
  return places.every((place) => kernel.readMemory(pid, place, new Uint8Array(1)) === 0);
}

const pageOf = ({ address }: BreakpointSite): number => Math.floor(address / PAGE);

function unlikeThemselves<Site extends BreakpointSite>(
  where: TrapsInMemory,
  sites: readonly Site[],
): readonly Site[] {
  const found: Site[] = [];
  for (let start = 0; start < sites.length; start += TOGETHER) {
    const some = sites.slice(start, start + TOGETHER);
    const lengths = some.map(({ address }) => Math.min(LOOKED_AT, PAGE - (address % PAGE)));
    const bytes = readAll(where, some, lengths);
    some.forEach((site, index) => {
      if (!isItself(where, site, bytes[index])) found.push(site);
    });
  }
  return found;
}

/** undefined where nothing can be read. */
function readAll(
  { kernel, pid }: TrapsInMemory,
  sites: readonly BreakpointSite[],
  lengths: readonly number[],
): (Uint8Array | undefined)[] {
  const blocks = sites.map(({ address }, index) => ({ address, bytes: lengths[index] ?? 0 }));
  const into = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const got = kernel.readBlocks(pid, blocks, into);
  let at = 0;
  return blocks.map(({ address, bytes }) => {
    const start = at;
    at += bytes;
    if (at <= got) return into.subarray(start, at);
    // Behind a place that cannot be read there may be others; or each can be read by itself only.
    const alone = new Uint8Array(bytes);
    return kernel.readMemory(pid, address, alone) === bytes ? alone : undefined;
  });
}

function isItself(where: TrapsInMemory, site: BreakpointSite, bytes?: Uint8Array): boolean {
  const head = site.patch?.isLive === true ? site.patch.bytes[0] : where.trap;
  if (bytes === undefined || bytes[0] !== head) return false;
  for (let i = 1; i < bytes.length; i++) {
    const expected = byteBehind(site, i);
    if (expected === undefined || bytes[i] === expected) continue;
    if (bytes[i] !== where.trap || where.originalByteAt(site.address + i) !== expected)
      return false;
  }
  return true;
}
