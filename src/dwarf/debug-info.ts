/** Debug information of one image: from an address to functions, inlined functions and source lines. */
import type { Prototype } from '../prototype/prototype.js';
import { AT } from './constants.js';
import type { AlternateLink } from './debug-file.js';
import { DebugFile } from './debug-file.js';
import type { Entry } from './entry.js';
import { NameIndex } from './name-index.js';
import { readPrototype } from './prototype-reader.js';
import { rangesOf } from './ranges.js';
import type { IntervalIndex } from './interval-index.js';
import { KeepRecent } from './keep-recent.js';
import { readLineHeader } from './line-header.js';
import type { SourcePlace } from './line-table.js';
import { LineTable } from './line-table.js';
import type { DebugSections } from './sections.js';
import { ifLegible } from './sections.js';
import type { FunctionCode } from './unit-functions.js';
import { UnitFunctions } from './unit-functions.js';
import { indexUnits } from './unit-index.js';
import type { Unit } from './unit.js';
import { sectionOffset } from './unit.js';

/** The sections of an image (or of its separate debug file), and how to get at further files. */
export interface DebugSources {
  readonly sections: DebugSections;
  /** The file that .gnu_debugaltlink or .debug_sup names; relative paths count from the debug file. */
  openAlternate(link: AlternateLink): DebugSections | undefined;
  /** A .dwo file: DW_AT_dwo_name and DW_AT_comp_dir as written. */
  openSplit(name: string, compilationDirectory: string): DebugSections | undefined;
  /** The .dwp file beside the image. Asked at most once, and before any .dwo. */
  openPackage(): DebugSections | undefined;
}

/** A function at an address; the first of several is inlined into the second, and so on. */
export interface SourceFrame {
  /** As in the source, without namespace or class. */
  readonly function: string | undefined;
  /** Mangled, where the language mangles names. */
  readonly linkageName: string | undefined;
  /** Where the instruction comes from; for callers of inlined functions, where the call stands. */
  readonly place: SourcePlace | undefined;
}

/** Functions of so many units stay indexed; a large unit costs a few ms and 2 MB to index again. */
const KEPT_UNITS = 256;
/** Rows of line tables that are kept: 20 bytes each. */
const KEPT_ROWS = 4194304;
const KEPT_PLACES = 65536;

export class DebugInfo {
  private readonly file: DebugFile;
  private readonly sources: DebugSources;
  private names: NameIndex | undefined;
  private unitIndex: IntervalIndex<Unit> | undefined;
  private readonly splitUnits = new Map<Unit, Unit>();
  private packageFile: DebugFile | undefined;
  private packageTried = false;
  private readonly functions = new KeepRecent<Unit, UnitFunctions>(KEPT_UNITS, () => 1);
  private readonly lineTables = new KeepRecent<Unit, LineTable | undefined>(
    KEPT_ROWS,
    (table) => 1 + (table?.rowCount ?? 0),
  );
  private readonly places = new KeepRecent<number, readonly SourceFrame[]>(KEPT_PLACES, () => 1);

  constructor(sources: DebugSources) {
    this.sources = sources;
    this.file = new DebugFile(sources.sections, 'whole', (link) => sources.openAlternate(link));
  }

  /**
   * What the source says about an instruction, innermost first; empty when nothing is known.
   * For a return address ask for the byte before it.
   *
   * @param address image address
   */
  sourceAt(address: number): readonly SourceFrame[] {
    return this.places.get(address, () => ifLegible(() => this.findSource(address)) ?? []);
  }

  /**
   * The prototype of the function that starts at an image address; undefined when there is none, or when
   * only the middle of a function is there.
   *
   * @param name as in the symbol table, without version; becomes the prototype's name
   */
  prototypeAt(address: number, name: string): Prototype | undefined {
    return ifLegible(() => {
      const unit = this.unitAt(address);
      const entry = unit === undefined ? undefined : this.functionIn(unit, address)?.instance.entry;
      return entry !== undefined && startsAt(entry, address)
        ? readPrototype(entry, name)
        : undefined;
    });
  }

  /**
   * The prototype of a function that this file defines or declares, by its name in the symbol table. The
   * first call reads through all of the debug information; prefer {@link prototypeAt}.
   */
  prototypeNamed(name: string): Prototype | undefined {
    return ifLegible(() => {
      this.names ??= new NameIndex(this.fullUnits());
      const entry = this.names.find(name);
      return entry === undefined ? undefined : readPrototype(entry, name);
    });
  }

  /** All units with the entries of functions and types: the split halves where there are some. */
  private fullUnits(): Unit[] {
    return this.file.units().map((unit) => ifLegible(() => this.fullUnit(unit)) ?? unit);
  }

  private findSource(address: number): readonly SourceFrame[] {
    const unit = this.unitAt(address);
    if (unit === undefined) return [];
    const lines = this.lineTableOf(unit);
    const code = this.functionIn(unit, address);
    const place = lines?.placeAt(address);
    if (code === undefined) {
      return place === undefined ? [] : [{ function: undefined, linkageName: undefined, place }];
    }
    const chain = [code.instance, ...code.inlined.at(address)];
    return chain
      .map((instance, index) => {
        const { name, linkageName } = instance.name;
        const inner = chain[index + 1];
        const at = inner === undefined ? place : callPlace(inner.entry, lines);
        return { function: name, linkageName, place: at };
      })
      .reverse();
  }

  private unitAt(address: number): Unit | undefined {
    this.unitIndex ??= indexUnits(this.file);
    return this.unitIndex.find(address);
  }

  private functionIn(unit: Unit, address: number): FunctionCode | undefined {
    return this.functions.get(unit, () => new UnitFunctions(this.fullUnit(unit))).at(address);
  }

  private lineTableOf(unit: Unit): LineTable | undefined {
    return this.lineTables.get(unit, () => ifLegible(() => readLineTable(unit)));
  }

  /** A skeleton's other half, which has the functions and types; the unit itself if it is whole. */
  private fullUnit(unit: Unit): Unit {
    const known = this.splitUnits.get(unit);
    if (known !== undefined) return known;
    const full = ifLegible(() => this.findSplit(unit)) ?? unit;
    this.splitUnits.set(unit, full);
    return full;
  }

  private findSplit(unit: Unit): Unit | undefined {
    const { root } = unit;
    const name = unit.textOf(root.get(AT.dwoName) ?? root.get(AT.gnuDwoName));
    if (name === undefined) return undefined;
    const id = splitId(unit);
    // Without a number nothing says that the file belongs to it.
    if (id === undefined) return undefined;
    return (
      this.splitFrom(this.openPackage(), unit, id) ??
      this.splitFrom(this.openDwo(name, unit), unit, id)
    );
  }

  private splitFrom(file: DebugFile | undefined, skeleton: Unit, id: bigint) {
    const found = file?.units().find((each) => ifLegible(() => splitId(each)) === id);
    if (found !== undefined) found.skeleton = skeleton;
    return found;
  }

  private openDwo(name: string, unit: Unit): DebugFile | undefined {
    const directory = unit.textOf(unit.root.get(AT.compDir)) ?? '';
    const sections = this.sources.openSplit(name, directory);
    return sections === undefined ? undefined : splitFile(sections);
  }

  private openPackage(): DebugFile | undefined {
    if (!this.packageTried) {
      this.packageTried = true;
      const sections = this.sources.openPackage();
      if (sections !== undefined) this.packageFile = splitFile(sections);
    }
    return this.packageFile;
  }
}

function startsAt(subprogram: Entry, address: number): boolean {
  if (subprogram.address(AT.entryPc) === address) return true;
  return rangesOf(subprogram.unit, subprogram.attributes).some(({ from }) => from === address);
}

function splitFile(sections: DebugSections): DebugFile {
  return new DebugFile(sections, 'split', () => undefined);
}

/** The number that a skeleton and its other half share. */
function splitId(unit: Unit): bigint | undefined {
  if (unit.header.signature !== undefined) return unit.header.signature;
  const value = unit.root.get(AT.gnuDwoId);
  return value?.kind === 'constant' ? BigInt.asUintN(64, BigInt(value.value)) : undefined;
}

function readLineTable(unit: Unit): LineTable | undefined {
  const offset = sectionOffset(unit.root.get(AT.stmtList));
  const section = unit.owner.sectionBytes('.debug_line');
  if (offset === undefined || section === undefined) return undefined;
  const header = readLineHeader(section, offset, unit.header, (value) => unit.textOf(value));
  return new LineTable(section, header, unit.textOf(unit.root.get(AT.compDir)) ?? '');
}

function callPlace(inlined: Entry, lines: LineTable | undefined): SourcePlace | undefined {
  const file = lines?.fileName(inlined.number(AT.callFile) ?? -1);
  const line = inlined.number(AT.callLine);
  if (file === undefined || line === undefined) return undefined;
  return { file, line, column: inlined.number(AT.callColumn) ?? 0 };
}
