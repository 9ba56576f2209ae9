/** The line of an instruction, by the tables that each version of CPython gives its code objects. */

/** Objects/lnotab_notes.txt, Objects/codeobject.c; 'locations': Objects/locations.md. */
export type LineForm = 'lnotab' | 'ranges' | 'locations';

/** ar_line of code that belongs to no line. */
const NO_LINE_DELTA = -128;
/** Entry codes of a location table, bits 3 to 6 of its first byte. */
const NO_LOCATION = 15;
const LONG = 14;
const NO_COLUMNS = 13;
const ONE_LINE_0 = 10;
/** Six bits a byte: more than this hold no 32-bit number. */
const LONGEST_VARINT = 6;
/** A line is a C int. */
const LARGEST_LINE = 2 ** 31 - 1;

/**
 * @param offset of the instruction, bytes; negative: it has not begun
 * @returns undefined where it belongs to no line, or the table does not reach so far
 */
export function lineAt(
  form: LineForm,
  table: Uint8Array,
  firstLine: number,
  offset: number,
): number | undefined {
  const line = offset < 0 ? firstLine : LOOK_UP[form](table, firstLine, offset);
  return line !== undefined && line > 0 && line <= LARGEST_LINE ? line : undefined;
}

type LookUp = (table: Uint8Array, firstLine: number, offset: number) => number | undefined;

const LOOK_UP: Readonly<Record<LineForm, LookUp>> = {
  lnotab: inLnotab,
  ranges: inRanges,
  locations: inLocations,
};

/** Pairs: bytes of code, then lines from there on. */
function inLnotab(table: Uint8Array, firstLine: number, offset: number): number {
  let line = firstLine;
  let address = 0;
  for (let at = 0; at + 1 < table.length; at += 2) {
    address += table[at] ?? 0;
    if (address > offset) break;
    line += signed(table[at + 1] ?? 0);
  }
  return line;
}

/** Pairs: how much code, and how its line differs from that of the code before. */
function inRanges(table: Uint8Array, firstLine: number, offset: number): number | undefined {
  let line = firstLine;
  let end = 0;
  for (let at = 0; at + 1 < table.length; at += 2) {
    end += table[at] ?? 0;
    const delta = signed(table[at + 1] ?? 0);
    if (delta !== NO_LINE_DELTA) line += delta;
    if (offset < end) return delta === NO_LINE_DELTA ? undefined : line;
  }
  return undefined;
}

/** Entries of one byte with the highest bit set, and more without: see Objects/locations.md. */
function inLocations(table: Uint8Array, firstLine: number, offset: number): number | undefined {
  let line = firstLine;
  let end = 0;
  for (let at = 0; at < table.length; at++) {
    const first = table[at] ?? 0;
    if (first < 0x80) continue;
    const code = (first >> 3) & 15;
    line += deltaOf(code, table, at + 1);
    end += 2 * ((first & 7) + 1);
    if (offset < end) return code === NO_LOCATION ? undefined : line;
  }
  return undefined;
}

function deltaOf(code: number, table: Uint8Array, at: number): number {
  if (code === LONG || code === NO_COLUMNS) return signedVarint(table, at);
  return code >= ONE_LINE_0 && code < NO_COLUMNS ? code - ONE_LINE_0 : 0;
}

/** The lowest six bits first; the lowest of all is the sign. */
function signedVarint(table: Uint8Array, from: number): number {
  let value = 0;
  for (let index = 0; index < LONGEST_VARINT; index++) {
    const byte = table[from + index] ?? 0;
    value += (byte & 63) * 64 ** index;
    if ((byte & 64) === 0) break;
  }
  const half = Math.floor(value / 2);
  return value % 2 === 1 ? -half : half;
}

function signed(byte: number): number {
  return byte < 0x80 ? byte : byte - 0x100;
}
