/** Finds symbols through DT_GNU_HASH or DT_HASH, and counts them where no section header does. */
import { ByteReader } from '../base/byte-reader.js';
import type { ElfFormat } from './header.js';

export interface SymbolHash {
  /** Indices of symbols whose name may be this one; the caller compares names. */
  candidates(name: Buffer): Iterable<number>;
  /** How many entries the symbol table has at least; exact unless no symbol is hashed. */
  symbolCount(): number;
}

/**
 * DT_HASH, gABI "Hash Table": nbucket, nchain, buckets, chains; nchain equals the number of symbols.
 *
 * @param bytes from the table to the end of its segment
 */
export function sysvHash(bytes: Uint8Array, format: ElfFormat): SymbolHash {
  const reader = new ByteReader(bytes, format.littleEndian);
  const bucketCount = reader.u32(0);
  const chainCount = Math.min(reader.u32(4), Math.floor(bytes.length / 4));
  return {
    symbolCount: () => chainCount,
    *candidates(name) {
      if (bucketCount === 0) return;
      let index = reader.u32(8 + 4 * (sysvHashOf(name) % bucketCount));
      // A damaged chain may be a circle: no chain is longer than the table.
      for (let steps = 0; index !== 0 && steps < chainCount; steps++) {
        yield index;
        index = reader.u32(8 + 4 * (bucketCount + index));
      }
    },
  };
}

/**
 * DT_GNU_HASH: nbuckets, symoffset, bloom size in words, bloom shift, bloom, buckets, chain.
 * Chain entry i belongs to symbol symoffset + i; its lowest bit ends a chain.
 *
 * @param bytes from the table to the end of its segment
 */
export function gnuHash(bytes: Uint8Array, format: ElfFormat): SymbolHash {
  const reader = new ByteReader(bytes, format.littleEndian);
  const bucketCount = reader.u32(0);
  const firstHashed = reader.u32(4);
  const buckets = 16 + reader.u32(8) * (format.elfClass / 8);
  const chains = buckets + 4 * bucketCount;
  const chainEntry = (index: number) => reader.u32(chains + 4 * (index - firstHashed));
  return {
    *candidates(name) {
      if (bucketCount === 0) return;
      const hash = gnuHashOf(name);
      let index = reader.u32(buckets + 4 * (hash % bucketCount));
      if (index < firstHashed || index === 0) return;
      for (;;) {
        const entry = chainEntry(index);
        if ((entry | 1) === (hash | 1)) yield index;
        if ((entry & 1) !== 0) return;
        index++;
      }
    },
    symbolCount() {
      let last = 0;
      for (let at = buckets; at < chains; at += 4) last = Math.max(last, reader.u32(at));
      if (last < firstHashed || last === 0) return firstHashed;
      while ((chainEntry(last) & 1) === 0) last++;
      return last + 1;
    },
  };
}

/** gABI "Hash Table", elf_hash(). */
export function sysvHashOf(name: Uint8Array): number {
  let hash = 0;
  for (const byte of name) {
    hash = ((hash << 4) + byte) | 0;
    const high = hash & 0xf0000000;
    if (high !== 0) hash ^= high >>> 24;
    hash &= ~high;
  }
  return hash >>> 0;
}

/** Bernstein's hash: 5381, times 33 plus the next byte, modulo 2^32. */
export function gnuHashOf(name: Uint8Array): number {
  let hash = 5381;
  for (const byte of name) hash = (Math.imul(hash, 33) + byte) | 0;
  return hash >>> 0;
}
