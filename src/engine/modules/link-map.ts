/** Walks the dynamic linker's lists of loaded objects, whatever the tracee wrote into them. */
import { toAddress, toLoadBias, type Address, type LoadBias } from '../../base/address.js';
import type { ProcessMemory } from '../memory/process-memory.js';

/** One struct link_map of <link.h>. */
export interface LinkMapEntry {
  readonly bias: LoadBias;
  readonly path: string;
  /** Address of the dynamic section. */
  readonly dynamic: Address;
}

export interface LinkMaps {
  readonly state: 'consistent' | 'changing';
  /** r_brk: where the linker calls when the lists change. */
  readonly brk: Address;
  readonly entries: readonly LinkMapEntry[];
}

/** Nobody loads more; a list that goes on is a loop or an attack. */
const MOST_ENTRIES = 20_000;
const MOST_NAMESPACES = 64;
/** PATH_MAX of <linux/limits.h>. */
const LONGEST_PATH = 4096;

/**
 * Offsets in struct r_debug and r_debug_extended of <link.h>, in words of the tracee:
 * r_version, r_map, r_brk, r_state, r_ldbase, r_next.
 */
export function readLinkMaps(
  memory: ProcessMemory,
  debug: Address,
  wordBytes: 4 | 8,
): LinkMaps | undefined {
  const field = (base: number, index: number): number | undefined =>
    memory.readWord(toAddress(base + index * wordBytes));
  const int = (base: number, index: number): number | undefined =>
    memory.readUint32(toAddress(base + index * wordBytes));
  const brk = field(debug, 2);
  if (brk === undefined || brk === 0) return undefined;
  const entries: LinkMapEntry[] = [];
  let changing = false;
  let namespace: number = debug;
  for (let i = 0; i < MOST_NAMESPACES && namespace !== 0; i++) {
    const version = int(namespace, 0) ?? 0;
    // RT_CONSISTENT is 0.
    if ((int(namespace, 3) ?? 0) !== 0) changing = true;
    readList(memory, field(namespace, 1) ?? 0, wordBytes, entries);
    namespace = version >= 2 ? (field(namespace, 5) ?? 0) : 0;
  }
  return { state: changing ? 'changing' : 'consistent', brk: toAddress(brk), entries };
}

function readList(
  memory: ProcessMemory,
  head: number,
  wordBytes: number,
  into: LinkMapEntry[],
): void {
  const seen = new Set<number>();
  let at = head;
  while (at !== 0 && !seen.has(at) && into.length < MOST_ENTRIES) {
    seen.add(at);
    // l_addr, l_name, l_ld, l_next
    const [bias, name, dynamic, next] = [0, 1, 2, 3].map((index) =>
      memory.readWord(toAddress(at + index * wordBytes)),
    );
    if (bias === undefined || dynamic === undefined) return;
    const path =
      name === undefined || name === 0 ? '' : memory.readText(toAddress(name), LONGEST_PATH);
    into.push({ bias: toLoadBias(bias), path, dynamic: toAddress(dynamic) });
    at = next ?? 0;
  }
}
