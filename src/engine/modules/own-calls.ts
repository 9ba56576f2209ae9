/**
 * Which modules hand bytes to the kernel with instructions of their own, past the C library: those of Go, and whatever
 * was written so. What they write is seen at their system calls alone.
 */
import type { Arch } from '../../arch/arch.js';
import type { ElfImage } from '../../elf/elf-image.js';
import { syscallNumber } from '../../prototype/syscalls.js';
import type { Module } from './module.js';

/** Whoever speaks over a connection makes one of these. */
const WRITES = ['write', 'writev', 'pwritev2', 'sendto', 'sendmsg', 'sendmmsg'];
/** The C library itself: glibc had several files until 2.34. */
const C_LIBRARY = /^(?:ld-|ld\.so|lib(?:c|pthread|rt|dl|anl|resolv)[.-])/;

const known = new WeakMap<ElfImage, boolean>();

export function callsKernelItself({ image, name, role }: Module, arch: Arch): boolean {
  if (role === 'interpreter' || C_LIBRARY.test(name)) return false;
  let calls = known.get(image);
  if (calls === undefined) known.set(image, (calls = image.hasGo || makesWrites(image, arch)));
  return calls;
}

function makesWrites(image: ElfImage, arch: Arch): boolean {
  const numbers = new Set(
    WRITES.map((name) => syscallNumber(arch.name, name)).filter((number) => number !== undefined),
  );
  return image.executableRanges().some(({ start, end }) => {
    const code = image.bytesAt(start, end - start);
    return code !== undefined && arch.findSyscalls(code, numbers).length > 0;
  });
}
