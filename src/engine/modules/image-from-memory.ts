/**
 * An image put together from what a process has loaded, where its file cannot be had: deleted, replaced, or hidden below
 * a mount, and we are not root. What is not loaded (section headers, .symtab, debug information) it does not have.
 */
import { toAddress, type LoadBias } from '../../base/address.js';
import { fileOf } from '../../base/file-bytes.js';
import { DT } from '../../elf/dynamic.js';
import { ElfImage } from '../../elf/elf-image.js';
import { ElfFormatError } from '../../elf/format-error.js';
import {
  readHeader,
  readProgramHeaders,
  SEGMENT,
  type ElfFormat,
  type ProgramHeader,
} from '../../elf/header.js';
import type { Mapping } from '../../kernel/mapping.js';
import type { TraceeFiles } from '../../kernel/tracee-files.js';
import type { ProcessMemory } from '../memory/process-memory.js';

/** A module whose file is wanted. */
export interface LoadedFile {
  /** One of its mappings; undefined where there is none. */
  readonly mapping: Mapping | undefined;
  /** Where the process found it; '' when that is not known. */
  readonly knownAs: string;
  readonly memory: ProcessMemory;
  /** Where it is loaded, if this is its image. */
  readonly biasOf: (image: ElfImage) => LoadBias;
}

/** The largest libraries that are in use have some hundred megabytes. */
const LARGEST_IMAGE = 2 ** 30;
/** The ELF header and the program headers of honest files lie in their first page. */
const HEADER_BYTES = 4096;

/** undefined where not all that the program headers promise can be read. */
export function imageFromMemory(files: TraceeFiles, wanted: LoadedFile): ElfImage | undefined {
  const { mapping, memory } = wanted;
  const first = mapping && firstOf(files.mappings, mapping);
  if (first === undefined) return undefined;
  try {
    const start = memory.readCode(toAddress(first.start), HEADER_BYTES);
    const header = readHeader(start, first.path);
    const headers = readProgramHeaders(fileOf(start), header, first.path);
    const segments = headers.filter(({ type, fileSize }) => type === SEGMENT.LOAD && fileSize > 0);
    const size = Math.max(0, ...segments.map(({ offset, fileSize }) => offset + fileSize));
    if (!(size > 0 && size <= LARGEST_IMAGE)) return undefined;
    const bytes = new Uint8Array(size);
    const image = ElfImage.parse(withHeaders(bytes, start), `${first.path} (in memory)`);
    const bias = wanted.biasOf(image);
    // The address in the linker's list, or the other way round the header, is none of this image's.
    if (!isHeaderAt(segments, first, bias)) return undefined;
    for (const segment of segments) {
      const loaded = memory.readCode(toAddress(segment.address + bias), segment.fileSize);
      if (loaded.length !== segment.fileSize) return undefined;
      bytes.set(loaded, segment.offset);
    }
    dropSectionHeaders(bytes, image);
    return unrelocated(bytes, image, bias);
  } catch (error) {
    if (error instanceof ElfFormatError) return undefined;
    throw error;
  }
}

/** The mapping of the file's beginning, below the one that is known. */
function firstOf(mappings: readonly Mapping[], { file, start }: Mapping): Mapping | undefined {
  return mappings.findLast(
    (mapping) => mapping.file === file && mapping.offset === 0 && mapping.start <= start,
  );
}

function withHeaders(bytes: Uint8Array, start: Uint8Array): Uint8Array {
  bytes.set(start.subarray(0, Math.min(start.length, bytes.length)));
  return bytes;
}

function isHeaderAt(segments: readonly ProgramHeader[], first: Mapping, bias: LoadBias): boolean {
  const segment = segments.find(({ offset }) => offset === 0);
  return segment !== undefined && segment.address + bias === first.start;
}

/** Offsets of e_shoff, and of e_shnum with e_shstrndx behind it, in both classes: elf(5). */
function dropSectionHeaders(bytes: Uint8Array, { elfClass }: ElfFormat): void {
  if (elfClass === 64) bytes.fill(0, 40, 48).fill(0, 60, 64);
  else bytes.fill(0, 32, 36).fill(0, 48, 52);
}

/** Entries of the dynamic section that glibc turns into addresses in memory (ADJUST_DYN_INFO in elf/get-dynamic-info.h). */
const POINTERS: ReadonlySet<number> = new Set([
  DT.PLTGOT,
  DT.HASH,
  DT.STRTAB,
  DT.SYMTAB,
  DT.RELA,
  DT.REL,
  DT.JMPREL,
  DT.RELR,
  DT.GNU_HASH,
  DT.VERSYM,
  DT.VERDEF,
  DT.VERNEED,
]);

/** As the file has it: without what the dynamic linker wrote. */
function unrelocated(bytes: Uint8Array, image: ElfImage, bias: LoadBias): ElfImage {
  const { loadSegments, path } = image;
  const end = Math.max(...loadSegments.map(({ address, memorySize }) => address + memorySize));
  const words = new Words(bytes, image, { bias, end });
  resetDynamic(image, words);
  resetSlots(ElfImage.parse(bytes, path), words);
  return ElfImage.parse(bytes, path);
}

function resetDynamic({ elfClass, programHeaders }: ElfImage, words: Words): void {
  const word = elfClass / 8;
  const header = programHeaders.find(({ type }) => type === SEGMENT.DYNAMIC);
  if (header === undefined) return;
  for (let at = header.offset; at < header.offset + header.fileSize; at += 2 * word) {
    const tag = words.read(at);
    if (tag === undefined || tag === DT.NULL) return;
    if (POINTERS.has(tag)) words.moveBack(at + word);
  }
}

/** Of tables whose addends stand in the slots; the others say themselves what is asked of them. */
function resetSlots(image: ElfImage, words: Words): void {
  const { dynamic } = image;
  const tags = [DT.REL, DT.RELR, DT.ANDROID_REL, DT.ANDROID_RELR];
  if (!tags.some((tag) => dynamic.has(tag)) && dynamic.value(DT.PLTREL) !== DT.REL) return;
  for (const { kind, slot } of image.relocations(['relative', 'glob-dat', 'absolute'])) {
    const at = fileOffset(image, slot);
    if (at === undefined) continue;
    if (kind === 'relative') words.moveBack(at);
    else words.write(at, 0);
  }
}

function fileOffset({ loadSegments }: ElfImage, address: number): number | undefined {
  const segment = loadSegments.find(
    (each) => address >= each.address && address < each.address + each.fileSize,
  );
  return segment && segment.offset + (address - segment.address);
}

/** Words of the image's bytes, at offsets in the file. */
class Words {
  private readonly view: DataView;

  constructor(
    bytes: Uint8Array,
    private readonly format: ElfFormat,
    private readonly loaded: { readonly bias: LoadBias; readonly end: number },
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** undefined outside of the bytes, and for what is no address. */
  read(at: number): number | undefined {
    const { elfClass, littleEndian } = this.format;
    if (at + elfClass / 8 > this.view.byteLength) return undefined;
    if (elfClass === 32) return this.view.getUint32(at, littleEndian);
    const value = this.view.getBigUint64(at, littleEndian);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
  }

  write(at: number, value: number): void {
    const { elfClass, littleEndian } = this.format;
    if (at + elfClass / 8 > this.view.byteLength) return;
    if (elfClass === 32) this.view.setUint32(at, value, littleEndian);
    else this.view.setBigUint64(at, BigInt(value), littleEndian);
  }

  /** An address in memory becomes one of the image again. */
  moveBack(at: number): void {
    const { bias, end } = this.loaded;
    const value = this.read(at);
    if (value !== undefined && value >= bias && value < bias + end) this.write(at, value - bias);
  }
}
