/** Debugging information entries: what they say, what they refer to, and the tree they form. */
import type { Abbreviation } from './abbreviations.js';
import type { Attributes } from './attributes.js';
import { readAttributes } from './attributes.js';
import type { Cursor } from './cursor.js';
import type { AttributeValue } from './forms.js';
import { skipValues } from './skip-plan.js';
import { DwarfError } from './sections.js';
import type { Unit } from './unit.js';

export class Entry {
  readonly tag: number;
  readonly hasChildren: boolean;

  constructor(
    readonly unit: Unit,
    /** In the section of the unit. */
    readonly offset: number,
    abbreviation: Abbreviation,
    private readonly contents: { readonly attributes: Attributes; readonly after: number },
  ) {
    this.tag = abbreviation.tag;
    this.hasChildren = abbreviation.hasChildren;
  }

  get attributes(): Attributes {
    return this.contents.attributes;
  }

  /** Offset of the first child, or of what follows an entry without children. */
  get after(): number {
    return this.contents.after;
  }

  /** Same for the same entry of the same file. */
  isSame(other: Entry): boolean {
    return this.offset === other.offset && this.unit.bytes === other.unit.bytes;
  }

  has(attribute: number): boolean {
    return this.attributes.has(attribute);
  }

  text(attribute: number): string | undefined {
    return this.unit.textOf(this.attributes.get(attribute));
  }

  address(attribute: number): number | undefined {
    return this.unit.addressOf(this.attributes.get(attribute));
  }

  /** An integer constant that a number holds exactly. */
  number(attribute: number): number | undefined {
    const value = this.constant(attribute);
    return typeof value === 'number' ? value : undefined;
  }

  constant(attribute: number): number | bigint | undefined {
    const value = this.attributes.get(attribute);
    return value?.kind === 'constant' ? value.value : undefined;
  }

  flag(attribute: number): boolean {
    const value = this.attributes.get(attribute);
    return value?.kind === 'flag' && value.value;
  }

  /**
   * The entry that an attribute names; undefined where the attribute is missing.
   * @throws DwarfError when it is in a file or unit that is not there
   */
  reference(attribute: number): Entry | undefined {
    const value = this.attributes.get(attribute);
    return value === undefined ? undefined : referredEntry(this.unit, value);
  }
}

function referredEntry(unit: Unit, value: AttributeValue): Entry | undefined {
  if (value.kind === 'signature') {
    const home = unit.owner.typeUnit(value.value);
    if (home === undefined) throw new DwarfError('no type unit of that signature');
    return readEntry(home, home.header.offset + home.header.typeOffset);
  }
  if (value.kind !== 'reference') return undefined;
  if (value.where === 'unit') return readEntry(unit, unit.header.offset + value.offset);
  const owner = value.where === 'file' ? unit.owner : unit.owner.alternate();
  if (owner === undefined) throw new DwarfError('the file that is shared with others is not there');
  return readEntry(owner.unitContaining(value.offset), value.offset);
}

/** The entry at an offset of the unit's section; throws DwarfError when there is none. */
export function readEntry(unit: Unit, offset: number): Entry {
  const cursor = unit.cursorAt(offset);
  const code = cursor.uleb();
  if (code === 0) throw new DwarfError(`no entry at ${offset}`);
  const abbreviation = unit.abbreviations.get(code);
  const attributes = readAttributes(cursor, abbreviation, unit.header);
  return new Entry(unit, offset, abbreviation, { attributes, after: cursor.position });
}

/** What a visitor wants next: the children too, no children of this entry, or nothing more. */
export type Visit = 'into' | 'over' | 'stop';

/**
 * Calls `visit` for the entries of a tree without reading their values: `from` is the offset of the first
 * of several siblings, and the walk ends behind the last. `depth` is 0 for the siblings themselves.
 */
export function skimEntries(
  unit: Unit,
  from: number,
  visit: (offset: number, abbreviation: Abbreviation, depth: number) => Visit,
): void {
  if (from >= unit.header.end) return;
  const cursor = unit.cursorAt(from);
  const { abbreviations, header } = unit;
  let depth = 0;
  // Entries below this depth are not shown to the visitor.
  let shown = Infinity;
  while (!cursor.atEnd) {
    const offset = cursor.position;
    const code = cursor.uleb();
    if (code === 0) {
      if (depth-- === 0) return;
      if (depth < shown) shown = Infinity;
      continue;
    }
    const abbreviation = abbreviations.get(code);
    const wish = depth < shown ? visit(offset, abbreviation, depth) : 'into';
    if (wish === 'stop') return;
    if (wish === 'over' && abbreviation.hasChildren) {
      if (skipBySibling(cursor, abbreviation, unit)) continue;
      shown = depth + 1;
    } else {
      skipValues(cursor, abbreviation.skip, header);
    }
    if (abbreviation.hasChildren) depth++;
  }
}

/** True when the cursor now stands at the next sibling; else it stands behind the attributes. */
function skipBySibling(cursor: Cursor, abbreviation: Abbreviation, unit: Unit): boolean {
  const { skip, skipToSibling } = abbreviation;
  if (skipToSibling === undefined) {
    skipValues(cursor, skip, unit.header);
    return false;
  }
  const from = cursor.position;
  skipValues(cursor, skipToSibling, unit.header);
  const target = unit.header.offset + cursor.u32();
  if (target > cursor.position && target <= unit.header.end) {
    cursor.position = target;
    return true;
  }
  cursor.position = from;
  skipValues(cursor, skip, unit.header);
  return false;
}

/** The direct children, in order. */
export function childrenOf(entry: Entry, wanted?: (tag: number) => boolean): Entry[] {
  if (!entry.hasChildren) return [];
  const children: Entry[] = [];
  skimEntries(entry.unit, entry.after, (offset, abbreviation) => {
    if (wanted?.(abbreviation.tag) !== false) children.push(readEntry(entry.unit, offset));
    return children.length < MOST_CHILDREN ? 'over' : 'stop';
  });
  return children;
}

/** More parameters, members or enumerators than this are not shown by anything. */
const MOST_CHILDREN = 65536;
