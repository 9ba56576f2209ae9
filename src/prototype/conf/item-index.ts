/** Finds the items of a prototype file by the names that they declare. */
import { headingOf, splitItems } from './source-item.js';
import type { SourceItem } from './source-item.js';

export interface ItemIndex {
  /** Names passed to `import`, in order. */
  readonly imports: readonly string[];
  /** The one that counts: the last. */
  prototypeOf(name: string): SourceItem | undefined;
  variantsOf(name: string): readonly SourceItem[];
  typedefsOf(name: string): readonly SourceItem[];
  /** Every item: for who looks for mistakes, or lists what there is. */
  scan(): ScannedItems;
}

/** Made by reading the whole text once. */
export class ScannedItems implements ItemIndex {
  readonly imports: string[] = [];
  readonly prototypes = new Map<string, SourceItem>();
  readonly variants = new Map<string, SourceItem[]>();
  readonly typedefs = new Map<string, SourceItem[]>();
  /** Without a name, or replaced by a later prototype: mistakes in them are told all the same. */
  readonly useless: SourceItem[] = [];

  constructor(text: string) {
    for (const item of splitItems(text)) this.add(item);
  }

  prototypeOf(name: string): SourceItem | undefined {
    return this.prototypes.get(name);
  }

  variantsOf(name: string): readonly SourceItem[] {
    return this.variants.get(name) ?? [];
  }

  typedefsOf(name: string): readonly SourceItem[] {
    return this.typedefs.get(name) ?? [];
  }

  scan(): this {
    return this;
  }

  private add(item: SourceItem): void {
    const { kind, name } = headingOf(item);
    if (name === undefined) this.useless.push(item);
    else if (kind === 'prototype') this.addPrototype(name, item);
    else if (kind === 'import') this.imports.push(name);
    else append(kind === 'typedef' ? this.typedefs : this.variants, name, item);
  }

  private addPrototype(name: string, item: SourceItem): void {
    const previous = this.prototypes.get(name);
    if (previous !== undefined) this.useless.push(previous);
    this.prototypes.set(name, item);
  }
}

function append<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
