/** Packed relocations of Android (DT_ANDROID_REL, DT_ANDROID_RELA), format "APS2". */
import { ByteReader } from '../base/byte-reader.js';
import type { ElfFormat } from './header.js';

/** As in the file, whatever the number of the relocation means. */
export interface PackedRelocation {
  readonly offset: number;
  readonly type: number;
  readonly symbolIndex: number;
  /** undefined: it stands in the slot. */
  readonly addend: number | undefined;
}

/** Flags of a group, bionic linker/linker_reloc_iterators.h. */
const GROUPED_BY_INFO = 1;
const GROUPED_BY_OFFSET_DELTA = 2;
const GROUPED_BY_ADDEND = 4;
const GROUP_HAS_ADDEND = 8;

/** Yields nothing when the bytes do not begin with the format's name. */
export function* packedRelocations(
  bytes: Uint8Array,
  format: ElfFormat,
): Generator<PackedRelocation, void, undefined> {
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'APS2') return;
  const numbers = new SignedLeb128(new ByteReader(bytes, format.littleEndian), 4);
  let left = Math.min(numbers.next(), bytes.length * MOST_PER_BYTE, MOST_RELOCATIONS);
  let offset = numbers.next();
  let addend = 0;
  while (left > 0) {
    const group = readGroup(numbers);
    addend = group.hasAddend ? addend + group.addendDelta : 0;
    const count = Math.min(group.size, left);
    if (!(count > 0)) return;
    for (let index = 0; index < count; index++) {
      offset += group.offsetDelta ?? numbers.next();
      const info = group.info ?? numbers.next();
      if (group.hasOwnAddends) addend += numbers.next();
      if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(info)) return;
      yield { offset, ...splitInfo(info, format), addend: group.hasAddend ? addend : undefined };
    }
    left -= count;
  }
}

/** What the members of a group share; undefined where each has its own. */
interface Group {
  readonly size: number;
  readonly offsetDelta: number | undefined;
  readonly info: number | undefined;
  readonly hasAddend: boolean;
  readonly hasOwnAddends: boolean;
  readonly addendDelta: number;
}

function readGroup(numbers: SignedLeb128): Group {
  const size = numbers.next();
  const flags = numbers.next();
  const has = (flag: number) => (flags & flag) !== 0;
  const offsetDelta = has(GROUPED_BY_OFFSET_DELTA) ? numbers.next() : undefined;
  const info = has(GROUPED_BY_INFO) ? numbers.next() : undefined;
  const hasAddend = has(GROUP_HAS_ADDEND);
  const isShared = hasAddend && has(GROUPED_BY_ADDEND);
  const addendDelta = isShared ? numbers.next() : 0;
  return { size, offsetDelta, info, hasAddend, hasOwnAddends: hasAddend && !isShared, addendDelta };
}

/** A group takes no bytes for its members, so that a few bytes could claim any number of them. */
const MOST_PER_BYTE = 64;
const MOST_RELOCATIONS = 2 ** 20;

function splitInfo(
  info: number,
  format: ElfFormat,
): Pick<PackedRelocation, 'type' | 'symbolIndex'> {
  const shift = format.elfClass === 64 ? 0x1_0000_0000 : 0x100;
  const symbolIndex = Math.floor(info / shift);
  return { type: info - symbolIndex * shift, symbolIndex };
}

class SignedLeb128 {
  constructor(
    private readonly reader: ByteReader,
    private at: number,
  ) {}

  /** Rounded beyond ±2^53, which no address reaches. */
  next(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.reader.u8(this.at++);
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if ((byte & 0x80) !== 0) continue;
      return (byte & 0x40) !== 0 ? value - scale : value;
    }
  }
}
