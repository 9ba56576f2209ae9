/** Reads the entries of .eh_frame and .debug_frame: CIEs and FDEs (DWARF 5, 6.4.1; LSB Core 5, 10.6). */
import { Cursor } from './cursor.js';
import { DW_EH_PE_omit, readEncodedPointer, readEncodedValue } from './encoded-pointer.js';
import type { PointerBases } from './encoded-pointer.js';
import { DwarfError } from './sections.js';

/** Bytes of an image and the image address of the first. */
export interface Located {
  readonly bytes: Uint8Array;
  readonly address: number;
}

export interface FrameSection extends Located {
  readonly kind: 'eh_frame' | 'debug_frame';
  readonly wordBytes: 4 | 8;
}

/** What FDEs share: "common information entry". */
export interface CommonEntry {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  readonly returnAddressRegister: number;
  readonly signalFrame: boolean;
  /** How pointers in FDEs and in DW_CFA_set_loc are encoded. */
  readonly pointerEncoding: number;
  /** FDEs carry a sized block of augmentation data. */
  readonly sizedAugmentation: boolean;
  /** How FDEs point to their language-specific data, DW_EH_PE_omit where they have none. */
  readonly languageDataEncoding: number;
  readonly segmentBytes: number;
  readonly instructionsFrom: number;
  readonly instructionsTo: number;
}

/** How to unwind from the code in [from, to): "frame description entry". */
export interface FrameEntry {
  readonly section: FrameSection;
  readonly common: CommonEntry;
  readonly from: number;
  readonly to: number;
  /** Image address of what the language's own unwinder knows of this code, its landing pads: the LSDA. */
  readonly languageData: number | undefined;
  readonly instructionsFrom: number;
  readonly instructionsTo: number;
}

/** Real ones have up to five letters. */
const LONGEST_AUGMENTATION = 16;

/** CIEs by offset: thousands of FDEs share a handful. */
export type CommonEntries = Map<number, CommonEntry>;

/**
 * The FDE at an offset of its section, or where the next entry starts when there is a CIE or nothing.
 * Throws DwarfError for an entry that cannot be read.
 */
export function readFrameEntry(
  section: FrameSection,
  offset: number,
  commons: CommonEntries,
): { readonly entry: FrameEntry | undefined; readonly next: number } {
  const cursor = new Cursor(section.bytes, offset);
  const { end, offsetBytes } = cursor.initialLength();
  if (end === cursor.position) return { entry: undefined, next: end };
  cursor.end = end;
  const idAt = cursor.position;
  const id = section.kind === 'eh_frame' ? cursor.u32() : cursor.offset(offsetBytes);
  if (isCommonId(id, section.kind, offsetBytes)) return { entry: undefined, next: end };
  const commonAt = section.kind === 'eh_frame' ? idAt - id : id;
  const common = commonEntryAt(section, commonAt, commons);
  return { entry: frameEntry(section, common, cursor), next: end };
}

function isCommonId(id: number, kind: FrameSection['kind'], offsetBytes: number): boolean {
  if (kind === 'eh_frame') return id === 0;
  return offsetBytes === 4 ? id === 0xffffffff : id >= 2 ** 64 - 2048; // all ones, rounded
}

function frameEntry(section: FrameSection, common: CommonEntry, cursor: Cursor): FrameEntry {
  cursor.skip(common.segmentBytes);
  const bases = { wordBytes: section.wordBytes, section: section.address };
  const from = readEncodedPointer(cursor, common.pointerEncoding, bases);
  const size = readEncodedValue(cursor, common.pointerEncoding & 0x0f, section.wordBytes);
  const languageData = common.sizedAugmentation
    ? readAugmentationData(cursor, common.languageDataEncoding, bases)
    : undefined;
  return {
    section,
    common,
    from,
    to: from + size,
    languageData,
    instructionsFrom: cursor.position,
    instructionsTo: cursor.end,
  };
}

function readAugmentationData(
  cursor: Cursor,
  encoding: number,
  bases: PointerBases,
): number | undefined {
  const size = cursor.uleb();
  const from = cursor.position;
  cursor.skip(size);
  // 0 where a function of a file with landing pads has none.
  const isThere =
    size > 0 &&
    encoding !== DW_EH_PE_omit &&
    readEncodedValue(cursor.at(from), encoding, bases.wordBytes) !== 0;
  return isThere ? readEncodedPointer(cursor.at(from), encoding, bases) : undefined;
}

function commonEntryAt(section: FrameSection, offset: number, commons: CommonEntries): CommonEntry {
  const known = commons.get(offset);
  if (known !== undefined) return known;
  const cursor = new Cursor(section.bytes, offset);
  const { end, offsetBytes } = cursor.initialLength();
  cursor.end = end;
  const id = section.kind === 'eh_frame' ? cursor.u32() : cursor.offset(offsetBytes);
  if (!isCommonId(id, section.kind, offsetBytes)) throw new DwarfError('FDE without CIE');
  const common = readCommonEntry(section, cursor);
  commons.set(offset, common);
  return common;
}

function readCommonEntry(section: FrameSection, cursor: Cursor): CommonEntry {
  const version = cursor.u8();
  // 1: LSB and DWARF 2; 3: DWARF 3; 4: DWARF 4 and 5.
  if (version !== 1 && version !== 3 && version !== 4) throw new DwarfError(`CIE ${version}`);
  const letters = augmentationString(cursor);
  let segmentBytes = 0;
  if (version === 4) {
    if (cursor.u8() !== section.wordBytes) throw new DwarfError('CIE of another address size');
    segmentBytes = cursor.u8();
  }
  if (letters.startsWith('eh')) cursor.skip(section.wordBytes); // EH data of GCC 2
  const codeAlignment = cursor.uleb();
  const dataAlignment = cursor.sleb();
  const returnAddressRegister = version === 1 ? cursor.u8() : cursor.uleb();
  const augmentation = readAugmentation(section, cursor, letters);
  return {
    ...augmentation,
    codeAlignment,
    dataAlignment,
    returnAddressRegister,
    segmentBytes,
    instructionsFrom: cursor.position,
    instructionsTo: cursor.end,
  };
}

function augmentationString(cursor: Cursor): string {
  let letters = '';
  for (let letter = cursor.u8(); letter !== 0; letter = cursor.u8()) {
    if (letters.length === LONGEST_AUGMENTATION) throw new DwarfError('augmentation without end');
    letters += String.fromCharCode(letter);
  }
  return letters;
}

function readAugmentation(section: FrameSection, cursor: Cursor, letters: string) {
  const sizedAugmentation = letters.startsWith('z');
  let pointerEncoding = 0;
  let languageDataEncoding = DW_EH_PE_omit;
  let signalFrame = letters === 'S';
  if (sizedAugmentation) {
    const size = cursor.uleb();
    const end = cursor.position + size;
    for (const letter of letters.slice(1)) {
      if (letter === 'R') pointerEncoding = cursor.u8();
      else if (letter === 'L') languageDataEncoding = cursor.u8();
      else if (letter === 'P') skipPersonality(cursor, section.wordBytes);
      else if (letter === 'S') signalFrame = true;
      else if (letter !== 'B') break; // unknown data: its size is known, its meaning is not needed
    }
    cursor.position = end;
    cursor.skip(0);
  }
  return { sizedAugmentation, pointerEncoding, languageDataEncoding, signalFrame };
}

function skipPersonality(cursor: Cursor, wordBytes: 4 | 8): void {
  const encoding = cursor.u8();
  if (encoding !== DW_EH_PE_omit) readEncodedValue(cursor, encoding, wordBytes);
}
