/** An ELF file, read lazily: parsing touches the headers only, whatever the size of the file. */
import type { ImageAddress } from '../base/address.js';
import { toImageAddress } from '../base/address.js';
import { ByteReader } from '../base/byte-reader.js';
import { fileOf, type FileBytes } from '../base/file-bytes.js';
import { AddressIndex } from './address-index.js';
import type { CountedTable, SymbolOffset } from './address-index.js';
import { DF, DF_1, DT, DynamicSection, readDynamic } from './dynamic.js';
import { DynamicSymbols } from './dynamic-symbols.js';
import { LONGEST_HEADER, readHeader, readProgramHeaders, readWord, SEGMENT } from './header.js';
import type { ElfClass, ElfFormat, ElfHeader, ElfType, ProgramHeader } from './header.js';
import { buildIdIn, buildIdInSections } from './notes.js';
import { partial } from './partial.js';
import type { RelocationKind } from './relocation-kinds.js';
import { dynamicRelocationTables, sectionRelocationTables } from './relocation-tables.js';
import { relocationsIn } from './relocations.js';
import type { Relocation, RelocationTable } from './relocations.js';
import { readSections } from './section-table.js';
import { SECTION, sectionContents } from './sections.js';
import type { Section } from './sections.js';
import { SegmentMap } from './segment-map.js';
import type { ImageRange } from './segment-map.js';
import { StringTable } from './string-table.js';
import { NameBudget, SymbolTable } from './symbols.js';
import type { ElfSymbol } from './symbols.js';

/** In everything that Go's linker writes since 1.13. */
const GO_SECTION = '.go.buildinfo';

/** .gnu_debuglink: a file with the debug information, and its CRC-32. */
export interface DebugLink {
  readonly file: string;
  readonly crc: number;
}

export class ElfImage implements ElfFormat {
  readonly elfClass: ElfClass;
  readonly littleEndian: boolean;
  readonly machine: number;
  readonly type: ElfType;
  readonly entry: ImageAddress;
  /** PT_LOAD. */
  readonly loadSegments: readonly ProgramHeader[];
  private readonly map: SegmentMap;
  private readonly kept: Kept = {};

  /**
   * @param whole the whole file; kept, and read when asked
   * @param path for error messages
   * @throws ElfFormatError when the header or the program headers cannot be read
   */
  static parse(whole: Uint8Array | FileBytes, path: string): ElfImage {
    const file = whole instanceof Uint8Array ? fileOf(whole) : whole;
    const header = readHeader(file.part(0, LONGEST_HEADER), path);
    return new ElfImage(file, path, header, readProgramHeaders(file, header, path));
  }

  private constructor(
    readonly file: FileBytes,
    readonly path: string,
    private readonly header: ElfHeader,
    readonly programHeaders: readonly ProgramHeader[],
  ) {
    this.elfClass = header.elfClass;
    this.littleEndian = header.littleEndian;
    this.machine = header.machine;
    this.type = header.type;
    this.entry = header.entry;
    this.map = new SegmentMap(file, programHeaders);
    this.loadSegments = this.map.segments;
  }

  // --- what the dynamic section says

  /** Empty for a statically linked program. */
  get dynamic(): DynamicSection {
    return (this.kept.dynamic ??= partial(new DynamicSection([]), () => {
      const bytes = this.segmentBytes(SEGMENT.DYNAMIC);
      return readDynamic(new ByteReader(bytes, this.littleEndian), this);
    }));
  }

  /** Where the dynamic section is loaded. */
  get dynamicAddress(): ImageAddress | undefined {
    return this.programHeaders.find((header) => header.type === SEGMENT.DYNAMIC)?.address;
  }

  get soname(): string | undefined {
    const offset = this.dynamic.value(DT.SONAME);
    return offset === undefined ? undefined : this.dynamicTables.strings.at(offset) || undefined;
  }

  /** SONAMEs, in the order of the file. */
  get needed(): string[] {
    const strings = this.dynamicTables.strings;
    return this.dynamic.values(DT.NEEDED).map((offset) => strings.at(offset));
  }

  /**
   * _GLOBAL_OFFSET_TABLE_, which i386 code that may lie anywhere adds to: DT_PLTGOT, or of static programs the section; 0
   * if absent.
   */
  get pltGot(): ImageAddress {
    const named = this.dynamic.value(DT.PLTGOT);
    if (named !== undefined) return toImageAddress(named);
    return this.sections.find(({ name }) => name === '.got.plt')?.address ?? toImageAddress(0);
  }

  /** References to its own symbols stay inside (-Bsymbolic). */
  get bindsLocally(): boolean {
    return this.dynamic.has(DT.SYMBOLIC) || this.dynamic.hasFlag(DT.FLAGS, DF.SYMBOLIC);
  }

  /** The dynamic linker changes code of it (-z notext): the file's is not the one that runs. */
  get hasTextRelocations(): boolean {
    return this.dynamic.has(DT.TEXTREL) || this.dynamic.hasFlag(DT.FLAGS, DF.TEXTREL);
  }

  /** DT_INIT. */
  get initFunction(): ImageAddress | undefined {
    const address = this.dynamic.value(DT.INIT);
    return address === undefined || address === 0 ? undefined : toImageAddress(address);
  }

  /** Address of the first pointer of DT_INIT_ARRAY; undefined when there is none. */
  get initArray(): ImageAddress | undefined {
    const address = this.dynamic.value(DT.INIT_ARRAY);
    const isEmpty = (this.dynamic.value(DT.INIT_ARRAYSZ) ?? 0) < this.elfClass / 8;
    return address === undefined || isEmpty ? undefined : toImageAddress(address);
  }

  // --- what the segments say

  /** Path of the dynamic linker. */
  get interpreter(): string | undefined {
    const bytes = this.segmentBytes(SEGMENT.INTERP);
    return bytes.length === 0 ? undefined : new ByteReader(bytes).cString(0, 4096) || undefined;
  }

  /** A program at no fixed address. Shared libraries are not, even those that can be run. */
  get isPie(): boolean {
    if (this.type !== 'dyn') return false;
    if (this.dynamic.hasFlag(DT.FLAGS_1, DF_1.PIE)) return true;
    return this.interpreter !== undefined && this.dynamic.has(DT.DEBUG);
  }

  /** A program that no dynamic linker loads: calls between its parts go through no PLT. */
  /** Has it functions that Go's linker put together? They call the kernel without a library. */
  get hasGo(): boolean {
    return this.sections.some(({ name }) => name === GO_SECTION);
  }

  get isStatic(): boolean {
    return this.interpreter === undefined && (this.type === 'exec' || this.isPie);
  }

  /** Lower-case hexadecimal. */
  get buildId(): string | undefined {
    if (this.programHeaders.length > 0) return this.identified?.buildId;
    // Files that are nothing but debug information (dwz) have sections alone.
    return buildIdInSections(this.sections, this.file, this.littleEndian);
  }

  /** What is loaded with the build id in it; undefined without one. */
  get buildIdNote(): { readonly address: ImageAddress; readonly bytes: Uint8Array } | undefined {
    const found = this.identified;
    return found && { address: found.segment.address, bytes: this.noteBytes(found.segment) };
  }

  private get identified(): Identified | undefined {
    for (const segment of this.programHeaders) {
      if (segment.type !== SEGMENT.NOTE) continue;
      const bytes = this.noteBytes(segment);
      const { alignment } = segment;
      const buildId = partial(undefined, () => buildIdIn(bytes, alignment, this.littleEndian));
      if (buildId !== undefined) return { buildId, segment };
    }
    return undefined;
  }

  private noteBytes({ offset, fileSize }: ProgramHeader): Uint8Array {
    return this.file.part(offset, Math.min(fileSize, MOST_NOTE_BYTES));
  }

  /** Exactly `length` bytes of the file that are loaded at `address`; undefined when they are not. */
  bytesAt(address: ImageAddress, length: number): Uint8Array | undefined {
    return this.map.bytesAt(address, length);
  }

  /** The word that the file holds at `address`, 0 where it holds none. */
  wordAt(address: ImageAddress): number {
    const bytes = this.map.bytesAt(address, this.elfClass / 8);
    if (bytes === undefined) return 0;
    return readWord(new ByteReader(bytes, this.littleEndian), 0, this.elfClass);
  }

  executableRanges(): ImageRange[] {
    return this.map.executableRanges();
  }

  /** Is this address in a segment that the program may write to? */
  isWritable(address: ImageAddress): boolean {
    return this.map.isWritable(address);
  }

  // --- symbols

  /** Defined dynamic symbols with this name, one for each version; found by hash. */
  findDynamic(name: string): ElfSymbol[] {
    return this.dynamicTables.find(name, () => this.dynamicSymbolCount);
  }

  /** All of .dynsym, undefined ones included, without the null symbol. */
  *dynamicSymbols(): Generator<ElfSymbol, void, undefined> {
    yield* entriesOf(this.dynamicTables.table, this.dynamicSymbolCount);
  }

  dynamicSymbolAt(index: number): ElfSymbol | undefined {
    return this.dynamicTables.table.at(index);
  }

  /** All of .symtab without the null symbol; nothing in a stripped file. */
  *staticSymbols(): Generator<ElfSymbol, void, undefined> {
    const counted = this.staticTable;
    if (counted !== undefined) yield* entriesOf(counted.table, counted.count);
  }

  /** .dynsym itself, for those who look for few of many entries. */
  get dynamicTable(): CountedTable {
    return { table: this.dynamicTables.table, count: this.dynamicSymbolCount };
  }

  /** .symtab itself; undefined in a stripped file. */
  get staticTable(): CountedTable | undefined {
    const kept = (this.kept.staticTable ??= { table: this.openStaticTable() });
    return kept.table && { table: kept.table, count: kept.table.capacity };
  }

  /** The function that contains the address, as far as the file's symbols tell. */
  symbolAt(address: ImageAddress): SymbolOffset | undefined {
    this.kept.addresses ??= new AddressIndex(
      [this.dynamicTable, this.staticTable].filter((table) => table !== undefined),
    );
    return this.kept.addresses.lookUp(address);
  }

  // --- relocations

  /** Dynamic relocations of these kinds, in the order of the file. */
  *relocations(kinds: Iterable<RelocationKind>): Generator<Relocation, void, undefined> {
    const query = {
      kinds: new Set(kinds),
      format: this,
      wordAt: (address: ImageAddress) => this.wordAt(address),
    };
    for (const table of this.relocationTables) yield* relocationsIn(table, query);
  }

  // --- sections

  /** Empty when the file has no section headers or they cannot be read. */
  get sections(): readonly Section[] {
    return (this.kept.sections ??= readSections(this.file, this.header));
  }

  /** The first of that name; `.debug_info` is also the older compressed form, `.zdebug_info`. */
  section(name: string): Section | undefined {
    const byName = (wanted: string): Section | undefined =>
      this.sections.find((candidate) => candidate.name === wanted);
    return byName(name) ?? (name.startsWith('.debug_') ? byName(`.z${name.slice(1)}`) : undefined);
  }

  /** Decompressed contents; undefined when there is no such section, or it holds nothing. */
  sectionBytes(name: string): Uint8Array | undefined {
    const contents = (this.kept.contents ??= new Map<string, Uint8Array | undefined>());
    if (!contents.has(name)) {
      const section = this.section(name);
      contents.set(name, section && sectionContents(this.file, section, this));
    }
    return contents.get(name);
  }

  get debugLink(): DebugLink | undefined {
    const bytes = this.sectionBytes('.gnu_debuglink');
    if (bytes === undefined) return undefined;
    return partial(undefined, () => {
      const reader = new ByteReader(bytes, this.littleEndian);
      const file = reader.cString(0);
      return { file, crc: reader.u32(Math.ceil((file.length + 1) / 4) * 4) };
    });
  }

  private get dynamicTables(): DynamicSymbols {
    return (this.kept.dynamicTables ??= new DynamicSymbols(this.dynamic, this, (address) =>
      this.map.bytesFrom(address),
    ));
  }

  private get dynamicSymbolCount(): number {
    return (this.kept.dynamicSymbolCount ??= this.dynamicTables.count(() => {
      let highest = 0;
      for (const { symbolIndex } of this.relocations(SYMBOLIC_KINDS)) {
        highest = Math.max(highest, symbolIndex);
      }
      return highest;
    }));
  }

  private openStaticTable(): SymbolTable | undefined {
    const section = this.sections.find(({ type }) => type === SECTION.SYMTAB);
    const names = section && this.sections[section.link];
    const entries = section && sectionContents(this.file, section, this);
    const strings = names && sectionContents(this.file, names, this);
    if (entries === undefined || strings === undefined) return undefined;
    return new SymbolTable(entries, new StringTable(strings), this);
  }

  private get relocationTables(): readonly RelocationTable[] {
    return (this.kept.relocationTables ??=
      this.dynamic.entries.length > 0
        ? dynamicRelocationTables(this.dynamic, (address) => this.map.bytesFrom(address))
        : sectionRelocationTables(
            this.sections,
            (section) => sectionContents(this.file, section, this),
            this.file.size,
          ));
  }

  /** Of the first segment of this type; empty when there is none. */
  private segmentBytes(type: number): Uint8Array {
    const header = this.programHeaders.find((candidate) => candidate.type === type);
    return this.file.part(header?.offset ?? 0, header?.fileSize ?? 0);
  }
}

/** A build id, and the segment of notes that it stands in. */
interface Identified {
  readonly buildId: string;
  readonly segment: ProgramHeader;
}

/** What was read already. */
interface Kept {
  dynamic?: DynamicSection;
  dynamicTables?: DynamicSymbols;
  dynamicSymbolCount?: number;
  staticTable?: { readonly table: SymbolTable | undefined };
  relocationTables?: readonly RelocationTable[];
  sections?: readonly Section[];
  contents?: Map<string, Uint8Array | undefined>;
  addresses?: AddressIndex;
}

const SYMBOLIC_KINDS: readonly RelocationKind[] = [
  'jump-slot',
  'glob-dat',
  'absolute',
  'pc-relative',
  'copy',
  'tls',
  'other',
];

function* entriesOf(table: SymbolTable, count: number): Generator<ElfSymbol, void, undefined> {
  const budget = new NameBudget(table);
  for (let index = 1; index < count; index++) {
    const symbol = table.at(index);
    if (symbol === undefined || !budget.spend(symbol.name)) return;
    yield symbol;
  }
}

/** Of one segment; those of honest files have some hundreds. */
const MOST_NOTE_BYTES = 65536;
