/** Unpacks an .xz file in memory: what MiniDebugInfo uses. Only the LZMA2 filter, as `xz` writes by default. */
import { crc32 } from 'node:zlib';
import { ByteReader, OutOfBounds } from '../base/byte-reader.js';
import { decompressLzma2, LzmaError } from './lzma2.js';

/** FD 37 7A 58 5A 00, "The .xz File Format" 2.1.1.1. */
const MAGIC = 'fd377a585a00';
const HEADER_BYTES = 12;

/** Filter id of LZMA2, 5.3.1. */
const LZMA2 = 0x21;

/** Far more than the symbol tables of large programs need. */
const MOST_BYTES = 2 ** 26;

/** Bytes of the check behind each block by its id, 2.1.1.2. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;
const CHECK_CRC32 = 1;

/** Contents of the first stream; undefined when it is damaged, too large or uses other filters. */
export function decompressXz(packed: Uint8Array): Uint8Array | undefined {
  try {
    return readStream(new ByteReader(packed));
  } catch (error) {
    if (error instanceof OutOfBounds || error instanceof LzmaError) return undefined;
    throw error;
  }
}

function readStream(reader: ByteReader): Uint8Array | undefined {
  if (Buffer.from(reader.slice(0, 6)).toString('hex') !== MAGIC) return undefined;
  const check = reader.u8(7) & 15;
  const blocks: Uint8Array[] = [];
  let total = 0;
  let at = HEADER_BYTES;
  // A zero where a block's header size would be starts the index: no more blocks.
  while (reader.u8(at) !== 0) {
    const headerSize = (reader.u8(at) + 1) * 4;
    if (!isLzma2Only(reader, at)) return undefined;
    const block = decompressLzma2(reader.bytes, at + headerSize, MOST_BYTES - total);
    const checkAt = Math.ceil(block.end / 4) * 4;
    if (check === CHECK_CRC32 && reader.u32(checkAt) !== crc32(block.bytes)) return undefined;
    blocks.push(block.bytes);
    total += block.bytes.length;
    at = checkAt + (CHECK_BYTES[check] ?? 0);
  }
  return blocks.length === 1 ? blocks[0] : Buffer.concat(blocks);
}

/** Block header, 3.1: size, flags, optional compressed and uncompressed sizes, then the filters. */
function isLzma2Only(reader: ByteReader, at: number): boolean {
  const flags = reader.u8(at + 1);
  let filter = at + 2;
  for (const sizeFlag of [0x40, 0x80]) {
    if ((flags & sizeFlag) === 0) continue;
    while ((reader.u8(filter) & 0x80) !== 0) filter++;
    filter++;
  }
  return (flags & 3) === 0 && reader.u8(filter) === LZMA2;
}
