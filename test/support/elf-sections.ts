/** The sections of an ELF file, read independently of src/elf, for tests that compare readers with tools. */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';

export interface TestSection {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface TestElf {
  readonly wordBytes: 4 | 8;
  readonly sections: ReadonlyMap<string, TestSection>;
  sectionBytes(name: string): Uint8Array | undefined;
}

const SHF_COMPRESSED = 0x800;
const SHT_NOBITS = 8;

/** Trusts the file: it comes from a compiler that the test ran. */
export function readElfSections(path: string): TestElf {
  const file = readFileSync(path);
  const wide = file.readUInt8(4) === 2;
  const word = (at: number): number =>
    wide ? Number(file.readBigUInt64LE(at)) : file.readUInt32LE(at);
  const tableAt = word(wide ? 40 : 32);
  const headerBytes = file.readUInt16LE(wide ? 58 : 46);
  const count = file.readUInt16LE(wide ? 60 : 48);
  const namesAt = file.readUInt16LE(wide ? 62 : 50);
  const header = (index: number) => {
    const at = tableAt + index * headerBytes;
    return {
      name: file.readUInt32LE(at),
      type: file.readUInt32LE(at + 4),
      flags: word(at + 8),
      address: word(at + (wide ? 16 : 12)),
      offset: word(at + (wide ? 24 : 16)),
      size: word(at + (wide ? 32 : 20)),
    };
  };
  const names = header(namesAt);
  const sections = new Map<string, TestSection>();
  for (let index = 0; index < count; index++) {
    const section = header(index);
    const nameAt = names.offset + section.name;
    const name = file.toString('latin1', nameAt, file.indexOf(0, nameAt));
    const raw = file.subarray(section.offset, section.offset + section.size);
    if (section.type === SHT_NOBITS) continue;
    const compressed = (section.flags & SHF_COMPRESSED) !== 0;
    const bytes = compressed ? inflateSync(raw.subarray(wide ? 24 : 12)) : raw;
    sections.set(name, { address: section.address, bytes });
  }
  return {
    wordBytes: wide ? 8 : 4,
    sections,
    sectionBytes: (name) => sections.get(name)?.bytes,
  };
}
