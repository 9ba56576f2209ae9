/** Functions of a file by name: for what is called by name only, such as library functions that a program declares. */
import type { Abbreviation } from './abbreviations.js';
import { AT, TAG, UNIT_TYPE } from './constants.js';
import type { Entry } from './entry.js';
import { readEntry, skimEntries } from './entry.js';
import { ifLegible } from './sections.js';
import type { Unit } from './unit.js';

/** Chromium has two million. */
const MOST_NAMES = 4194304;

export class NameIndex {
  private readonly byName = new Map<string, { readonly unit: Unit; readonly offset: number }>();

  /** Skims all units: about 50 ns an entry. */
  constructor(units: readonly Unit[]) {
    for (const unit of units) {
      const { type } = unit.header;
      if (type === UNIT_TYPE.type || type === UNIT_TYPE.splitType) continue;
      ifLegible(() => this.addFunctions(unit));
    }
  }

  /** DW_TAG_subprogram, the definition where there is one. */
  find(name: string): Entry | undefined {
    const place = this.byName.get(name);
    return place === undefined ? undefined : readEntry(place.unit, place.offset);
  }

  private addFunctions(unit: Unit): void {
    skimEntries(unit, unit.header.firstEntry, (offset, abbreviation, depth) => {
      if (depth === 0 || SCOPES.has(abbreviation.tag)) return 'into';
      if (abbreviation.tag === TAG.subprogram && isPublic(abbreviation)) {
        this.add(readEntry(unit, offset), depth);
      }
      return this.byName.size < MOST_NAMES ? 'over' : 'stop';
    });
  }

  private add(entry: Entry, depth: number): void {
    if (!entry.flag(AT.external)) return;
    const linkageName = entry.text(AT.linkageName) ?? entry.text(AT.mipsLinkageName);
    if (linkageName !== undefined) this.keep(linkageName, entry);
    // In C a linkage name is an alias (`asm("...")`); where it is mangled the other name is no symbol.
    if (depth === 1 && !MANGLED.test(linkageName ?? '')) this.keep(entry.text(AT.name), entry);
  }

  private keep(name: string | undefined, entry: Entry): void {
    if (name === undefined) return;
    if (!this.byName.has(name) || !entry.flag(AT.declaration)) {
      this.byName.set(name, { unit: entry.unit, offset: entry.offset });
    }
  }
}

/** C++ and Rust. */
const MANGLED = /^_[ZR]/;

/** What functions are declared in, beside units. */
const SCOPES: ReadonlySet<number> = new Set([
  TAG.namespace,
  TAG.structureType,
  TAG.classType,
  TAG.unionType,
  TAG.interfaceType,
]);

/** Names of static functions and of methods mean nothing to a linker. */
function isPublic({ names }: Abbreviation): boolean {
  if (!names.includes(AT.external)) return false;
  return (
    names.includes(AT.name) || names.includes(AT.linkageName) || names.includes(AT.mipsLinkageName)
  );
}
