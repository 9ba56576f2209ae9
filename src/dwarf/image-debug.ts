/** Joins ELF images with the readers of debug information: where an image keeps it, and the files it names. */
import { posix } from 'node:path';
import type { ImageAddress } from '../base/address.js';
import { toImageAddress } from '../base/address.js';
import type { FileBytes } from '../base/file-bytes.js';
import { ElfImage } from '../elf/elf-image.js';
import { ElfFormatError } from '../elf/format-error.js';
import { supplementaryChecksum, type AlternateLink } from './debug-file.js';
import { DebugInfo } from './debug-info.js';
import type { Located } from './frame-entry.js';
import type { FrameSections } from './frame-table.js';
import { ehFrameAddress, FrameTable } from './frame-table.js';
import type { DwarfRegisters } from '../arch/dwarf-registers.js';

/** The whole file as the tracee sees it; undefined when it cannot be read. */
export type OpenFile = (path: string) => FileBytes | Uint8Array | undefined;

/** p_type of the segment that shows .eh_frame_hdr (LSB Core 5, 12.2). */
const PT_GNU_EH_FRAME = 0x6474e550;
/** Where distributions put debug files. */
const DEBUG_ROOT = '/usr/lib/debug';

/**
 * The unwind table of an image. Works for stripped files, and for the vDSO when `image` was parsed from
 * the tracee's memory.
 *
 * @param debugFile its separate debug file, which may have .debug_frame
 */
export function frameTableOf(
  image: ElfImage,
  map: DwarfRegisters,
  debugFile?: ElfImage,
): FrameTable | undefined {
  const sections = frameSectionsOf(image, map.wordBytes, debugFile);
  if (sections.ehFrame === undefined && sections.debugFrame === undefined) return undefined;
  return new FrameTable(sections, map.offsets.length);
}

function frameSectionsOf(
  image: ElfImage,
  wordBytes: 4 | 8,
  debugFile: ElfImage | undefined,
): FrameSections {
  const ehFrameHeader = headerOf(image);
  const ehFrame = ehFrameOf(image, ehFrameHeader, wordBytes);
  const debugFrame = image.sectionBytes('.debug_frame') ?? debugFile?.sectionBytes('.debug_frame');
  return {
    wordBytes,
    ...(ehFrameHeader === undefined ? {} : { ehFrameHeader }),
    ...(ehFrame === undefined ? {} : { ehFrame }),
    ...(debugFrame === undefined ? {} : { debugFrame }),
  };
}

function headerOf(image: ElfImage): Located | undefined {
  const segment = image.programHeaders.find(({ type }) => type === PT_GNU_EH_FRAME);
  if (segment === undefined) return undefined;
  const bytes = bytesFrom(image, segment.address)?.subarray(0, segment.memorySize);
  return bytes === undefined ? undefined : { bytes, address: segment.address };
}

/** By the header, which stripped files keep, else by the section. */
function ehFrameOf(
  image: ElfImage,
  header: Located | undefined,
  wordBytes: 4 | 8,
): Located | undefined {
  const address = header === undefined ? undefined : ehFrameAddress(header, wordBytes);
  const named = address === undefined ? undefined : bytesFrom(image, toImageAddress(address));
  if (address !== undefined && named !== undefined) return { bytes: named, address };
  const section = image.sections.find(({ name }) => name === '.eh_frame');
  const bytes = section === undefined ? undefined : image.sectionBytes('.eh_frame');
  return section === undefined || bytes === undefined
    ? undefined
    : { bytes, address: section.address };
}

/** All that the file has from an address to the end of its segment. */
export function bytesFrom(image: ElfImage, address: ImageAddress): Uint8Array | undefined {
  const segment = image.loadSegments.find(
    (each) => address >= each.address && address < each.address + each.fileSize,
  );
  if (segment === undefined) return undefined;
  const offset = segment.offset + (address - segment.address);
  const rest = image.file.part(offset, segment.offset + segment.fileSize - offset);
  return rest.length > 0 ? rest : undefined;
}

/**
 * Debug information of an image, read as it is asked for; undefined when there is none.
 *
 * @param debugFile its separate debug file, where there is one
 * @param openFile for the files that the information names: .dwo, .dwp, and what dwz shared
 */
export function debugInfoOf(
  image: ElfImage,
  debugFile: ElfImage | undefined,
  openFile: OpenFile,
): DebugInfo | undefined {
  const holder = [image, debugFile].find((each) => hasInfo(each));
  if (holder === undefined) return undefined;
  const open = (path: string): ElfImage | undefined => parsed(openFile(path), path);
  return new DebugInfo({
    sections: holder,
    openAlternate: (link) => {
      const found = alternatePaths(link, holder.path).map(open);
      return found.find((each) => each !== undefined && isAlternate(each, link));
    },
    openSplit: (name, directory) => open(posix.resolve('/', directory, name)),
    openPackage: () => open(`${image.path}.dwp`) ?? open(`${holder.path}.dwp`),
  });
}

function hasInfo(image: ElfImage | undefined): boolean {
  return image?.section('.debug_info') !== undefined;
}

function isAlternate(found: ElfImage, { buildId }: AlternateLink): boolean {
  return found.buildId === buildId || supplementaryChecksum(found) === buildId;
}

/** In the order of GDB: as linked, then by build id. */
function alternatePaths(link: AlternateLink, from: string): string[] {
  const linked = posix.resolve(posix.dirname(from), link.path);
  if (link.buildId.length <= 2) return [linked];
  const { buildId } = link;
  return [linked, `${DEBUG_ROOT}/.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}.debug`];
}

function parsed(bytes: ReturnType<OpenFile>, path: string): ElfImage | undefined {
  if (bytes === undefined) return undefined;
  try {
    return ElfImage.parse(bytes, path);
  } catch (error) {
    if (error instanceof ElfFormatError) return undefined;
    throw error;
  }
}
