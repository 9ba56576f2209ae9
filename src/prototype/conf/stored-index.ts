/**
 * An index of a prototype file that was made when this package was built: a hash table in a file of its own. With
 * it a function's prototype is found without reading through thousands of others at each start.
 *
 * 32-bit little-endian words: MAGIC, bytes of the text, count of slots, then the slots, four words each: hash of
 * kind and name, start and end of the item in bytes, its line. An empty slot has line 0. A hash is looked for from
 * its slot on to the first empty one, so that items of one name come in the order of the file.
 */
import { ScannedItems } from './item-index.js';
import type { ItemIndex } from './item-index.js';
import { headingOf, splitItems } from './source-item.js';
import type { ItemHeading, ItemKind, SourceItem } from './source-item.js';

/** What follows the name of the file that an index belongs to. */
export const INDEX_SUFFIX = '.index';

/** "tsi1" */
const MAGIC = 0x31697374;
const HEADER_BYTES = 12;
const SLOT_BYTES = 16;
/** A third of the slots is empty, so that a name that is not there is soon known not to be. */
const SLOTS_PER_ITEM = 1.5;

/**
 * @param bytes the file, UTF-8
 * @throws Error for a file in which an item has no name: our own have none
 */
export function makeStoredIndex(bytes: Buffer): Buffer {
  // One character for each byte: offsets are those of the file.
  const items = splitItems(bytes.toString('latin1'));
  const slots = Math.ceil(items.length * SLOTS_PER_ITEM) + 1;
  const index = Buffer.alloc(HEADER_BYTES + slots * SLOT_BYTES);
  index.writeUInt32LE(MAGIC, 0);
  index.writeUInt32LE(bytes.length, 4);
  index.writeUInt32LE(slots, 8);
  for (const item of items) {
    const heading = headingOf(item);
    if (heading.name === undefined) throw new Error(`line ${item.line} declares nothing`);
    const hash = hashOf(heading.kind, keyOf(heading));
    let slot = hash % slots;
    while (index.readUInt32LE(HEADER_BYTES + slot * SLOT_BYTES + 12) !== 0)
      slot = (slot + 1) % slots;
    [hash, item.start, item.end, item.line].forEach((word, at) =>
      index.writeUInt32LE(word, HEADER_BYTES + slot * SLOT_BYTES + 4 * at),
    );
  }
  return index;
}

/**
 * @param bytes the file
 * @param index made by makeStoredIndex
 * @returns undefined when the index is none, or belongs to another text
 */
export function openStoredIndex(bytes: Buffer, index: Buffer): ItemIndex | undefined {
  if (index.length < HEADER_BYTES || index.readUInt32LE(0) !== MAGIC) return undefined;
  const slots = index.readUInt32LE(8);
  const fits = index.readUInt32LE(4) === bytes.length;
  return fits && slots > 0 && index.length === HEADER_BYTES + slots * SLOT_BYTES
    ? new StoredItems(bytes, index, slots)
    : undefined;
}

class StoredItems implements ItemIndex {
  private readonly view: DataView;
  private scanned: ScannedItems | undefined;

  constructor(
    private readonly bytes: Buffer,
    index: Buffer,
    private readonly slots: number,
  ) {
    this.view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  }

  get imports(): readonly string[] {
    return this.find('import', '').map((item) => headingOf(item).name ?? '');
  }

  prototypeOf(name: string): SourceItem | undefined {
    return this.find('prototype', name).at(-1);
  }

  variantsOf(name: string): readonly SourceItem[] {
    return this.find('variant', name);
  }

  typedefsOf(name: string): readonly SourceItem[] {
    return this.find('typedef', name);
  }

  scan(): ScannedItems {
    return (this.scanned ??= new ScannedItems(this.bytes.toString('utf8')));
  }

  private find(kind: ItemKind, key: string): SourceItem[] {
    const found: SourceItem[] = [];
    const { view } = this;
    const hash = hashOf(kind, key);
    for (let tried = 0, slot = hash % this.slots; tried < this.slots; tried++) {
      const at = HEADER_BYTES + slot * SLOT_BYTES;
      if (view.getUint32(at + 12, true) === 0) break;
      if (view.getUint32(at, true) === hash) {
        const item = this.itemAt(at);
        const heading = headingOf(item);
        if (heading.kind === kind && keyOf(heading) === key) found.push(item);
      }
      slot = (slot + 1) % this.slots;
    }
    return found;
  }

  private itemAt(at: number): SourceItem {
    const { view } = this;
    const start = view.getUint32(at + 4, true);
    const text = this.bytes.toString('utf8', start, view.getUint32(at + 8, true));
    return { text, start: 0, end: text.length, line: view.getUint32(at + 12, true) };
  }
}

/** Imports are never looked for by name, but all at once. */
function keyOf({ kind, name }: ItemHeading): string {
  return kind === 'import' ? '' : (name ?? '');
}

/** FNV-1a of 32 bits. */
function hashOf(kind: ItemKind, key: string): number {
  let hash = 0x811c9dc5 ^ kind.charCodeAt(0);
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
