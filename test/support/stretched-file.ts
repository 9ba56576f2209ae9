/** ELF files that are larger than one buffer can be, without taking room on the disk: sparse ones. */
import {
  closeSync,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';

/** Larger than the largest buffer of Node.js before 22. */
const SIZE = 5 * 2 ** 30;
/** Where the sections go that are not loaded. */
const FAR = 2 ** 32 + 2 ** 20;

// Elf64_Ehdr and Elf64_Shdr of elf(5).
const E_SHOFF = 40;
const E_SHNUM = 60;
const SH_BYTES = 64;
const SH_TYPE = 4;
const SH_FLAGS = 8;
const SH_OFFSET = 24;
const SH_SIZE = 32;
const SHF_ALLOC = 2n;
const SHT_NOBITS = 8;

/** Nothing but zeros behind it. */
export function stretch(from: string, to: string): void {
  copyFileSync(from, to);
  const file = openSync(to, 'r+');
  ftruncateSync(file, SIZE);
  closeSync(file);
}

/** Symbols, debug information and the section headers themselves lie behind the fourth gigabyte. */
export function stretchSections(from: string, to: string): void {
  stretch(from, to);
  const file = openSync(to, 'r+');
  try {
    const header = read(file, 0, 64);
    const count = header.readUInt16LE(E_SHNUM);
    const headers = read(file, Number(header.readBigUInt64LE(E_SHOFF)), count * SH_BYTES);
    let next = FAR;
    for (let at = 0; at < headers.length; at += SH_BYTES) {
      const isLoaded = (headers.readBigUInt64LE(at + SH_FLAGS) & SHF_ALLOC) !== 0n;
      const size = Number(headers.readBigUInt64LE(at + SH_SIZE));
      if (isLoaded || size === 0 || headers.readUInt32LE(at + SH_TYPE) === SHT_NOBITS) continue;
      const old = Number(headers.readBigUInt64LE(at + SH_OFFSET));
      writeSync(file, read(file, old, size), 0, size, next);
      writeSync(file, Buffer.alloc(size), 0, size, old);
      headers.writeBigUInt64LE(BigInt(next), at + SH_OFFSET);
      next += Math.ceil(size / 16) * 16;
    }
    writeSync(file, headers, 0, headers.length, next);
    header.writeBigUInt64LE(BigInt(next), E_SHOFF);
    writeSync(file, header, 0, header.length, 0);
    expect(fstatSync(file).size).toBe(SIZE);
  } finally {
    closeSync(file);
  }
}

function read(file: number, at: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  readSync(file, bytes, 0, size, at);
  return bytes;
}
