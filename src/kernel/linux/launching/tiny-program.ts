/** Wraps machine code into the smallest ELF program that the kernel executes (elf(5)). */

const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const CODE_OFFSET = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;
/** Where it is mapped: anything above vm.mmap_min_addr that no loader uses. */
const BASE = 0x10000000;
const EM_X86_64 = 62;

/** @param code runs from its first byte; readable and executable, not writable */
export function tinyProgram(code: Uint8Array): Uint8Array {
  const size = CODE_OFFSET + code.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  // e_ident: magic, ELFCLASS64, ELFDATA2LSB, EV_CURRENT.
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // e_type: ET_EXEC
  view.setUint16(18, EM_X86_64, true); // e_machine
  view.setUint32(20, 1, true); // e_version
  view.setBigUint64(24, BigInt(BASE + CODE_OFFSET), true); // e_entry
  view.setBigUint64(32, BigInt(ELF_HEADER_BYTES), true); // e_phoff
  view.setUint16(52, ELF_HEADER_BYTES, true); // e_ehsize
  view.setUint16(54, PROGRAM_HEADER_BYTES, true); // e_phentsize
  view.setUint16(56, 1, true); // e_phnum
  const header = ELF_HEADER_BYTES;
  view.setUint32(header, 1, true); // p_type: PT_LOAD
  view.setUint32(header + 4, 5, true); // p_flags: PF_R | PF_X
  view.setBigUint64(header + 16, BigInt(BASE), true); // p_vaddr
  view.setBigUint64(header + 24, BigInt(BASE), true); // p_paddr
  view.setBigUint64(header + 32, BigInt(size), true); // p_filesz
  view.setBigUint64(header + 40, BigInt(size), true); // p_memsz
  view.setBigUint64(header + 48, 0x1000n, true); // p_align
  bytes.set(code, CODE_OFFSET);
  return bytes;
}
