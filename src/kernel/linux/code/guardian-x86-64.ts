/**
 * Machine code of the guardian: a process of a few kilobytes that sleeps until its tracer is gone and
 * then puts the original bytes back into the memory of the programs that were attached to.
 *
 * It is a whole program. The first process it is started as forks and ends, so that the guardian is
 * nobody's child here and no wait of ours reports it. It owns nothing but the shared table and the
 * pipe whose other end only the tracer holds, and has a session of its own, so that nothing that is
 * sent to the tracer's terminal or process group reaches it. Breakpoint bytes are put back only
 * where an int3 still stands: a process id that was used again, or a program that executed another,
 * is not harmed.
 */
import { code, label, near, text, word, type Row } from '../../../base/machine-code.js';

/** Offsets in the shared table: words of 32 bits, then entries. */
export const GUARD = {
  /** Set to 1 by the guardian when it is on watch. */
  GUARD_READY: 0x00,
  /** Set to 1 by the tracer when nothing is to be restored any more. */
  GUARD_RELEASED: 0x04,
  /** Number of entries to look at. */
  GUARD_COUNT: 0x08,
} as const;

export const GUARD_HEADER_BYTES = 16;

/** Offsets in an entry of 16 bytes. */
export const GUARD_ENTRY = {
  ADDRESS: 0,
  PROCESS: 8,
  ORIGINAL_BYTE: 12,
  /** 0: not in use; 1, 2: the pass in which the byte is put back. */
  TURN: 13,
  BYTES: 16,
} as const;

export const GUARDIAN_X86_64: readonly Row[] = [
  label('guardian'),
  code('b8 39 00 00 00', 'mov eax, 57'), // __NR_fork
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 85', 'jne leave', 'leave'),
  code('b8 70 00 00 00', 'mov eax, 112'), // __NR_setsid
  code('0f 05', 'syscall'),
  code('bf 0f 00 00 00', 'mov edi, 15'), // PR_SET_NAME
  near('48 8d 35', 'lea rsi, [rip+name]', 'name'),
  code('b8 9d 00 00 00', 'mov eax, 157'), // __NR_prctl
  code('0f 05', 'syscall'),
  near('48 8d 3d', 'lea rdi, [rip+root]', 'root'),
  code('b8 50 00 00 00', 'mov eax, 80'), // __NR_chdir
  code('0f 05', 'syscall'),
  code('31 ff', 'xor edi, edi'),
  word('be', 'mov esi, TABLE_BYTES', 'TABLE_BYTES'),
  code('ba 03 00 00 00', 'mov edx, 3'), // PROT_READ | PROT_WRITE
  code('41 ba 01 00 00 00', 'mov r10d, 1'), // MAP_SHARED
  word('41 b8', 'mov r8d, TABLE_FILE', 'TABLE_FILE'),
  code('45 31 c9', 'xor r9d, r9d'),
  code('b8 09 00 00 00', 'mov eax, 9'), // __NR_mmap
  code('0f 05', 'syscall'),
  code('48 3d 00 f0 ff ff', 'cmp rax, -4096'),
  near('0f 87', 'ja leave', 'leave'),
  code('48 89 c3', 'mov rbx, rax'),
  word('bf', 'mov edi, PIPE', 'PIPE'),
  code('31 f6', 'xor esi, esi'),
  code('b8 21 00 00 00', 'mov eax, 33'), // __NR_dup2
  code('0f 05', 'syscall'),
  code('bf 01 00 00 00', 'mov edi, 1'),
  code('be ff ff ff ff', 'mov esi, -1'),
  code('31 d2', 'xor edx, edx'),
  code('b8 b4 01 00 00', 'mov eax, 436'), // __NR_close_range
  code('0f 05', 'syscall'),
  code('c7 03 01 00 00 00', 'mov dword [rbx+GUARD_READY], 1'),
  label('await'),
  code('31 ff', 'xor edi, edi'),
  code('48 8d 74 24 c0', 'lea rsi, [rsp-64]'),
  code('ba 01 00 00 00', 'mov edx, 1'),
  code('31 c0', 'xor eax, eax'), // __NR_read
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 8f', 'jg await', 'await'),
  code('48 83 f8 fc', 'cmp rax, -4'), // EINTR
  near('0f 84', 'je await', 'await'),
  code('83 7b 04 00', 'cmp dword [rbx+GUARD_RELEASED], 0'),
  near('0f 85', 'jne leave', 'leave'),
  code('45 31 f6', 'xor r14d, r14d'), // the process whose memory r15 is
  code('49 c7 c7 ff ff ff ff', 'mov r15, -1'),
  code('31 ed', 'xor ebp, ebp'), // the pass
  label('pass'),
  code('ff c5', 'inc ebp'),
  code('83 fd 02', 'cmp ebp, 2'),
  near('0f 87', 'ja leave', 'leave'),
  code('44 8b 63 08', 'mov r12d, [rbx+GUARD_COUNT]'),
  code('4c 8d 6b 10', 'lea r13, [rbx+16]'),
  label('each'),
  code('45 85 e4', 'test r12d, r12d'),
  near('0f 84', 'je pass', 'pass'),
  code('41 ff cc', 'dec r12d'),
  code('41 0f b6 45 0d', 'movzx eax, byte [r13+13]'),
  code('39 e8', 'cmp eax, ebp'), // not protected any more, or in another pass
  near('0f 85', 'jne next', 'next'),
  code('45 39 75 08', 'cmp [r13+8], r14d'),
  near('0f 84', 'je restore', 'restore'),
  code('4c 89 ff', 'mov rdi, r15'),
  code('b8 03 00 00 00', 'mov eax, 3'), // __NR_close
  code('0f 05', 'syscall'),
  code('45 8b 75 08', 'mov r14d, [r13+8]'),
  code('48 8d 7c 24 c0', 'lea rdi, [rsp-64]'), // the path is built downwards from here
  code('c7 07 2f 6d 65 6d', 'mov dword [rdi], 0x6d656d2f'), // "/mem"
  code('c6 47 04 00', 'mov byte [rdi+4], 0'),
  code('44 89 f0', 'mov eax, r14d'),
  code('b9 0a 00 00 00', 'mov ecx, 10'),
  label('digit'),
  code('31 d2', 'xor edx, edx'),
  code('f7 f1', 'div ecx'),
  code('80 c2 30', 'add dl, 0x30'), // '0'
  code('48 ff cf', 'dec rdi'),
  code('88 17', 'mov [rdi], dl'),
  code('85 c0', 'test eax, eax'),
  near('0f 85', 'jne digit', 'digit'),
  code('48 83 ef 06', 'sub rdi, 6'),
  code('c7 07 2f 70 72 6f', 'mov dword [rdi], 0x6f72702f'), // "/pro"
  code('66 c7 47 04 63 2f', 'mov word [rdi+4], 0x2f63'), // "c/"
  code('be 02 00 00 00', 'mov esi, 2'), // O_RDWR
  code('b8 02 00 00 00', 'mov eax, 2'), // __NR_open
  code('0f 05', 'syscall'),
  code('49 89 c7', 'mov r15, rax'),
  label('restore'),
  code('4c 89 ff', 'mov rdi, r15'),
  code('48 8d 74 24 80', 'lea rsi, [rsp-128]'),
  code('ba 01 00 00 00', 'mov edx, 1'),
  code('4d 8b 55 00', 'mov r10, [r13]'),
  code('b8 11 00 00 00', 'mov eax, 17'), // __NR_pread64
  code('0f 05', 'syscall'),
  code('48 83 f8 01', 'cmp rax, 1'),
  near('0f 85', 'jne next', 'next'),
  code('80 7c 24 80 cc', 'cmp byte [rsp-128], 0xcc'), // whatever is not int3 is not ours
  near('0f 85', 'jne next', 'next'),
  code('4c 89 ff', 'mov rdi, r15'),
  code('49 8d 75 0c', 'lea rsi, [r13+12]'),
  code('ba 01 00 00 00', 'mov edx, 1'),
  code('4d 8b 55 00', 'mov r10, [r13]'),
  code('b8 12 00 00 00', 'mov eax, 18'), // __NR_pwrite64
  code('0f 05', 'syscall'),
  label('next'),
  code('49 83 c5 10', 'add r13, 16'),
  near('e9', 'jmp each', 'each'),
  label('leave'),
  code('31 ff', 'xor edi, edi'),
  code('b8 e7 00 00 00', 'mov eax, 231'), // __NR_exit_group
  code('0f 05', 'syscall'),
  code('0f 0b', 'ud2'),
  label('name'),
  text('ptrace-guardian'),
  label('root'),
  text('/'),
];
