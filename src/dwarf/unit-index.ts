/** Which unit made the code at an address: .debug_aranges, and what the units themselves say. */
import { Cursor } from './cursor.js';
import type { DebugFile } from './debug-file.js';
import type { Interval } from './interval-index.js';
import { IntervalIndex } from './interval-index.js';
import { rangesOf } from './ranges.js';
import { ifLegible } from './sections.js';
import type { Unit } from './unit.js';
import { UNIT_TYPE } from './constants.js';

/** Hostile tables could hold as many ranges as the file has bytes. */
const MOST_INTERVALS = 4194304;

/** Units of the file by the addresses of their code. */
export function indexUnits(file: DebugFile): IntervalIndex<Unit> {
  const intervals: Interval<Unit>[] = [];
  const covered = new Set<number>();
  readAddressRanges(file, (offset, from, to) => {
    covered.add(offset);
    if (from > 1 && to > from && intervals.length < MOST_INTERVALS) {
      const value = ifLegible(() => file.unitContaining(offset));
      if (value !== undefined) intervals.push({ from, to, value });
    }
  });
  // Clang and rustc write no .debug_aranges; programs mix compilers.
  for (const unit of file.units()) {
    if (covered.has(unit.header.offset) || intervals.length >= MOST_INTERVALS) continue;
    const { type } = unit.header;
    if (type !== UNIT_TYPE.compile && type !== UNIT_TYPE.skeleton) continue;
    for (const range of ifLegible(() => rangesOf(unit, unit.root)) ?? []) {
      intervals.push({ ...range, value: unit });
    }
  }
  return new IntervalIndex(intervals);
}

/** DWARF 5, 6.1.2. Damage ends the reading: what is not covered is found through the units. */
function readAddressRanges(
  file: DebugFile,
  found: (unitOffset: number, from: number, to: number) => void,
): void {
  const section = file.sectionBytes('.debug_aranges');
  if (section === undefined) return;
  ifLegible(() => {
    const cursor = new Cursor(section);
    while (!cursor.atEnd) {
      const start = cursor.position;
      const { end, offsetBytes } = cursor.initialLength();
      const set = cursor.at(cursor.position, end);
      readSet(set, start, (from, to, unitOffset) => found(unitOffset, from, to), offsetBytes);
      cursor.position = end;
    }
  });
}

function readSet(
  cursor: Cursor,
  start: number,
  found: (from: number, to: number, unitOffset: number) => void,
  offsetBytes: 4 | 8,
): void {
  if (cursor.u16() !== 2) return; // the version of every DWARF up to 5
  const unitOffset = cursor.offset(offsetBytes);
  const addressBytes = cursor.u8();
  const segmentBytes = cursor.u8();
  if (segmentBytes !== 0) return;
  // Tuples are aligned to their size, counted from the start of the set.
  const tupleBytes = 2 * addressBytes;
  if (tupleBytes === 0) return;
  cursor.skip((tupleBytes - ((cursor.position - start) % tupleBytes)) % tupleBytes);
  while (cursor.position + tupleBytes <= cursor.end) {
    const from = cursor.unsigned(addressBytes);
    const length = cursor.unsigned(addressBytes);
    if (from === 0 && length === 0) return;
    found(from, from + length, unitOffset);
  }
}
