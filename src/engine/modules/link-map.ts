/** Walks the dynamic linker's lists of loaded objects, whatever the tracee wrote into them. */
import {
  toAddress,
  toLoadBias,
  wordAsNumber,
  type Address,
  type LoadBias,
} from '../../base/address.js';
import type { ProcessMemory } from '../memory/process-memory.js';

/** One struct link_map of <link.h>. */
export interface LinkMapEntry {
  readonly bias: LoadBias;
  readonly path: string;
  /** Address of the dynamic section. */
  readonly dynamic: Address;
}

export interface LinkMapChanges {
  /** 'changing': the lists are not read, since their members come and go. */
  readonly state: 'consistent' | 'changing';
  /** r_brk: where the linker calls when the lists change. */
  readonly brk: Address;
  readonly added: readonly LinkMapEntry[];
  readonly removed: readonly LinkMapEntry[];
}

/** Nobody loads more; a list that goes on is a loop or an attack. */
const MOST_ENTRIES = 100_000;
const MOST_NAMESPACES = 64;
/** PATH_MAX of <linux/limits.h>. */
const LONGEST_PATH = 4096;
/** l_addr, l_name, l_ld, l_next */
const NODE_WORDS = 4;
/** Nodes that are read by one system call. */
const TOGETHER = 128;
/** r_state of <link.h>. */
const RT_CONSISTENT = 0;
const RT_ADD = 1;

/** A struct link_map as it was read. */
interface Node {
  readonly at: number;
  /** l_name */
  readonly name: number;
  readonly entry: LinkMapEntry;
}

/** The first words of a struct link_map. */
interface NodeWords {
  readonly bias: number;
  readonly name: number;
  readonly dynamic: number;
  readonly next: number;
}

/** The list of one namespace as it was read last. */
interface KnownList {
  nodes: Node[];
  addresses: Set<number>;
  /** What the linker said of it since: that it adds to it, or anything else. */
  since: 'nothing' | 'additions' | 'anything';
  /** Nodes that there were when all of them were looked at last. */
  verified: number;
}

/**
 * The lists of one process. What it loads one after the other is read once: a program with thousands of plugins must
 * not cost the square of that.
 */
export class LinkMaps {
  private lists = new Map<number, KnownList>();

  constructor(private readonly wordBytes: 4 | 8) {}

  /** For a forked child. */
  copy(): LinkMaps {
    const copy = new LinkMaps(this.wordBytes);
    for (const [at, { nodes, addresses, since, verified }] of this.lists) {
      copy.lists.set(at, {
        nodes: [...nodes],
        addresses: new Set(addresses),
        since,
        verified,
      });
    }
    return copy;
  }

  /**
   * What has changed since the last call; undefined when there is nothing to read.
   *
   * Offsets in struct r_debug and r_debug_extended of <link.h>, in words of the tracee: r_version, r_map, r_brk,
   * r_state, r_ldbase, r_next.
   */
  read(memory: ProcessMemory, debug: Address): LinkMapChanges | undefined {
    const field = (base: number, index: number): Address =>
      toAddress(base + index * this.wordBytes);
    const brk = memory.readWord(field(debug, 2));
    if (brk === undefined || brk === 0) return undefined;
    const added: LinkMapEntry[] = [];
    const removed: LinkMapEntry[] = [];
    let state: LinkMapChanges['state'] = 'consistent';
    let namespace: number = debug;
    for (let i = 0; i < MOST_NAMESPACES && namespace !== 0; i++) {
      const version = memory.readUint32(field(namespace, 0)) ?? 0;
      const said = memory.readUint32(field(namespace, 3)) ?? RT_CONSISTENT;
      const list = this.listAt(namespace);
      if (said === RT_CONSISTENT) {
        this.update(memory, list, {
          head: memory.readWord(field(namespace, 1)) ?? 0,
          added,
          removed,
        });
      } else {
        state = 'changing';
        list.since = said === RT_ADD && list.since !== 'anything' ? 'additions' : 'anything';
      }
      namespace = version >= 2 ? (memory.readWord(field(namespace, 5)) ?? 0) : 0;
    }
    return { state, brk: toAddress(brk), added, removed };
  }

  private listAt(namespace: number): KnownList {
    let list = this.lists.get(namespace);
    if (list === undefined) {
      list = { nodes: [], addresses: new Set(), since: 'anything', verified: 0 };
      this.lists.set(namespace, list);
    }
    return list;
  }

  private update(
    memory: ProcessMemory,
    list: KnownList,
    {
      head,
      added,
      removed,
    }: { readonly head: number; readonly added: LinkMapEntry[]; readonly removed: LinkMapEntry[] },
  ): void {
    // New ones stand last. Now and then all are looked at, should somebody do it otherwise.
    const isDue = list.nodes.length >= 2 * list.verified;
    const fresh = list.since === 'additions' && !isDue ? this.behindLast(memory, list) : undefined;
    list.since = 'nothing';
    if (fresh !== undefined) {
      for (const node of fresh) {
        list.nodes.push(node);
        list.addresses.add(node.at);
        added.push(node.entry);
      }
      return;
    }
    const known = new Map(list.nodes.map((node) => [node.at, node]));
    const nodes = memory.readByPage(() => this.walk(memory, head, known));
    const kept = new Set(nodes);
    for (const node of list.nodes) if (!kept.has(node)) removed.push(node.entry);
    for (const node of nodes) if (known.get(node.at) !== node) added.push(node.entry);
    list.nodes = nodes;
    list.addresses = new Set(nodes.map(({ at }) => at));
    list.verified = nodes.length;
  }

  /** undefined where the last one is not the one that it was. */
  private behindLast(memory: ProcessMemory, list: KnownList): Node[] | undefined {
    const last = list.nodes.at(-1);
    const words = last && this.readNode(memory, last.at);
    if (last === undefined || words === undefined || !isSame(last, words)) return undefined;
    const fresh: Node[] = [];
    const seen = new Set<number>();
    let at = words.next;
    while (at !== 0 && !seen.has(at) && list.nodes.length + fresh.length < MOST_ENTRIES) {
      if (list.addresses.has(at)) return undefined;
      seen.add(at);
      const next = this.readNode(memory, at);
      if (next === undefined) break;
      fresh.push(nodeOf(memory, at, next));
      at = next.next;
    }
    return fresh;
  }

  /** All of the list; nodes that are known stay the same objects. */
  private walk(memory: ProcessMemory, head: number, known: ReadonlyMap<number, Node>): Node[] {
    const ahead = this.readAhead(memory, [...known.keys()]);
    const nodes: Node[] = [];
    const seen = new Set<number>();
    let at = head;
    while (at !== 0 && !seen.has(at) && nodes.length < MOST_ENTRIES) {
      seen.add(at);
      const words = ahead.get(at) ?? this.readNode(memory, at);
      if (words === undefined) break;
      const before = known.get(at);
      const isKnown = before !== undefined && isSame(before, words);
      nodes.push(isKnown ? before : nodeOf(memory, at, words));
      at = words.next;
    }
    return nodes;
  }

  private readAhead(
    memory: ProcessMemory,
    addresses: readonly number[],
  ): ReadonlyMap<number, NodeWords> {
    const found = new Map<number, NodeWords>();
    const bytes = NODE_WORDS * this.wordBytes;
    for (let start = 0; start < addresses.length; start += TOGETHER) {
      const some = addresses.slice(start, start + TOGETHER);
      const into = new Uint8Array(some.length * bytes);
      const blocks = some.map((at) => ({ address: toAddress(at), bytes }));
      const got = memory.readBlocks(blocks, into);
      some.slice(0, Math.floor(got / bytes)).forEach((at, index) => {
        found.set(at, this.wordsIn(into.subarray(index * bytes, (index + 1) * bytes)));
      });
    }
    return found;
  }

  private readNode(memory: ProcessMemory, at: number): NodeWords | undefined {
    const bytes = new Uint8Array(NODE_WORDS * this.wordBytes);
    return memory.read(toAddress(at), bytes) === bytes.length ? this.wordsIn(bytes) : undefined;
  }

  private wordsIn(bytes: Uint8Array): NodeWords {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const word = (index: number): number =>
      this.wordBytes === 8 ? wordAsNumber(view, index * 8) : view.getUint32(index * 4, true);
    return { bias: word(0), name: word(1), dynamic: word(2), next: word(3) };
  }
}

function isSame({ name, entry }: Node, words: NodeWords): boolean {
  return name === words.name && entry.bias === words.bias && entry.dynamic === words.dynamic;
}

function nodeOf(memory: ProcessMemory, at: number, { bias, name, dynamic }: NodeWords): Node {
  const path = name === 0 ? '' : memory.readText(toAddress(name), LONGEST_PATH);
  return { at, name, entry: { bias: toLoadBias(bias), path, dynamic: toAddress(dynamic) } };
}
