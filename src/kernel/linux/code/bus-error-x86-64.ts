/**
 * Machine code of the SIGBUS handler: a page of a mapped file that no longer exists, because someone
 * made the file shorter, becomes a page of zeros instead of our end. Everything else gets the default
 * action, by doing it again without the handler.
 */
import { code, label, near, quad, type Row } from '../../../base/machine-code.js';

export const BUS_ERROR_X86_64: readonly Row[] = [
  label('handler'),
  code('48 8b 7e 10', 'mov rdi, [rsi+16]'), // si_addr
  quad('49 b8', 'mov r8, ARENA_START', 'ARENA_START'),
  code('4c 39 c7', 'cmp rdi, r8'),
  near('0f 82', 'jb other', 'other'),
  quad('49 b8', 'mov r8, ARENA_END', 'ARENA_END'),
  code('4c 39 c7', 'cmp rdi, r8'),
  near('0f 83', 'jae other', 'other'),
  code('48 81 e7 00 f0 ff ff', 'and rdi, -4096'),
  code('be 00 10 00 00', 'mov esi, 4096'),
  code('ba 01 00 00 00', 'mov edx, 1'), // PROT_READ
  code('41 ba 32 00 00 00', 'mov r10d, 0x32'), // MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED
  code('49 c7 c0 ff ff ff ff', 'mov r8, -1'),
  code('45 31 c9', 'xor r9d, r9d'),
  code('b8 09 00 00 00', 'mov eax, 9'), // __NR_mmap
  code('0f 05', 'syscall'),
  code('48 3d 00 f0 ff ff', 'cmp rax, -4096'),
  near('0f 87', 'ja other', 'other'),
  code('c3', 'ret'),
  label('other'),
  code('bf 07 00 00 00', 'mov edi, 7'), // SIGBUS
  quad('49 b8', 'mov r8, DEFAULT_ACTION', 'DEFAULT_ACTION'),
  code('4c 89 c6', 'mov rsi, r8'),
  code('31 d2', 'xor edx, edx'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'), // sizeof(kernel sigset_t)
  code('b8 0d 00 00 00', 'mov eax, 13'), // __NR_rt_sigaction
  code('0f 05', 'syscall'),
  code('c3', 'ret'),
];
