/** Has a thread map pages of ours, which the program cannot write to: we write through /proc/PID/mem. */
import type { Address } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { Mapped } from '../memory/copy-places.js';
import type { RemoteCaller } from './remote-caller.js';

// <asm-generic/mman-common.h>, <asm-generic/mman.h>
const PROT_READ = 1;
const PROT_EXEC = 4;
const MAP_PRIVATE = 2;
const MAP_ANONYMOUS = 0x20;
const MAP_FIXED_NOREPLACE = 0x100000;
/** <asm-generic/errno-base.h>: something else is there. */
const EEXIST = 17;

/** Exactly there, readable and executable. */
export function mapPages(
  caller: RemoteCaller,
  { syscalls: { numbers } }: Arch,
  { at, bytes }: { readonly at: Address; readonly bytes: number },
): Mapped {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  const result = caller.call(numbers.mmap, [at, bytes, PROT_READ | PROT_EXEC, flags, -1, 0]);
  if (result === at) return 'mapped';
  // Before Linux 4.17 the address was no more than a wish.
  if (result >= 0) caller.call(numbers.munmap, [result, bytes]);
  return result >= 0 || result === -EEXIST ? 'occupied' : 'the program gets no more memory';
}
