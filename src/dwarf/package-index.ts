/** Indexes of package files (.dwp): which parts of the merged sections belong to which unit (DWARF 5, 7.3.5). */
import { Cursor } from './cursor.js';
import type { DebugSections } from './sections.js';
import { DwarfError, ifLegible } from './sections.js';
import type { Contributions, InfoSection } from './unit.js';

/** By offset of the unit in its section. */
export type PackageIndex = ReadonlyMap<number, Contributions>;

/** DW_SECT_*: what the columns hold; DWARF 5, table 7.1, and the GNU table for version 2. */
const SECT = { info: 1, types: 2, abbrev: 3, strOffsets: 6, rnglists: 8 } as const;

/** Columns are eight kinds of sections; units are bounded by the bytes of the index. */
const MOST_COLUMNS = 16;

/** Empty for a file that is no package. */
export function packageIndex(sections: DebugSections, of: InfoSection): PackageIndex {
  const index = new Map<number, Contributions>();
  for (const name of ['.debug_cu_index', '.debug_tu_index']) {
    const bytes = sections.sectionBytes(name);
    if (bytes !== undefined) ifLegible(() => readIndex(new Cursor(bytes), of, index));
  }
  return index;
}

function readIndex(cursor: Cursor, of: InfoSection, into: Map<number, Contributions>): void {
  // Version 2 has 32 bits for it, version 5 has 16 and padding.
  const version = cursor.u32() & 0xffff;
  if (version !== 2 && version !== 5) throw new DwarfError(`package index ${version}`);
  const columnCount = cursor.u32();
  const unitCount = cursor.u32();
  const slotCount = cursor.u32();
  if (columnCount > MOST_COLUMNS) throw new DwarfError('too many columns');
  cursor.skip(slotCount * 12); // signatures and rows: units are found by their own headers
  const columns: number[] = [];
  for (let column = 0; column < columnCount; column++) columns.push(cursor.u32());
  for (let unit = 0; unit < unitCount; unit++) {
    const row = new Map<number, number>();
    for (const column of columns) row.set(column, cursor.u32());
    const offset = row.get(of === '.debug_info' ? SECT.info : SECT.types);
    if (offset === undefined) continue;
    into.set(offset, {
      abbreviations: row.get(SECT.abbrev) ?? 0,
      stringOffsets: row.get(SECT.strOffsets) ?? 0,
      rangeLists: version >= 5 ? (row.get(SECT.rnglists) ?? 0) : 0,
    });
  }
}
