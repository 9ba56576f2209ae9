/** One unit of .debug_info: its header, and how its strings, addresses and tables are found (DWARF 5, 7.5.1). */
import type { AbbreviationTable } from './abbreviations.js';
import { readAttributes } from './attributes.js';
import type { Attributes } from './attributes.js';
import { AT, UNIT_TYPE } from './constants.js';
import { Cursor, stringAt } from './cursor.js';
import type { AttributeValue } from './forms.js';
import type { UnitFormat } from './unit-format.js';
import { DwarfError } from './sections.js';

export interface UnitHeader extends UnitFormat {
  /** In its section. */
  readonly offset: number;
  readonly end: number;
  /** DW_UT_*; for versions before 5 what the section implies. */
  readonly type: number;
  readonly abbreviationsOffset: number;
  /** Offset in the section of the first debugging entry. */
  readonly firstEntry: number;
  /** Type units: what DW_FORM_ref_sig8 names. Skeleton and split units: the id they share. */
  readonly signature: bigint | undefined;
  /** Type units: the offset of the type in the unit. */
  readonly typeOffset: number;
}

/** Names of sections without the suffix that split files add. */
export type InfoSection = '.debug_info' | '.debug_types';

/** Where in the sections of a package file (.dwp) the parts of one unit start. */
export interface Contributions {
  readonly abbreviations: number;
  readonly stringOffsets: number;
  readonly rangeLists: number;
}

/** The file that a unit stands in. */
export interface UnitOwner {
  sectionBytes(name: string): Uint8Array | undefined;
  /** The unit of .debug_info that contains an offset; throws DwarfError when there is none. */
  unitContaining(offset: number): Unit;
  typeUnit(signature: bigint): Unit | undefined;
  /** The file that several files share their common parts through (.gnu_debugaltlink, .debug_sup). */
  alternate(): UnitOwner | undefined;
  abbreviationTable(offset: number, format: UnitFormat): AbbreviationTable;
  /** Told by each unit that now holds a table: all of them at once would not fit into memory. */
  holdsTable(unit: Unit): void;
  /** Split files index strings and range lists differently. */
  readonly split: boolean;
}

export function readUnitHeader(
  bytes: Uint8Array,
  offset: number,
  section: InfoSection,
): UnitHeader {
  const cursor = new Cursor(bytes, offset);
  const { end, offsetBytes } = cursor.initialLength();
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new DwarfError(`unit of DWARF ${version}`);
  let type: number = section === '.debug_types' ? UNIT_TYPE.type : UNIT_TYPE.compile;
  let addressBytes = 0;
  if (version >= 5) {
    type = cursor.u8();
    addressBytes = cursor.u8();
  }
  const abbreviationsOffset = cursor.offset(offsetBytes);
  if (version < 5) addressBytes = cursor.u8();
  let signature: bigint | undefined;
  let typeOffset = 0;
  const isType = type === UNIT_TYPE.type || type === UNIT_TYPE.splitType;
  if (isType || type === UNIT_TYPE.skeleton || type === UNIT_TYPE.splitCompile) {
    signature = cursor.bigU64();
  }
  if (isType) typeOffset = cursor.offset(offsetBytes);
  if (addressBytes !== 4 && addressBytes !== 8) throw new DwarfError('unit of odd address size');
  return {
    offset,
    end,
    version,
    type,
    addressBytes,
    offsetBytes,
    abbreviationsOffset,
    firstEntry: cursor.position,
    signature,
    typeOffset,
  };
}

export class Unit {
  private table: AbbreviationTable | undefined;
  /** Split units: the unit of the main file that has their addresses. Set when that unit asks for its other half. */
  skeleton: Unit | undefined;
  private rootAttributes: Attributes | undefined;

  constructor(
    readonly owner: UnitOwner,
    readonly header: UnitHeader,
    /** Over all of the section that it stands in. */
    private readonly whole: Cursor,
    /** Units in a package. */
    readonly contributions: Contributions | undefined,
  ) {}

  get abbreviations(): AbbreviationTable {
    if (this.table === undefined) {
      const base = this.contributions?.abbreviations ?? 0;
      this.table = this.owner.abbreviationTable(
        base + this.header.abbreviationsOffset,
        this.header,
      );
      this.owner.holdsTable(this);
    }
    return this.table;
  }

  /** Frees the memory until the table is needed again. */
  dropTable(): void {
    this.table = undefined;
  }

  /** A position in the unit; `offset` counts from the start of the section. */
  cursorAt(offset: number): Cursor {
    if (offset < this.header.firstEntry || offset >= this.header.end) {
      throw new DwarfError(`entry at ${offset} outside of its unit`);
    }
    return this.whole.at(offset, this.header.end);
  }

  /** The section that it stands in, whole. */
  get bytes(): Uint8Array {
    return this.whole.bytes;
  }

  /** Attributes of the first entry. */
  get root(): Attributes {
    return (this.rootAttributes ??= this.readRoot());
  }

  textOf(value: AttributeValue | undefined): string | undefined {
    if (value?.kind === 'text') return value.value;
    if (value?.kind === 'text-at') return this.textAt(value.where, value.offset);
    return value?.kind === 'text-index' ? this.indexedText(value.index) : undefined;
  }

  addressOf(value: AttributeValue | undefined): number | undefined {
    if (value?.kind === 'address') return value.value;
    if (value?.kind === 'address-index') return this.indexedAddress(value.index);
    return undefined;
  }

  /** Entry `index` of .debug_addr. */
  indexedAddress(index: number): number {
    const home = this.skeleton ?? this;
    const base = sectionOffset(home.root.get(AT.addrBase) ?? home.root.get(AT.gnuAddrBase)) ?? 0;
    const section = home.owner.sectionBytes('.debug_addr');
    if (section === undefined) throw new DwarfError('no .debug_addr');
    const { addressBytes } = this.header;
    return new Cursor(section, base + index * addressBytes).unsigned(addressBytes);
  }

  /** Where the unit's code starts, which range lists count from; 0 when it is scattered. */
  lowPc(): number {
    const home = this.skeleton ?? this;
    return home.addressOf(home.root.get(AT.lowPc)) ?? 0;
  }

  private readRoot(): Attributes {
    const cursor = this.cursorAt(this.header.firstEntry);
    const abbreviation = this.abbreviations.get(cursor.uleb());
    return readAttributes(cursor, abbreviation, this.header);
  }

  private textAt(where: 'str' | 'line-str' | 'alternate', offset: number): string {
    if (where === 'alternate') {
      return stringAt(this.owner.alternate()?.sectionBytes('.debug_str'), offset);
    }
    const name = where === 'str' ? '.debug_str' : '.debug_line_str';
    return stringAt(this.owner.sectionBytes(name), offset);
  }

  private indexedText(index: number): string {
    const { offsetBytes, version } = this.header;
    const section = this.owner.sectionBytes('.debug_str_offsets');
    if (section === undefined) throw new DwarfError('no .debug_str_offsets');
    // DWARF 5, 7.26: the header is as long as two offsets; GNU split DWARF 4 has none.
    const implied = this.owner.split && version >= 5 ? 2 * offsetBytes : 0;
    const base = sectionOffset(this.root.get(AT.strOffsetsBase)) ?? implied;
    const start = base + (this.contributions?.stringOffsets ?? 0);
    const cursor = new Cursor(section, start + index * offsetBytes);
    return stringAt(this.owner.sectionBytes('.debug_str'), cursor.offset(offsetBytes));
  }
}

/** DWARF 2 and 3 write section offsets as plain constants. */
export function sectionOffset(value: AttributeValue | undefined): number | undefined {
  if (value?.kind === 'offset') return value.value;
  return value?.kind === 'constant' ? Number(value.value) : undefined;
}
