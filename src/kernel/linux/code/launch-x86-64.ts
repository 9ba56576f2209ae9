/**
 * Machine code that starts a tracee: a child that shares our memory (so that nothing is copied) but
 * nothing else, waits until we have seized it, undoes what Node did to its own process, and execs.
 *
 * Takes the launch part of the block in rdi (SysV ABI), returns the child's id or a negative error
 * number. Only async-signal-safe things happen in the child: system calls, all signals blocked until
 * no handler of ours is left.
 */
import { code, label, near, type Row } from '../../../base/machine-code.js';

/** What LAUNCH_STEP counts; 0 is the preparation. */
export const LAUNCH_STEPS = [
  'prepare',
  'setgroups',
  'setgid',
  'setuid',
  'execve',
  'dup3',
  'chdir',
] as const;

export const LAUNCH_X86_64: readonly Row[] = [
  label('launch'),
  code('53', 'push rbx'),
  code('48 89 fb', 'mov rbx, rdi'),
  code('31 ff', 'xor edi, edi'), // SIG_BLOCK
  code('48 8d 73 58', 'lea rsi, [rbx+LAUNCH_ALL_SIGNALS]'),
  code('48 8d 53 50', 'lea rdx, [rbx+LAUNCH_SAVED_MASK]'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'), // sizeof(kernel sigset_t)
  code('b8 0e 00 00 00', 'mov eax, 14'), // __NR_rt_sigprocmask
  code('0f 05', 'syscall'),
  code('bf 11 01 00 00', 'mov edi, 0x111'), // CLONE_VM | SIGCHLD
  code('48 8b 73 40', 'mov rsi, [rbx+LAUNCH_STACK]'),
  code('31 d2', 'xor edx, edx'),
  code('45 31 d2', 'xor r10d, r10d'),
  code('45 31 c0', 'xor r8d, r8d'),
  code('b8 38 00 00 00', 'mov eax, 56'), // __NR_clone
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 84', 'je child', 'child'),
  code('48 89 43 70', 'mov [rbx+LAUNCH_RESULT], rax'),
  code('bf 02 00 00 00', 'mov edi, 2'), // SIG_SETMASK
  code('48 8d 73 50', 'lea rsi, [rbx+LAUNCH_SAVED_MASK]'),
  code('31 d2', 'xor edx, edx'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'),
  code('b8 0e 00 00 00', 'mov eax, 14'), // __NR_rt_sigprocmask
  code('0f 05', 'syscall'),
  code('48 8b 43 70', 'mov rax, [rbx+LAUNCH_RESULT]'),
  code('5b', 'pop rbx'),
  code('c3', 'ret'),
  label('child'),
  code('bf 01 00 00 00', 'mov edi, 1'), // PR_SET_PDEATHSIG
  code('be 09 00 00 00', 'mov esi, 9'), // SIGKILL
  code('b8 9d 00 00 00', 'mov eax, 157'), // __NR_prctl
  code('0f 05', 'syscall'),
  label('await'),
  code('8b 43 18', 'mov eax, [rbx+LAUNCH_GO]'),
  code('85 c0', 'test eax, eax'),
  near('0f 85', 'jne go', 'go'),
  code('48 8d 7b 18', 'lea rdi, [rbx+LAUNCH_GO]'),
  code('31 f6', 'xor esi, esi'), // FUTEX_WAIT
  code('31 d2', 'xor edx, edx'), // while it is 0
  code('45 31 d2', 'xor r10d, r10d'), // for ever
  code('b8 ca 00 00 00', 'mov eax, 202'), // __NR_futex
  code('0f 05', 'syscall'),
  near('e9', 'jmp await', 'await'),
  label('go'),
  code('bd 01 00 00 00', 'mov ebp, 1'), // signal number
  label('dispositions'),
  code('48 8d b3 80 00 00 00', 'lea rsi, [rbx+LAUNCH_DEFAULT_ACTION]'),
  code('8d 45 ff', 'lea eax, [rbp-1]'),
  code('48 0f a3 43 68', 'bt [rbx+LAUNCH_IGNORED], rax'),
  near('0f 83', 'jae set_action', 'set_action'),
  code('48 8d b3 a0 00 00 00', 'lea rsi, [rbx+LAUNCH_IGNORE_ACTION]'),
  label('set_action'),
  code('89 ef', 'mov edi, ebp'),
  code('31 d2', 'xor edx, edx'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'),
  code('b8 0d 00 00 00', 'mov eax, 13'), // __NR_rt_sigaction
  code('0f 05', 'syscall'),
  code('ff c5', 'inc ebp'),
  code('83 fd 41', 'cmp ebp, 65'), // _NSIG + 1
  near('0f 85', 'jne dispositions', 'dispositions'),
  code('48 8b 6b 48', 'mov rbp, [rbx+LAUNCH_DESCRIPTORS]'),
  label('descriptors'),
  code('8b 7d 00', 'mov edi, [rbp+0]'),
  code('85 ff', 'test edi, edi'),
  near('0f 88', 'js directory', 'directory'),
  code('8b 75 04', 'mov esi, [rbp+4]'),
  code('48 83 c5 08', 'add rbp, 8'),
  code('31 d2', 'xor edx, edx'), // no FD_CLOEXEC, no O_CLOEXEC
  code('39 f7', 'cmp edi, esi'),
  near('0f 84', 'je keep', 'keep'),
  code('c7 43 20 05 00 00 00', 'mov dword [rbx+LAUNCH_STEP], 5'),
  code('b8 24 01 00 00', 'mov eax, 292'), // __NR_dup3
  code('0f 05', 'syscall'),
  code('85 c0', 'test eax, eax'),
  near('0f 88', 'js failed', 'failed'),
  near('e9', 'jmp descriptors', 'descriptors'),
  label('keep'),
  code('be 02 00 00 00', 'mov esi, 2'), // F_SETFD
  code('b8 48 00 00 00', 'mov eax, 72'), // __NR_fcntl
  code('0f 05', 'syscall'),
  near('e9', 'jmp descriptors', 'descriptors'),
  label('directory'),
  code('48 8b 7b 78', 'mov rdi, [rbx+LAUNCH_DIRECTORY]'),
  code('48 85 ff', 'test rdi, rdi'),
  near('0f 84', 'je identity', 'identity'),
  code('c7 43 20 06 00 00 00', 'mov dword [rbx+LAUNCH_STEP], 6'),
  code('b8 50 00 00 00', 'mov eax, 80'), // __NR_chdir
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 85', 'jne failed', 'failed'),
  label('identity'),
  code('83 7b 24 00', 'cmp dword [rbx+LAUNCH_HAS_IDENTITY], 0'),
  near('0f 84', 'je become', 'become'),
  code('c7 43 20 01 00 00 00', 'mov dword [rbx+LAUNCH_STEP], 1'),
  code('48 8b 7b 30', 'mov rdi, [rbx+LAUNCH_GROUP_COUNT]'),
  code('48 8b 73 38', 'mov rsi, [rbx+LAUNCH_GROUPS]'),
  code('b8 74 00 00 00', 'mov eax, 116'), // __NR_setgroups
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 85', 'jne failed', 'failed'),
  code('c7 43 20 02 00 00 00', 'mov dword [rbx+LAUNCH_STEP], 2'),
  code('8b 7b 2c', 'mov edi, [rbx+LAUNCH_GID]'),
  code('b8 6a 00 00 00', 'mov eax, 106'), // __NR_setgid
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 85', 'jne failed', 'failed'),
  code('c7 43 20 03 00 00 00', 'mov dword [rbx+LAUNCH_STEP], 3'),
  code('8b 7b 28', 'mov edi, [rbx+LAUNCH_UID]'),
  code('b8 69 00 00 00', 'mov eax, 105'), // __NR_setuid
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 85', 'jne failed', 'failed'),
  label('become'),
  code('bf 01 00 00 00', 'mov edi, 1'), // PR_SET_PDEATHSIG
  code('31 f6', 'xor esi, esi'),
  code('b8 9d 00 00 00', 'mov eax, 157'), // __NR_prctl
  code('0f 05', 'syscall'),
  code('bf 02 00 00 00', 'mov edi, 2'), // SIG_SETMASK
  code('48 8d 73 60', 'lea rsi, [rbx+LAUNCH_CHILD_MASK]'),
  code('31 d2', 'xor edx, edx'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'),
  code('b8 0e 00 00 00', 'mov eax, 14'), // __NR_rt_sigprocmask
  code('0f 05', 'syscall'),
  code('c7 43 20 04 00 00 00', 'mov dword [rbx+LAUNCH_STEP], 4'),
  code('48 8b 3b', 'mov rdi, [rbx+LAUNCH_PROGRAM]'),
  code('48 8b 73 08', 'mov rsi, [rbx+LAUNCH_ARGV]'),
  code('48 8b 53 10', 'mov rdx, [rbx+LAUNCH_ENVIRONMENT]'),
  code('b8 3b 00 00 00', 'mov eax, 59'), // __NR_execve
  code('0f 05', 'syscall'),
  label('failed'),
  code('89 43 1c', 'mov [rbx+LAUNCH_ERROR], eax'),
  code('bf 7f 00 00 00', 'mov edi, 127'),
  code('b8 e7 00 00 00', 'mov eax, 231'), // __NR_exit_group
  code('0f 05', 'syscall'),
  code('0f 0b', 'ud2'),
];
