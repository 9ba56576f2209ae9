/** The units of one file with debug information: a program, a library, a split file, a package, a dwz file. */
import { AbbreviationTable } from './abbreviations.js';
import { Cursor } from './cursor.js';
import type { UnitFormat } from './unit-format.js';
import { packageIndex } from './package-index.js';
import { KeepRecent } from './keep-recent.js';
import type { DebugSections } from './sections.js';
import { DwarfError, ifLegible } from './sections.js';
import type { InfoSection, UnitOwner } from './unit.js';
import { readUnitHeader, Unit } from './unit.js';

/** How a file names the file that it shares debug information with. */
export interface AlternateLink {
  readonly path: string;
  /** Lower-case hexadecimal build id, or checksum of DWARF 5. */
  readonly buildId: string;
}

/** Chromium has 50000. */
const MOST_UNITS = 1048576;
/** Tables of abbreviations in memory: about 50 KB each. */
const KEPT_TABLES = 256;
/** More than the combinations of version, address size and offset size. */
const VARIANTS = 32;

export class DebugFile implements UnitOwner {
  readonly split: boolean;
  private readonly abbreviationTables = new KeepRecent<number, AbbreviationTable>(
    KEPT_TABLES,
    () => 1,
  );
  /** Units with a table, the latest last. */
  private readonly holders: Unit[] = [];
  private infoUnits: readonly Unit[] | undefined;
  private typeUnits: Map<bigint, Unit> | undefined;
  private alternateFile: DebugFile | undefined;
  private alternateTried = false;

  constructor(
    private readonly sections: DebugSections,
    kind: 'whole' | 'split',
    private readonly openAlternate: (link: AlternateLink) => DebugSections | undefined,
  ) {
    this.split = kind === 'split';
  }

  sectionBytes(name: string): Uint8Array | undefined {
    return this.sections.sectionBytes(this.split ? `${name}.dwo` : name);
  }

  /** Units of .debug_info in the order of their offsets. */
  units(): readonly Unit[] {
    return (this.infoUnits ??= this.readUnits('.debug_info'));
  }

  unitContaining(offset: number): Unit {
    const units = this.units();
    let low = 0;
    let high = units.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((units[middle]?.header.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = units[low - 1];
    if (unit === undefined || offset >= unit.header.end) {
      throw new DwarfError(`no unit at ${offset}`);
    }
    return unit;
  }

  typeUnit(signature: bigint): Unit | undefined {
    this.typeUnits ??= this.indexTypeUnits();
    return this.typeUnits.get(signature);
  }

  alternate(): DebugFile | undefined {
    if (!this.alternateTried) {
      this.alternateTried = true;
      const link = alternateLink(this.sections);
      const sections = link === undefined ? undefined : this.openAlternate(link);
      if (sections !== undefined) {
        // A shared file refers to no other.
        this.alternateFile = new DebugFile(sections, 'whole', () => undefined);
      }
    }
    return this.alternateFile;
  }

  abbreviationTable(offset: number, format: UnitFormat): AbbreviationTable {
    const { version, addressBytes, offsetBytes } = format;
    const variant = version * 4 + (addressBytes === 8 ? 2 : 0) + (offsetBytes === 8 ? 1 : 0);
    return this.abbreviationTables.get(offset * VARIANTS + variant, () => {
      const bytes = this.sectionBytes('.debug_abbrev');
      if (bytes === undefined) throw new DwarfError('no .debug_abbrev');
      return new AbbreviationTable(bytes, offset, { version, addressBytes, offsetBytes });
    });
  }

  holdsTable(unit: Unit): void {
    this.holders.push(unit);
    if (this.holders.length > KEPT_TABLES) this.holders.shift()?.dropTable();
  }

  /** What can be read: units after a damaged header are lost, a damaged unit costs only itself. */
  private readUnits(section: InfoSection): readonly Unit[] {
    const units: Unit[] = [];
    const bytes = this.sectionBytes(section);
    if (bytes === undefined) return units;
    const parts = this.split ? packageIndex(this.sections, section) : undefined;
    const whole = new Cursor(bytes);
    let offset = 0;
    while (offset < bytes.byteLength && units.length < MOST_UNITS) {
      const end = endOfUnit(bytes, offset);
      if (end === undefined) break;
      const at = offset;
      const unit = ifLegible(
        () => new Unit(this, readUnitHeader(bytes, at, section), whole, parts?.get(at)),
      );
      if (unit !== undefined) units.push(unit);
      offset = end;
    }
    return units;
  }

  private indexTypeUnits(): Map<bigint, Unit> {
    const index = new Map<bigint, Unit>();
    for (const unit of [...this.units(), ...this.readUnits('.debug_types')]) {
      const { signature, typeOffset } = unit.header;
      if (signature !== undefined && typeOffset > 0) index.set(signature, unit);
    }
    return index;
  }
}

function endOfUnit(bytes: Uint8Array, offset: number): number | undefined {
  return ifLegible(() => new Cursor(bytes, offset).initialLength().end);
}

/** .gnu_debugaltlink (dwz), or .debug_sup (DWARF 5, 7.3.6). */
export function alternateLink(sections: DebugSections): AlternateLink | undefined {
  const gnu = sections.sectionBytes('.gnu_debugaltlink');
  return ifLegible(() => {
    if (gnu !== undefined) {
      const cursor = new Cursor(gnu);
      const path = cursor.string();
      return { path, buildId: hex(cursor.slice(gnu.length - cursor.position)) };
    }
    const standard = supplement(sections);
    if (standard?.isSupplementary !== false) return undefined;
    return { path: standard.path, buildId: standard.checksum };
  });
}

/** What identifies a file that others share: lower-case hexadecimal; undefined when it is none of DWARF 5. */
export function supplementaryChecksum(sections: DebugSections): string | undefined {
  const found = ifLegible(() => supplement(sections));
  return found?.isSupplementary === true ? found.checksum : undefined;
}

interface Supplement {
  readonly isSupplementary: boolean;
  readonly path: string;
  readonly checksum: string;
}

function supplement(sections: DebugSections): Supplement | undefined {
  const bytes = sections.sectionBytes('.debug_sup');
  if (bytes === undefined) return undefined;
  const cursor = new Cursor(bytes);
  if (cursor.u16() !== 5) return undefined;
  const isSupplementary = cursor.u8() !== 0;
  return { isSupplementary, path: cursor.string(), checksum: hex(cursor.slice(cursor.uleb())) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
