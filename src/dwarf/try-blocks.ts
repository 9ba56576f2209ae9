/**
 * Calls whose exceptions are caught or cleaned up after in their own function: the call sites of an LSDA, as GCC and LLVM
 * write it for C++, Rust, Ada and D (".gcc_except_table"; Itanium C++ ABI, "Exception Handling Tables").
 */
import { Cursor } from './cursor.js';
import { DW_EH_PE_omit, readEncodedPointer, readEncodedValue } from './encoded-pointer.js';
import type { FrameEntry, Located } from './frame-entry.js';
import { ifLegible } from './sections.js';

/** Image addresses. */
export interface TryBlock {
  readonly from: number;
  /** The first address behind it. */
  readonly to: number;
  /** Where the unwinder sends threads. Nothing else goes there: the code expects the exception in registers. */
  readonly pad: number;
}

/** No function has more; the table may be damaged. */
const MOST_CALL_SITES = 65_536;

/** @param data what lies at the entry's `languageData` and behind it */
export function readTryBlocks(entry: FrameEntry, data: Located): readonly TryBlock[] {
  const blocks: TryBlock[] = [];
  ifLegible(() => readInto(blocks, entry, data));
  return blocks;
}

function readInto(blocks: TryBlock[], { section, from }: FrameEntry, data: Located): void {
  const { wordBytes } = section;
  const cursor = new Cursor(data.bytes);
  const padsEncoding = cursor.u8();
  const pads =
    padsEncoding === DW_EH_PE_omit
      ? from
      : readEncodedPointer(cursor, padsEncoding, { wordBytes, section: data.address });
  if (cursor.u8() !== DW_EH_PE_omit) cursor.uleb(); // where its table of types ends
  const encoding = cursor.u8();
  const size = cursor.uleb();
  const end = cursor.position + size;
  for (let read = 0; cursor.position < end && read < MOST_CALL_SITES; read++) {
    const start = from + readEncodedValue(cursor, encoding, wordBytes);
    const length = readEncodedValue(cursor, encoding, wordBytes);
    const pad = readEncodedValue(cursor, encoding, wordBytes);
    cursor.uleb(); // what to do there
    if (pad !== 0) blocks.push({ from: start, to: start + length, pad: pads + pad });
  }
}
