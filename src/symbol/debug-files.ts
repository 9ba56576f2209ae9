/** Separate debug information of an image: where distributions put it, and whether it belongs to it. */
import { posix } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FileBytes } from '../base/file-bytes.js';
import { ElfImage } from '../elf/elf-image.js';
import { ElfFormatError } from '../elf/format-error.js';
import { decompressXz } from '../compression/xz.js';

/** The whole file as the tracee sees it; undefined when it cannot be read. */
export type OpenFile = (path: string) => FileBytes | Uint8Array | undefined;

/** Where Debian, Fedora, Arch and others put debug files, and where GDB looks. */
const DEBUG_ROOT = '/usr/lib/debug';

/**
 * Files with the symbols that were stripped from the image: the debug file and the compressed table
 * inside the image itself (MiniDebugInfo). Only their .symtab and .debug sections mean something.
 */
export function debugImagesOf(image: ElfImage, openFile: OpenFile): ElfImage[] {
  return [findDebugFile(image, openFile), miniDebugInfo(image)].filter(
    (found) => found !== undefined,
  );
}

/** The first candidate that exists and belongs to the image. */
export function findDebugFile(image: ElfImage, openFile: OpenFile): ElfImage | undefined {
  for (const path of debugFilePaths(image)) {
    if (path === image.path) continue;
    const bytes = openFile(path);
    if (bytes === undefined) continue;
    const found = parseOrNothing(bytes, path);
    if (found !== undefined && belongsTo(found, image)) return found;
  }
  return undefined;
}

/** In the order of GDB: by build id, then the linked name beside the image and below the debug root. */
export function debugFilePaths(image: ElfImage): string[] {
  const { buildId, debugLink } = image;
  const paths: string[] = [];
  // One byte would leave no file name.
  if (buildId !== undefined && buildId.length > 2) {
    paths.push(`${DEBUG_ROOT}/.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}.debug`);
  }
  if (debugLink !== undefined && isFileName(debugLink.file)) {
    const folder = posix.dirname(image.path);
    paths.push(
      posix.join(folder, debugLink.file),
      posix.join(folder, '.debug', debugLink.file),
      posix.join(DEBUG_ROOT, folder, debugLink.file),
    );
  }
  return paths;
}

/** The symbol table that Fedora's packages carry in .gnu_debugdata, compressed with xz. */
export function miniDebugInfo(image: ElfImage): ElfImage | undefined {
  const packed = image.sectionBytes('.gnu_debugdata');
  const bytes = packed && decompressXz(packed);
  return bytes && parseOrNothing(bytes, `${image.path} (.gnu_debugdata)`);
}

/** A name with a folder in it would let the image choose any file of the system. */
function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

/** Bytes of a file whose checksum is computed: a second's work. Larger ones have a build id. */
const MOST_CHECKED = 2 ** 30;

/** Same build id, or where one has none the checksum that the image gives. */
function belongsTo(found: ElfImage, image: ElfImage): boolean {
  if (found.machine !== image.machine || found.elfClass !== image.elfClass) return false;
  if (found.buildId !== undefined && image.buildId !== undefined) {
    return found.buildId === image.buildId;
  }
  const { file } = found;
  if (image.debugLink === undefined || file.size > MOST_CHECKED) return false;
  return crc32(file.part(0, file.size)) === image.debugLink.crc;
}

function parseOrNothing(bytes: FileBytes | Uint8Array, path: string): ElfImage | undefined {
  try {
    return ElfImage.parse(bytes, path);
  } catch (error) {
    if (error instanceof ElfFormatError) return undefined;
    throw error;
  }
}
