/** Runs a line number program once, and answers which source line an instruction came from (DWARF 5, 6.2). */
import { Cursor } from './cursor.js';
import type { Interval } from './interval-index.js';
import { IntervalIndex } from './interval-index.js';
import type { LineHeader } from './line-header.js';
import { ifLegible } from './sections.js';

export interface SourcePlace {
  /** Path as the compiler was given it, absolute where the compilation directory is known. */
  readonly file: string;
  /** From 1; 0 for code that no line asked for. */
  readonly line: number;
  /** From 1; 0 when it is not known. */
  readonly column: number;
}

/** Instructions in a row, `count` rows from `first` on. */
interface Sequence {
  readonly first: number;
  readonly count: number;
}

/** Largest unit seen: 700000 rows. One byte of program can make a row, so a bound is needed. */
const MOST_ROWS = 2097152;

export class LineTable {
  /** For the cache that keeps tables. */
  readonly rowCount: number;
  private readonly rows: LineRows;
  private readonly sequences: IntervalIndex<Sequence>;
  private readonly paths: (string | undefined)[] = [];

  /** @param compilationDirectory DW_AT_comp_dir of the unit, '' if absent */
  constructor(
    section: Uint8Array,
    private readonly header: LineHeader,
    private readonly compilationDirectory: string,
  ) {
    const program = new LineProgram(section, header);
    ifLegible(() => program.run());
    this.rows = program.rows;
    this.rowCount = program.rows.length;
    this.sequences = new IntervalIndex(program.sequences);
  }

  /** @param address image address */
  placeAt(address: number): SourcePlace | undefined {
    const sequence = this.sequences.find(address);
    if (sequence === undefined) return undefined;
    const row = this.rows.lastUpTo(address, sequence.first, sequence.count);
    const file = row === -1 ? undefined : this.fileName(this.rows.file(row));
    if (file === undefined) return undefined;
    return { file, line: this.rows.line(row), column: this.rows.column(row) };
  }

  /** Path of a file by the number that rows, DW_AT_call_file and DW_AT_decl_file use. */
  fileName(number: number): string | undefined {
    const known = this.paths[number];
    if (known !== undefined) return known;
    const file = this.header.files[number];
    if (file === undefined || file.name === '') return undefined;
    const path = this.pathOf(file.name, file.directory);
    this.paths[number] = path;
    return path;
  }

  private pathOf(name: string, directory: number): string {
    if (name.startsWith('/')) return name;
    const folder = this.header.directories[directory] ?? '';
    return join(join(this.compilationDirectory, folder), name);
  }
}

function join(folder: string, name: string): string {
  if (name.startsWith('/') || folder === '') return name;
  return name === '' ? folder : `${folder}/${name}`;
}

/** Columns of the table, grown together. */
class LineRows {
  length = 0;
  private addresses = new Float64Array(256);
  /** File, line, column. */
  private places = new Uint32Array(256 * 3);

  add(address: number, file: number, line: number, column: number): void {
    if (this.length === this.addresses.length) this.grow();
    this.addresses[this.length] = address;
    const at = this.length * 3;
    this.places[at] = file;
    this.places[at + 1] = line;
    this.places[at + 2] = column;
    this.length++;
  }

  file = (row: number): number => this.places[row * 3] ?? 0;
  line = (row: number): number => this.places[row * 3 + 1] ?? 0;
  column = (row: number): number => this.places[row * 3 + 2] ?? 0;

  /** The last row at or below `address` among `count` from `first` on, -1 if there is none. */
  lastUpTo(address: number, first: number, count: number): number {
    let low = first;
    let high = first + count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.addresses[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return low === first ? -1 : low - 1;
  }

  private grow(): void {
    const addresses = new Float64Array(this.addresses.length * 2);
    addresses.set(this.addresses);
    this.addresses = addresses;
    const places = new Uint32Array(this.places.length * 2);
    places.set(this.places);
    this.places = places;
  }
}

class LineProgram {
  readonly rows = new LineRows();
  readonly sequences: Interval<Sequence>[] = [];
  private readonly cursor: Cursor;
  private firstRow = 0;
  private start = 0;
  private address = 0;
  private operation = 0;
  private file = 1;
  private line = 1;
  private column = 0;

  constructor(
    section: Uint8Array,
    private readonly header: LineHeader,
  ) {
    this.cursor = new Cursor(section, header.programFrom, header.programTo);
  }

  run(): void {
    const { cursor, header } = this;
    while (!cursor.atEnd && this.rows.length < MOST_ROWS) {
      const opcode = cursor.u8();
      if (opcode >= header.opcodeBase) this.special(opcode - header.opcodeBase);
      else if (opcode === 0) this.extended();
      else this.standard(opcode);
    }
  }

  private special(adjusted: number): void {
    const { lineBase, lineRange } = this.header;
    this.advance(Math.floor(adjusted / lineRange));
    this.line += lineBase + (adjusted % lineRange);
    this.emit();
  }

  /** Opcodes of DWARF 5, table 7.25. */
  private standard(opcode: number): void {
    const { cursor, header } = this;
    switch (opcode) {
      case 1: {
        // DW_LNS_copy
        this.emit();
        return;
      }
      case 2: {
        // DW_LNS_advance_pc
        this.advance(cursor.uleb());
        return;
      }
      case 3: // DW_LNS_advance_line
        this.line += cursor.sleb();
        return;
      case 4: // DW_LNS_set_file
        this.file = cursor.uleb();
        return;
      case 5: // DW_LNS_set_column
        this.column = cursor.uleb();
        return;
      case 8: {
        // DW_LNS_const_add_pc
        this.advance(Math.floor((255 - header.opcodeBase) / header.lineRange));
        return;
      }
      case 9: // DW_LNS_fixed_advance_pc
        this.address += cursor.u16();
        this.operation = 0;
        return;
      default:
        // Statement, block, prologue, epilogue and ISA marks, and what is not known: skip operands.
        for (let count = header.opcodeLengths[opcode] ?? 0; count > 0; count--) cursor.skipLeb();
    }
  }

  /** Opcodes of DWARF 5, table 7.26. */
  private extended(): void {
    const { cursor } = this;
    const length = cursor.uleb();
    const end = cursor.position + length;
    if (length === 0) return;
    const opcode = cursor.u8();
    if (opcode === 1) this.endSequence(); // DW_LNE_end_sequence
    if (opcode === 2) {
      // DW_LNE_set_address
      this.address = cursor.unsigned(length - 1);
      this.operation = 0;
    }
    cursor.position = end;
    cursor.skip(0);
  }

  private advance(operations: number): void {
    const { minimumInstruction, operationsPerInstruction } = this.header;
    if (operationsPerInstruction === 1) {
      this.address += minimumInstruction * operations;
      return;
    }
    const total = this.operation + operations;
    this.address += minimumInstruction * Math.floor(total / operationsPerInstruction);
    this.operation = total % operationsPerInstruction;
  }

  private emit(): void {
    if (this.rows.length === this.firstRow) this.start = this.address;
    this.rows.add(this.address, this.file, this.line, this.column);
  }

  private endSequence(): void {
    const count = this.rows.length - this.firstRow;
    // Dropped functions start at 0, or near 2^64 (lld).
    if (count > 0 && this.start > 1 && this.address > this.start) {
      const value = { first: this.firstRow, count };
      this.sequences.push({ from: this.start, to: this.address, value });
    }
    this.firstRow = this.rows.length;
    this.address = 0;
    this.operation = 0;
    this.file = 1;
    this.line = 1;
    this.column = 0;
  }
}
