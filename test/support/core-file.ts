/** A core file as gdb's `generate-core-file` writes it: registers, memory and mapped files of a stopped process. */
import { readFileSync } from 'node:fs';

export interface MappedFile {
  readonly start: number;
  readonly end: number;
  readonly fileOffset: number;
  readonly path: string;
}

export interface CoreFile {
  /** user_regs_struct of the thread that gdb stood in. */
  readonly registers: DataView;
  readonly files: readonly MappedFile[];
  /** AT_SYSINFO_EHDR; 0 without a vDSO. */
  readonly vdso: number;
  /** Reads as much as the core has from an address on. */
  read(address: number, into: Uint8Array): number;
}

const PT_LOAD = 1;
const PT_NOTE = 4;
const NT_PRSTATUS = 1;
const NT_AUXV = 6;
const NT_FILE = 0x46494c45;
const AT_SYSINFO_EHDR = 33;
/** Offset of pr_reg in struct elf_prstatus of x86-64. */
const REGISTERS_AT = 112;

interface Load {
  readonly address: number;
  readonly bytes: Buffer;
}

/** 64-bit cores only. */
export function readCoreFile(path: string): CoreFile {
  const file = readFileSync(path);
  const word = (at: number): number => Number(file.readBigUInt64LE(at));
  const loads: Load[] = [];
  const notes = new Map<number, Buffer>();
  for (let index = 0; index < file.readUInt16LE(56); index++) {
    const at = word(32) + index * 56;
    const bytes = file.subarray(word(at + 8), word(at + 8) + word(at + 32));
    if (file.readUInt32LE(at) === PT_LOAD) loads.push({ address: word(at + 16), bytes });
    if (file.readUInt32LE(at) === PT_NOTE) readNotes(bytes, notes);
  }
  const status = notes.get(NT_PRSTATUS) ?? Buffer.alloc(0);
  return {
    registers: new DataView(status.buffer, status.byteOffset + REGISTERS_AT, 27 * 8),
    files: readFiles(notes.get(NT_FILE)),
    vdso: readVdso(notes.get(NT_AUXV)),
    read: (address, into) => {
      const load = loads.find(
        (each) => address >= each.address && address < each.address + each.bytes.length,
      );
      if (load === undefined) return 0;
      const from = address - load.address;
      return load.bytes.copy(into, 0, from, from + into.length);
    },
  };
}

/** Keeps the first of each kind: that of the thread gdb stood in. */
function readNotes(bytes: Buffer, into: Map<number, Buffer>): void {
  const aligned = (size: number): number => Math.ceil(size / 4) * 4;
  for (let at = 0; at + 12 <= bytes.length;) {
    const [nameSize, size, type] = [0, 4, 8].map((field) => bytes.readUInt32LE(at + field));
    const from = at + 12 + aligned(nameSize ?? 0);
    const end = from + (size ?? 0);
    if (type !== undefined && !into.has(type)) into.set(type, bytes.subarray(from, end));
    at = from + aligned(size ?? 0);
  }
}

function readFiles(note: Buffer | undefined): MappedFile[] {
  if (note === undefined) return [];
  const word = (at: number): number => Number(note.readBigUInt64LE(at));
  const count = word(0);
  const pageBytes = word(8);
  const names = note.toString('utf8', 16 + count * 24).split('\0');
  return Array.from({ length: count }, (_, index) => {
    const at = 16 + index * 24;
    const fileOffset = word(at + 16) * pageBytes;
    return { start: word(at), end: word(at + 8), fileOffset, path: names[index] ?? '' };
  });
}

function readVdso(note: Buffer | undefined): number {
  for (let at = 0; note !== undefined && at + 16 <= note.length; at += 16) {
    if (note.readBigUInt64LE(at) === BigInt(AT_SYSINFO_EHDR))
      return Number(note.readBigUInt64LE(at + 8));
  }
  return 0;
}
