/** Memory that a loaded image has but does not use: what lies between the end of its code and the end of the page. */
import { toImageAddress } from '../base/address.js';
import { PF_W, PF_X, type ProgramHeader } from './header.js';
import type { ImageRange } from './segment-map.js';

/** The smallest page of the kernel: where they are larger, tails are too. */
const PAGE = 4096;

/**
 * The rest of the last page of each segment that is executable and not writable, as far as no other segment has a part of
 * that page. The kernel maps whole pages of the file, so there may be bytes of it.
 *
 * @param segments PT_LOAD
 */
export function unusedTails(segments: readonly ProgramHeader[]): ImageRange[] {
  const tails: ImageRange[] = [];
  for (const segment of segments) {
    const isCode = (segment.flags & PF_X) !== 0 && (segment.flags & PF_W) === 0;
    // Zeros behind the part that the file has are the program's.
    if (!isCode || segment.fileSize === 0 || segment.memorySize > segment.fileSize) continue;
    const start = segment.address + segment.fileSize;
    const end = Math.ceil(start / PAGE) * PAGE;
    const isShared = segments.some((other) => other !== segment && touches(other, start, end));
    if (start < end && !isShared) {
      tails.push({ start: toImageAddress(start), end: toImageAddress(end) });
    }
  }
  return tails;
}

/** Has the segment any page in common with these bytes? */
function touches({ address, memorySize }: ProgramHeader, start: number, end: number): boolean {
  const first = Math.floor(address / PAGE) * PAGE;
  const last = Math.ceil((address + memorySize) / PAGE) * PAGE;
  return first < end && last > Math.floor(start / PAGE) * PAGE;
}
