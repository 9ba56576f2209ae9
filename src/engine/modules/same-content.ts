/** Does the memory of a process hold this file? For where neither device nor inode tell. */
import { toAddress, type LoadBias } from '../../base/address.js';
import type { ElfImage } from '../../elf/elf-image.js';
import { PF_W } from '../../elf/header.js';
import type { ProcessMemory } from '../memory/process-memory.js';

/** Pieces that are compared at once, bytes. */
const PIECE = 65536;
/** Of one segment. With a file that has more and no build id we do not take the trouble. */
const MOST_COMPARED = 2 ** 26;

/**
 * By the build id that is loaded with it; else by everything that is loaded and not written to. A file without build id
 * and such a part is none.
 */
export function isLoadedFrom(image: ElfImage, bias: LoadBias, memory: ProcessMemory): boolean {
  const note = image.buildIdNote;
  if (note !== undefined) return isAt(note.address + bias, note.bytes, memory);
  const constant = image.loadSegments.filter(
    ({ flags, fileSize }) => (flags & PF_W) === 0 && fileSize > 0,
  );
  return (
    constant.length > 0 &&
    constant.every(({ address, fileSize }) => {
      if (fileSize > MOST_COMPARED) return false;
      const bytes = image.bytesAt(address, fileSize);
      return bytes !== undefined && isAt(address + bias, bytes, memory);
    })
  );
}

function isAt(address: number, bytes: Uint8Array, memory: ProcessMemory): boolean {
  for (let done = 0; done < bytes.length; done += PIECE) {
    const piece = bytes.subarray(done, done + PIECE);
    const loaded = memory.readCode(toAddress(address + done), piece.length);
    if (loaded.length !== piece.length || !Buffer.from(piece).equals(loaded)) return false;
  }
  return true;
}
