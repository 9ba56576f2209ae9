/** Where the relocations of an image lie: from the dynamic section, else from the section headers. */
import { toImageAddress } from '../base/address.js';
import { DT } from './dynamic.js';
import type { DynamicSection } from './dynamic.js';
import type { BytesFrom } from './dynamic-symbols.js';
import type { RelocationTable } from './relocations.js';
import { SECTION, SHF } from './sections.js';
import type { Section } from './sections.js';

/** The PLT's table first: it is the one that is asked for most. */
export function dynamicRelocationTables(
  dynamic: DynamicSection,
  bytesFrom: BytesFrom,
): RelocationTable[] {
  const plt = dynamic.value(DT.JMPREL);
  const tables: RelocationTable[] = [];
  const add = (table: Omit<RelocationTable, 'bytes'>, start?: number, size?: number) => {
    if (start === undefined || size === undefined) return;
    const bytes = bytesFrom(toImageAddress(start))?.subarray(0, size);
    if (bytes !== undefined && bytes.length > 0) tables.push({ ...table, bytes });
  };
  const ofPlt = dynamic.value(DT.PLTREL) === DT.REL ? 'rel' : 'rela';
  add({ encoding: ofPlt, relativeFirst: 0 }, plt, dynamic.value(DT.PLTRELSZ));
  for (const [encoding, startTag, sizeTag] of TABLES) {
    const start = dynamic.value(startTag);
    const size = dynamic.value(sizeTag);
    const countTag = RELATIVE_COUNTS[encoding];
    const relativeFirst = (countTag === undefined ? undefined : dynamic.value(countTag)) ?? 0;
    add(
      { encoding, relativeFirst },
      start,
      start === undefined ? size : sizeBefore(plt, start, size),
    );
  }
  return tables;
}

/** Some linkers count the PLT's relocations, which lie last, in DT_RELASZ too. */
function sizeBefore(
  plt: number | undefined,
  start: number,
  size: number | undefined,
): number | undefined {
  const includesPlt = plt !== undefined && size !== undefined && plt >= start && plt < start + size;
  return includesPlt ? plt - start : size;
}

/**
 * Static programs have IRELATIVE relocations for their IFUNCs and no dynamic section: the start code
 * finds them by symbols. Relocations for the linker (ET_REL) are left out.
 */
export function sectionRelocationTables(
  sections: readonly Section[],
  contents: (section: Section) => Uint8Array | undefined,
  fileSize: number,
): RelocationTable[] {
  const tables: RelocationTable[] = [];
  let left = fileSize;
  for (const section of sections) {
    const isTable = section.type === SECTION.RELA || section.type === SECTION.REL;
    if (!isTable || (section.flags & SHF.ALLOC) === 0) continue;
    const bytes = contents(section);
    // Sections of damaged files may overlap.
    if (bytes === undefined || (left -= bytes.length) < 0) continue;
    const encoding = section.type === SECTION.RELA ? 'rela' : 'rel';
    tables.push({ encoding, bytes, relativeFirst: 0 });
  }
  return tables;
}

const TABLES: readonly (readonly [RelocationTable['encoding'], number, number])[] = [
  ['rela', DT.RELA, DT.RELASZ],
  ['rel', DT.REL, DT.RELSZ],
  ['relr', DT.RELR, DT.RELRSZ],
  ['relr', DT.ANDROID_RELR, DT.ANDROID_RELRSZ],
  ['android', DT.ANDROID_RELA, DT.ANDROID_RELASZ],
  ['android', DT.ANDROID_REL, DT.ANDROID_RELSZ],
];

const RELATIVE_COUNTS: Partial<Record<RelocationTable['encoding'], number>> = {
  rela: DT.RELACOUNT,
  rel: DT.RELCOUNT,
};
