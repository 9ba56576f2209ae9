/** The unwind table of one image: from an address to the rules that hold there. */
import { Cursor } from './cursor.js';
import { DW_EH_PE_omit, readEncodedPointer, readEncodedValue } from './encoded-pointer.js';
import type { CommonEntries, FrameEntry, FrameSection, Located } from './frame-entry.js';
import { readFrameEntry } from './frame-entry.js';
import type { FrameRow } from './frame-rules.js';
import { rowAt } from './frame-rules.js';
import { DwarfError, ifLegible } from './sections.js';

/** Where an image keeps its call frame information. */
export interface FrameSections {
  readonly wordBytes: 4 | 8;
  /** .eh_frame_hdr, what PT_GNU_EH_FRAME shows. */
  readonly ehFrameHeader?: Located;
  /** .eh_frame, which may be longer than the section: it ends with a zero length. */
  readonly ehFrame?: Located;
  /** .debug_frame, of the image or of its separate debug file. */
  readonly debugFrame?: Uint8Array;
}

/** Rows are small (about 300 bytes); a trace asks for the same few hundred addresses for ever. */
const MOST_KEPT_ROWS = 16384;
/** FDEs that are kept of a section without search table; the largest programs have half of that. */
const MOST_INDEXED = 1048576;

export class FrameTable {
  private readonly rows = new Map<number, FrameRow | undefined>();
  private readonly ehFrame: FrameSection | undefined;
  private readonly debugFrame: FrameSection | undefined;
  private readonly search: SearchTable | undefined;
  private ehIndex: FrameIndex | undefined;
  private debugIndex: FrameIndex | undefined;
  private readonly ehCommons: CommonEntries = new Map();

  /**
   * @param registerCount how many registers of the CPU's register map are to be found
   */
  constructor(
    sections: FrameSections,
    private readonly registerCount: number,
  ) {
    const { wordBytes, ehFrame, debugFrame } = sections;
    if (ehFrame !== undefined) this.ehFrame = { ...ehFrame, kind: 'eh_frame', wordBytes };
    if (debugFrame !== undefined) {
      this.debugFrame = { bytes: debugFrame, address: 0, kind: 'debug_frame', wordBytes };
    }
    this.search = readSearchTable(sections);
  }

  /** undefined where the image says nothing about `pc`, an image address, or nothing legible. */
  rowAt(pc: number): FrameRow | undefined {
    const known = this.rows.get(pc);
    if (known !== undefined || this.rows.has(pc)) return known;
    const row = this.makeRow(pc);
    if (this.rows.size >= MOST_KEPT_ROWS) this.rows.clear();
    this.rows.set(pc, row);
    return row;
  }

  /** The FDE whose range contains `pc`. */
  entryAt(pc: number): FrameEntry | undefined {
    return this.ehEntryAt(pc) ?? this.debugEntryAt(pc);
  }

  private makeRow(pc: number): FrameRow | undefined {
    return ifLegible(() => {
      const entry = this.entryAt(pc);
      return entry === undefined ? undefined : rowAt(entry, pc, this.registerCount);
    });
  }

  private ehEntryAt(pc: number): FrameEntry | undefined {
    const { ehFrame } = this;
    if (ehFrame === undefined) return undefined;
    const offset =
      this.search === undefined
        ? (this.ehIndex ??= indexFrames(ehFrame)).offsetFor(pc)
        : offsetInTable(this.search, pc, ehFrame);
    return entryContaining(ehFrame, offset, pc, this.ehCommons);
  }

  private debugEntryAt(pc: number): FrameEntry | undefined {
    if (this.debugFrame === undefined) return undefined;
    this.debugIndex ??= indexFrames(this.debugFrame);
    const offset = this.debugIndex.offsetFor(pc);
    return entryContaining(this.debugFrame, offset, pc, this.debugIndex.commons);
  }
}

function entryContaining(
  section: FrameSection,
  offset: number | undefined,
  pc: number,
  commons: CommonEntries,
): FrameEntry | undefined {
  if (offset === undefined) return undefined;
  const entry = ifLegible(() => readFrameEntry(section, offset, commons).entry);
  return entry !== undefined && pc >= entry.from && pc < entry.to ? entry : undefined;
}

/** The sorted table in .eh_frame_hdr. */
interface SearchTable {
  readonly cursor: Cursor;
  /** Image address that the table's numbers count from. */
  readonly base: number;
  readonly from: number;
  readonly count: number;
}

/** DW_EH_PE_datarel | DW_EH_PE_sdata4, the only form that linkers write and that can be searched. */
const SEARCHABLE_ENCODING = 0x3b;
const TABLE_ENTRY_BYTES = 8;
/** A length of zero ends .eh_frame; what follows may be another section. */
const TERMINATOR_BYTES = 4;

function readSearchTable(sections: FrameSections): SearchTable | undefined {
  const header = sections.ehFrameHeader;
  if (header === undefined) return undefined;
  return ifLegible(() => {
    const cursor = new Cursor(header.bytes);
    const { framePointerEncoding, countEncoding, tableEncoding } = readHeaderStart(cursor);
    if (tableEncoding !== SEARCHABLE_ENCODING || countEncoding === DW_EH_PE_omit) return undefined;
    readEncodedValue(cursor, framePointerEncoding, sections.wordBytes);
    const count = readEncodedValue(cursor, countEncoding, sections.wordBytes);
    const room = Math.floor((cursor.end - cursor.position) / TABLE_ENTRY_BYTES);
    if (count === 0 || count > room) return undefined;
    return { cursor, base: header.address, from: cursor.position, count };
  });
}

function readHeaderStart(cursor: Cursor) {
  const version = cursor.u8();
  if (version !== 1) throw new DwarfError(`.eh_frame_hdr of version ${version}`);
  const framePointerEncoding = cursor.u8();
  const countEncoding = cursor.u8();
  return { framePointerEncoding, countEncoding, tableEncoding: cursor.u8() };
}

/** The image address of .eh_frame as its header states it; undefined when it does not. */
export function ehFrameAddress(header: Located, wordBytes: 4 | 8): number | undefined {
  return ifLegible(() => {
    const cursor = new Cursor(header.bytes);
    const { framePointerEncoding } = readHeaderStart(cursor);
    if (framePointerEncoding === DW_EH_PE_omit) return undefined;
    const bases = { wordBytes, section: header.address, data: header.address };
    return readEncodedPointer(cursor, framePointerEncoding, bases);
  });
}

function offsetInTable(table: SearchTable, pc: number, section: FrameSection): number | undefined {
  const { cursor, base } = table;
  const wanted = pc - base;
  let low = 0;
  let high = table.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    cursor.position = table.from + middle * TABLE_ENTRY_BYTES;
    if (cursor.i32() <= wanted) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return undefined;
  cursor.position = table.from + (low - 1) * TABLE_ENTRY_BYTES + 4;
  return base + cursor.i32() - section.address;
}

/** FDEs of a section in order of address, for sections without search table. */
class FrameIndex {
  constructor(
    private readonly starts: Float64Array,
    private readonly offsets: Float64Array,
    readonly commons: CommonEntries,
  ) {}

  offsetFor(pc: number): number | undefined {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.starts[middle] ?? 0) <= pc) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.offsets[low - 1];
  }
}

function indexFrames(section: FrameSection): FrameIndex {
  const commons: CommonEntries = new Map();
  const found: { readonly from: number; readonly offset: number }[] = [];
  let offset = 0;
  while (offset < section.bytes.byteLength && found.length < MOST_INDEXED) {
    const at = offset;
    const read = ifLegible(() => readFrameEntry(section, at, commons));
    const next = read?.next ?? nextEntry(section, at);
    if (next === undefined || next <= at) break;
    if (section.kind === 'eh_frame' && next === at + TERMINATOR_BYTES) break;
    // Functions that the linker dropped are left at address 0.
    if (read?.entry !== undefined && read.entry.from > 0)
      found.push({ from: read.entry.from, offset: at });
    offset = next;
  }
  found.sort((a, b) => a.from - b.from);
  return new FrameIndex(
    Float64Array.from(found, (each) => each.from),
    Float64Array.from(found, (each) => each.offset),
    commons,
  );
}

/** Past an entry whose contents cannot be read. */
function nextEntry(section: FrameSection, offset: number): number | undefined {
  return ifLegible(() => new Cursor(section.bytes, offset).initialLength().end);
}
