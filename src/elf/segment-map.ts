/** From image addresses to the bytes of the file behind them, through the PT_LOAD segments. */
import { toImageAddress } from '../base/address.js';
import type { FileBytes } from '../base/file-bytes.js';
import type { ImageAddress } from '../base/address.js';
import { PF_W, PF_X, SEGMENT } from './header.js';
import type { ProgramHeader } from './header.js';

/** Part of the image, in image addresses; `end` is exclusive. */
export interface ImageRange {
  readonly start: ImageAddress;
  readonly end: ImageAddress;
}

export class SegmentMap {
  /** PT_LOAD segments whose numbers make sense, in the order of the file. */
  readonly segments: readonly ProgramHeader[];

  constructor(
    private readonly file: FileBytes,
    programHeaders: readonly ProgramHeader[],
  ) {
    this.segments = programHeaders.filter(
      (header) =>
        header.type === SEGMENT.LOAD &&
        Number.isSafeInteger(header.address + header.memorySize) &&
        Number.isSafeInteger(header.offset + header.fileSize),
    );
  }

  /** Exactly `length` bytes of the file that appear at `address`; undefined when they do not. */
  bytesAt(address: ImageAddress, length: number): Uint8Array | undefined {
    const rest = this.bytesFrom(address);
    return rest !== undefined && length >= 0 && length <= rest.length
      ? rest.subarray(0, length)
      : undefined;
  }

  /** All bytes of the file from `address` to the end of its segment. */
  bytesFrom(address: ImageAddress): Uint8Array | undefined {
    const segment = this.segmentAt(address);
    if (segment === undefined) return undefined;
    const offset = segment.offset + (address - segment.address);
    const rest = this.file.part(offset, segment.offset + segment.fileSize - offset);
    return rest.length > 0 ? rest : undefined;
  }

  isWritable(address: ImageAddress): boolean {
    for (const { address: start, memorySize, flags } of this.segments) {
      if ((flags & PF_W) !== 0 && address >= start && address < start + memorySize) return true;
    }
    return false;
  }

  /** Executable segments as far as the file backs them, ascending and without overlap. */
  executableRanges(): ImageRange[] {
    const ranges: { start: ImageAddress; end: ImageAddress }[] = [];
    const executable = this.segments
      .filter((segment) => (segment.flags & PF_X) !== 0 && segment.fileSize > 0)
      .sort((a, b) => a.address - b.address);
    for (const segment of executable) {
      const end = toImageAddress(segment.address + segment.fileSize);
      const last = ranges.at(-1);
      if (last === undefined || segment.address >= last.end) {
        ranges.push({ start: segment.address, end });
      } else if (end > last.end) {
        last.end = end;
      }
    }
    return ranges;
  }

  private segmentAt(address: ImageAddress): ProgramHeader | undefined {
    return this.segments.find(
      (segment) => address >= segment.address && address < segment.address + segment.fileSize,
    );
  }
}
