/** Builds small ELF images by hand, for tests that compile nothing. */

export interface TestSymbol {
  readonly name: string;
  readonly value?: number;
  readonly size?: number;
  /** STT_*: 1 object, 2 function (default), 10 IFUNC. */
  readonly type?: number;
  /** STB_*: 0 local, 1 global (default), 2 weak. */
  readonly binding?: number;
  /** st_shndx: 0 undefined, 1 defined (default), 0xfff1 absolute. */
  readonly section?: number;
  /** `VER` is the default version, `@VER` a hidden one; for what another library must provide `VER@library`. */
  readonly version?: string;
}

export interface TestRelocation {
  readonly type: number;
  readonly slot: number;
  /** Index in `symbols`, counted from 1. */
  readonly symbol?: number;
  readonly addend?: number;
}

export interface TestSectionSpec {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  readonly bytes: Uint8Array;
  /** Loaded where it stands in the file. */
  readonly loaded?: boolean;
}

export interface ImageSpec {
  readonly elfClass?: 32 | 64;
  readonly littleEndian?: boolean;
  readonly machine?: number;
  /** e_type: 2 executable, 3 dynamic (default). */
  readonly type?: number;
  /** Image address of the first byte of the file. */
  readonly base?: number;
  readonly interpreter?: string;
  readonly buildId?: Uint8Array;
  /** false: no PT_DYNAMIC at all. */
  readonly dynamic?: boolean;
  /** Entries beyond those that the rest needs. */
  readonly entries?: readonly (readonly [tag: number, value: number])[];
  readonly soname?: string;
  readonly needed?: readonly string[];
  readonly hash?: 'gnu' | 'sysv' | 'none';
  readonly symbols?: readonly TestSymbol[];
  readonly staticSymbols?: readonly TestSymbol[];
  readonly relocations?: readonly TestRelocation[];
  readonly pltRelocations?: readonly TestRelocation[];
  readonly encoding?: 'rel' | 'rela';
  readonly sections?: readonly TestSectionSpec[];
  /** false: no section headers. */
  readonly sectionHeaders?: boolean;
}

/** The file is one segment that can be read, written and executed. */
export function buildImage(spec: ImageSpec): Buffer {
  return new Builder(spec).build();
}

/** Where a section's bytes were loaded, given the image that {@link buildImage} made. */
export function addressOf(image: Uint8Array, bytes: Uint8Array, base = 0): number {
  return base + Buffer.from(image).indexOf(bytes);
}

interface Placed extends TestSectionSpec {
  readonly offset: number;
  readonly link?: number;
}

class Builder {
  private readonly is64: boolean;
  private readonly word: 4 | 8;
  private readonly littleEndian: boolean;
  private readonly base: number;
  private readonly parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  private readonly placed: Placed[] = [];
  private end: number;

  constructor(private readonly spec: ImageSpec) {
    this.is64 = spec.elfClass !== 32;
    this.word = this.is64 ? 8 : 4;
    this.littleEndian = spec.littleEndian ?? true;
    this.base = spec.base ?? 0;
    // ELF header and room for four program headers.
    this.end = 64 + 4 * 56;
  }

  build(): Buffer {
    const { spec } = this;
    const segments: { readonly type: number; readonly start: number; readonly size: number }[] = [];
    for (const section of spec.sections ?? []) {
      this.placed.push({ ...section, offset: this.place(section.bytes) });
    }
    if (spec.interpreter !== undefined) {
      const bytes = Buffer.from(`${spec.interpreter}\0`);
      segments.push({ type: 3, start: this.place(bytes), size: bytes.length });
    }
    if (spec.buildId !== undefined) {
      const note = [this.u32(4), this.u32(spec.buildId.length), this.u32(3), Buffer.from('GNU\0')];
      const bytes = Buffer.concat([...note, spec.buildId]);
      segments.push({ type: 4, start: this.place(bytes), size: bytes.length });
    }
    if (spec.dynamic !== false) {
      const bytes = this.dynamicSection();
      segments.push({ type: 2, start: this.place(bytes), size: bytes.length });
    }
    if (spec.staticSymbols !== undefined) this.placeStaticTable(spec.staticSymbols);
    const sectionTable = spec.sectionHeaders === false ? 0 : this.placeSectionTable();
    segments.unshift({ type: 1, start: 0, size: this.end });
    const file = Buffer.alloc(this.end);
    for (const { offset, bytes } of this.parts) file.set(bytes, offset);
    file.set(this.header(segments.length, sectionTable), 0);
    file.set(Buffer.concat(segments.map((segment) => this.programHeader(segment))), 64);
    return file;
  }

  private dynamicSection(): Buffer {
    const { spec } = this;
    const strings = new Strings();
    const entries: (readonly [number, number])[] = [...(spec.entries ?? [])];
    for (const name of spec.needed ?? []) entries.push([1, strings.add(name)]);
    if (spec.soname !== undefined) entries.push([14, strings.add(spec.soname)]);
    const symbols = spec.symbols ?? [];
    entries.push([6, this.base + this.place(this.symbolTable(symbols, strings))]);
    if (spec.hash !== 'none') {
      const isSysv = spec.hash === 'sysv';
      const bytes = isSysv ? this.sysvHash(symbols) : this.gnuHash(symbols);
      entries.push([isSysv ? 4 : 0x6ffffef5, this.base + this.place(bytes)]);
    }
    if (symbols.some(({ version }) => version !== undefined)) {
      entries.push(...this.versionTables(symbols, strings));
    }
    entries.push(...this.relocationEntries());
    const table = strings.bytes();
    entries.push([5, this.base + this.place(table)], [10, table.length], [0, 0]);
    return Buffer.concat(entries.flatMap(([tag, value]) => [this.wordOf(tag), this.wordOf(value)]));
  }

  private relocationEntries(): (readonly [number, number])[] {
    const { relocations, pltRelocations, encoding } = this.spec;
    const isRela = encoding !== 'rel';
    const entries: (readonly [number, number])[] = [];
    if (relocations !== undefined) {
      const bytes = this.relocationTable(relocations);
      entries.push([isRela ? 7 : 17, this.base + this.place(bytes)]);
      entries.push([isRela ? 8 : 18, bytes.length]);
    }
    if (pltRelocations !== undefined) {
      const bytes = this.relocationTable(pltRelocations);
      entries.push([23, this.base + this.place(bytes)], [2, bytes.length], [20, isRela ? 7 : 17]);
    }
    return entries;
  }

  private relocationTable(relocations: readonly TestRelocation[]): Buffer {
    return Buffer.concat(
      relocations.flatMap(({ slot, type, symbol = 0, addend = 0 }) => [
        this.wordOf(slot),
        this.is64 ? this.wordOf(symbol * 2 ** 32 + type) : this.u32(symbol * 256 + type),
        ...(this.spec.encoding === 'rel' ? [] : [this.wordOf(addend)]),
      ]),
    );
  }

  private symbolTable(symbols: readonly TestSymbol[], strings: Strings): Buffer {
    return Buffer.concat(
      [{ name: '', type: 0, binding: 0, section: 0 }, ...symbols].map((symbol: TestSymbol) => {
        const name = this.u32(strings.add(symbol.name));
        const values = [this.wordOf(symbol.value ?? 0), this.wordOf(symbol.size ?? 0)];
        const info = Buffer.from([((symbol.binding ?? 1) << 4) | (symbol.type ?? 2), 0]);
        const rest = [info, this.u16(symbol.section ?? 1)];
        return Buffer.concat(this.is64 ? [name, ...rest, ...values] : [name, ...values, ...rest]);
      }),
    );
  }

  /** One bucket holds all: the chain is the table. */
  private sysvHash(symbols: readonly TestSymbol[]): Buffer {
    const count = symbols.length + 1;
    const chain = symbols.map((_, index) => (index + 1 < symbols.length ? index + 2 : 0));
    const words = [1, count, symbols.length === 0 ? 0 : 1, 0, ...chain];
    return Buffer.concat(words.map((word) => this.u32(word)));
  }

  /** Undefined symbols must come first; one bucket holds the others. */
  private gnuHash(symbols: readonly TestSymbol[]): Buffer {
    const firstDefined = symbols.findIndex(({ section }) => section !== 0);
    const offset = firstDefined === -1 ? 1 : firstDefined + 1;
    const hashed = firstDefined === -1 ? [] : symbols.slice(firstDefined);
    const chain = hashed.map(({ name }, index) => {
      let hash = 5381n;
      for (const byte of Buffer.from(name)) hash = (hash * 33n + BigInt(byte)) % 2n ** 32n;
      return Number((hash / 2n) * 2n) + (index === hashed.length - 1 ? 1 : 0);
    });
    return Buffer.concat([
      ...[1, offset, 1, 0].map((word) => this.u32(word)),
      this.wordOf(0),
      ...[hashed.length === 0 ? 0 : offset, ...chain].map((word) => this.u32(word)),
    ]);
  }

  private versionTables(
    symbols: readonly TestSymbol[],
    strings: Strings,
  ): (readonly [number, number])[] {
    const indices = new Map<string, number>();
    const needs: Buffer[] = [];
    const definitions: Buffer[] = [];
    const symbolVersions = symbols.map(({ version, section }) => {
      if (version === undefined) return 1;
      const hidden = version.startsWith('@') ? 0x8000 : 0;
      const name = hidden === 0 ? version : version.slice(1);
      const known = indices.get(name) ?? indices.size + 2;
      if (!indices.has(name)) {
        indices.set(name, known);
        const [plain = '', library] = name.split('@');
        if (section === 0 || library !== undefined)
          needs.push(this.need(known, strings.add(plain), strings.add(library ?? '')));
        else definitions.push(this.definition(known, strings.add(plain)));
      }
      return known | hidden;
    });
    const versym = Buffer.concat([0, ...symbolVersions].map((value) => this.u16(value)));
    return [
      [0x6ffffff0, this.base + this.place(versym)],
      ...this.chained(needs, 12, [0x6ffffffe, 0x6fffffff]),
      ...this.chained(definitions, 16, [0x6ffffffc, 0x6ffffffd]),
    ];
  }

  /** Elf_Verneed and its one Elf_Vernaux. */
  private need(index: number, name: number, library: number): Buffer {
    const head = [this.u16(1), this.u16(1), this.u32(library), this.u32(16), this.u32(0)];
    const aux = [this.u32(0), this.u16(0), this.u16(index), this.u32(name), this.u32(0)];
    return Buffer.concat([...head, ...aux]);
  }

  /** Elf_Verdef and its one Elf_Verdaux. */
  private definition(index: number, name: number): Buffer {
    const head = [this.u16(1), this.u16(0), this.u16(index), this.u16(1), this.u32(0)];
    return Buffer.concat([...head, this.u32(20), this.u32(0), this.u32(name), this.u32(0)]);
  }

  /** Fills in the distance to the next record at `nextAt`, and says where the list is. */
  private chained(
    records: readonly Buffer[],
    nextAt: number,
    [tag, countTag]: readonly [number, number],
  ): (readonly [number, number])[] {
    if (records.length === 0) return [];
    records.forEach((record, index) => {
      const distance = index + 1 < records.length ? record.length : 0;
      record.set(this.u32(distance), nextAt);
    });
    return [
      [tag, this.base + this.place(Buffer.concat(records))],
      [countTag, records.length],
    ];
  }

  private placeStaticTable(symbols: readonly TestSymbol[]): void {
    const strings = new Strings();
    const table = this.symbolTable(symbols, strings);
    // Section 0 is the null section.
    const link = this.placed.length + 2;
    this.placed.push({ name: '.symtab', type: 2, bytes: table, offset: this.place(table), link });
    const names = strings.bytes();
    this.placed.push({ name: '.strtab', type: 3, bytes: names, offset: this.place(names) });
  }

  private placeSectionTable(): number {
    const names = new Strings();
    const nameOffsets = this.placed.map(({ name }) => names.add(name));
    const ownName = names.add('.shstrtab');
    const table = names.bytes();
    const all: (Placed & { nameOffset: number })[] = [
      { name: '', type: 0, bytes: new Uint8Array(0), offset: 0, nameOffset: 0 },
      ...this.placed.map((section, index) => ({ ...section, nameOffset: nameOffsets[index] ?? 0 })),
      { name: '', type: 3, bytes: table, offset: this.place(table), nameOffset: ownName },
    ];
    const headers = all.map(({ nameOffset, type = 1, flags = 0, bytes, offset, ...rest }) =>
      Buffer.concat([
        ...[this.u32(nameOffset), this.u32(type), this.wordOf(flags)],
        this.wordOf(rest.loaded === true ? this.base + offset : 0),
        ...[this.wordOf(offset), this.wordOf(bytes.length), this.u32(rest.link ?? 0), this.u32(0)],
        ...[this.wordOf(1), this.wordOf(0)],
      ]),
    );
    return this.place(Buffer.concat(headers));
  }

  private header(segmentCount: number, sectionTable: number): Buffer {
    const { spec } = this;
    const ident = [0x7f, 0x45, 0x4c, 0x46, this.is64 ? 2 : 1, this.littleEndian ? 1 : 2, 1];
    const sectionCount = sectionTable === 0 ? 0 : this.placed.length + 2;
    return Buffer.concat([
      Buffer.from([...ident, ...new Array<number>(9).fill(0)]),
      this.u16(spec.type ?? 3),
      this.u16(spec.machine ?? (this.is64 ? 62 : 3)),
      ...[this.u32(1), this.wordOf(this.base + 0x40), this.wordOf(64), this.wordOf(sectionTable)],
      ...[this.u32(0), this.u16(this.is64 ? 64 : 52), this.u16(this.is64 ? 56 : 32)],
      ...[this.u16(segmentCount), this.u16(this.is64 ? 64 : 40)],
      ...[this.u16(sectionCount), this.u16(Math.max(0, sectionCount - 1))],
    ]);
  }

  private programHeader(segment: { type: number; start: number; size: number }): Buffer {
    const { type, start, size } = segment;
    const address = this.wordOf(this.base + start);
    const sizes = [this.wordOf(size), this.wordOf(size)];
    const where = [this.wordOf(start), address, address, ...sizes];
    const flags = this.u32(7);
    const alignment = this.wordOf(4);
    return Buffer.concat(
      this.is64
        ? [this.u32(type), flags, ...where, alignment]
        : [this.u32(type), ...where, flags, alignment],
    );
  }

  /** Returns the offset. */
  private place(bytes: Uint8Array): number {
    const offset = Math.ceil(this.end / 16) * 16;
    this.parts.push({ offset, bytes });
    this.end = offset + bytes.length;
    return offset;
  }

  private u16(value: number): Buffer {
    return this.number(value, 2);
  }

  private u32(value: number): Buffer {
    return this.number(value, 4);
  }

  private wordOf(value: number): Buffer {
    return this.number(value, this.word);
  }

  private number(value: number, size: number): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(8 * size, BigInt(value)));
    const result = bytes.subarray(0, size);
    return this.littleEndian ? result : result.reverse();
  }
}

class Strings {
  private text = '\0';

  add(name: string): number {
    if (name === '') return 0;
    const offset = this.text.length;
    this.text += `${name}\0`;
    return offset;
  }

  bytes(): Buffer {
    return Buffer.from(this.text, 'latin1');
  }
}
