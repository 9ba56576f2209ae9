/** The code that an entry covers: low/high pc, .debug_ranges and .debug_rnglists (DWARF 5, 2.17). */
import type { Attributes } from './attributes.js';
import { AT } from './constants.js';
import { Cursor } from './cursor.js';
import { DwarfError } from './sections.js';
import type { Unit } from './unit.js';
import { sectionOffset } from './unit.js';

/** Image addresses, `to` exclusive. */
export interface CodeRange {
  readonly from: number;
  readonly to: number;
}

/** A function split into more pieces than this is not a compiler's work. */
const MOST_RANGES = 65536;

/** Empty for an entry without code, and for code that the linker dropped. */
export function rangesOf(unit: Unit, attributes: Attributes): CodeRange[] {
  const ranges = attributes.get(AT.ranges);
  if (ranges !== undefined) {
    if (ranges.kind === 'list-index') return rangeList5(unit, indexedList(unit, ranges.index));
    const offset = sectionOffset(ranges);
    if (offset === undefined) return [];
    return unit.header.version >= 5
      ? rangeList5(unit, offset + (unit.contributions?.rangeLists ?? 0))
      : rangeList4(unit, offset);
  }
  const from = unit.addressOf(attributes.get(AT.lowPc));
  if (from === undefined) return [];
  const high = attributes.get(AT.highPc);
  // A constant is a length (DWARF 4 on), an address is an address.
  const to = high?.kind === 'constant' ? from + Number(high.value) : unit.addressOf(high);
  return kept([{ from, to: to ?? from + 1 }]);
}

/** Dropped functions stay behind at 0, at 1 (old linkers in .debug_ranges) or near 2^64 (lld). */
function kept(ranges: CodeRange[]): CodeRange[] {
  return ranges.filter(
    ({ from, to }) =>
      from > 1 && to > from && Number.isSafeInteger(from) && Number.isSafeInteger(to),
  );
}

/** .debug_ranges: pairs that count from the unit's low pc, until a pair of zeros. */
function rangeList4(unit: Unit, offset: number): CodeRange[] {
  // Split files of DWARF 4 keep their lists in the main file, from DW_AT_GNU_ranges_base on.
  const home = unit.skeleton ?? unit;
  const shift =
    unit.skeleton === undefined ? 0 : (sectionOffset(home.root.get(AT.gnuRangesBase)) ?? 0);
  const section = home.owner.sectionBytes('.debug_ranges');
  if (section === undefined) throw new DwarfError('no .debug_ranges');
  const cursor = new Cursor(section, offset + shift);
  const { addressBytes } = unit.header;
  const largest = addressBytes === 4 ? 0xffffffff : 2 ** 64;
  const found: CodeRange[] = [];
  let base = unit.lowPc();
  while (found.length < MOST_RANGES) {
    const from = cursor.unsigned(addressBytes);
    const to = cursor.unsigned(addressBytes);
    if (from === 0 && to === 0) break;
    if (from === largest) base = to;
    else found.push({ from: base + from, to: base + to });
  }
  return kept(found);
}

/** Offset in .debug_rnglists of list `index`. */
function indexedList(unit: Unit, index: number): number {
  const { offsetBytes } = unit.header;
  const section = rangeLists(unit);
  // DWARF 5, 7.28: the header of the section's only table in a split file.
  const implied = unit.owner.split ? (offsetBytes === 4 ? 12 : 20) : 0;
  const base =
    (sectionOffset(unit.root.get(AT.rnglistsBase)) ?? implied) +
    (unit.contributions?.rangeLists ?? 0);
  return base + new Cursor(section, base + index * offsetBytes).offset(offsetBytes);
}

function rangeLists(unit: Unit): Uint8Array {
  const section = unit.owner.sectionBytes('.debug_rnglists');
  if (section === undefined) throw new DwarfError('no .debug_rnglists');
  return section;
}

/** .debug_rnglists: entries with a kind (DWARF 5, 2.17.3 and table 7.30). */
function rangeList5(unit: Unit, offset: number): CodeRange[] {
  const cursor = new Cursor(rangeLists(unit), offset);
  const { addressBytes } = unit.header;
  const found: CodeRange[] = [];
  let base = unit.lowPc();
  for (let count = 0; count < MOST_RANGES; count++) {
    const kind = cursor.u8();
    switch (kind) {
      case 0x00: // DW_RLE_end_of_list
        return kept(found);
      case 0x01: // DW_RLE_base_addressx
        base = unit.indexedAddress(cursor.uleb());
        break;
      case 0x05: // DW_RLE_base_address
        base = cursor.unsigned(addressBytes);
        break;
      default:
        found.push(readRange(unit, cursor, kind, base));
    }
  }
  return kept(found);
}

function readRange(unit: Unit, cursor: Cursor, kind: number, base: number): CodeRange {
  const { addressBytes } = unit.header;
  switch (kind) {
    case 0x02: // DW_RLE_startx_endx
      return {
        from: unit.indexedAddress(cursor.uleb()),
        to: unit.indexedAddress(cursor.uleb()),
      };
    case 0x03: {
      // DW_RLE_startx_length
      const from = unit.indexedAddress(cursor.uleb());
      return { from, to: from + cursor.uleb() };
    }
    case 0x04: // DW_RLE_offset_pair
      return { from: base + cursor.uleb(), to: base + cursor.uleb() };
    case 0x06: // DW_RLE_start_end
      return { from: cursor.unsigned(addressBytes), to: cursor.unsigned(addressBytes) };
    case 0x07: {
      // DW_RLE_start_length
      const from = cursor.unsigned(addressBytes);
      return { from, to: from + cursor.uleb() };
    }
    default:
      throw new DwarfError(`range list entry ${kind}`);
  }
}
