/**
 * Machine code that a traced program keeps for the case that its tracer is killed: a SIGTRAP handler
 * that does for each breakpoint what the tracer would have done, namely set the program counter to
 * where the program goes on.
 *
 * While a tracer is there it sees our SIGTRAPs first and suppresses them, so the handler never runs
 * for them. Everything is position-independent but for the address of the header, and nothing is ever
 * written by the program, so the pages need no write permission.
 *
 * What is not ours is passed on: to the handler the program had, or to the default action.
 */
import { assemble, code, label, near, quad, type Row } from '../../base/machine-code.js';
import type { SurvivalCode } from '../survival-layout.js';

export const SURVIVAL_X86_64: readonly Row[] = [
  label('handler'),
  quad('49 b8', 'mov r8, SURVIVAL_HEADER', 'header'),
  code('48 8b 82 a8 00 00 00', 'mov rax, [rdx+168]'), // ucontext: uc_mcontext.gregs[REG_RIP]
  code('48 ff c8', 'dec rax'), // an int3 is one byte long
  code('81 7e 08 80 00 00 00', 'cmp dword [rsi+8], 0x80'), // si_code SI_KERNEL: an int3, not a kill
  near('0f 85', 'jne chain', 'chain'),
  code('4d 8b 08', 'mov r9, [r8+SURVIVAL_TABLE]'),
  code('49 8b 48 08', 'mov rcx, [r8+SURVIVAL_MASK]'),
  code('49 ba b1 79 37 9e 00 00 00 00', 'mov r10, 0x9e3779b1'),
  code('4c 0f af d0', 'imul r10, rax'),
  code('49 c1 ea 20', 'shr r10, 32'),
  label('probe'),
  code('49 21 ca', 'and r10, rcx'),
  code('4d 89 d3', 'mov r11, r10'),
  code('49 c1 e3 04', 'shl r11, 4'), // 16 bytes an entry
  code('4d 01 cb', 'add r11, r9'),
  code('49 39 03', 'cmp [r11], rax'),
  near('0f 84', 'je found', 'found'),
  code('49 83 3b 00', 'cmp qword [r11], 0'),
  near('0f 84', 'je chain', 'chain'),
  code('49 ff c2', 'inc r10'),
  near('e9', 'jmp probe', 'probe'),
  label('found'),
  code('49 8b 43 08', 'mov rax, [r11+8]'),
  code('48 89 82 a8 00 00 00', 'mov [rdx+168], rax'),
  code('c3', 'ret'),
  label('chain'),
  code('49 8b 40 10', 'mov rax, [r8+SURVIVAL_OLD_HANDLER]'),
  code('48 83 f8 01', 'cmp rax, 1'), // SIG_IGN
  near('0f 87', 'ja program', 'program'),
  // A step that the tracer made when it was killed: the kernel has taken EFLAGS.TF back, which a program has set itself.
  code('83 7e 08 02', 'cmp dword [rsi+8], 2'), // TRAP_TRACE
  near('0f 85', 'jne other', 'other'),
  code('f7 82 b0 00 00 00 00 01 00 00', 'test dword [rdx+176], 0x100'), // gregs[REG_EFL]
  near('0f 84', 'je ignored', 'ignored'),
  label('other'),
  code('48 85 c0', 'test rax, rax'), // SIG_DFL
  near('0f 84', 'je default', 'default'),
  code('81 7e 08 80 00 00 00', 'cmp dword [rsi+8], 0x80'), // an int3 of the program cannot be ignored
  near('0f 84', 'je default', 'default'),
  label('ignored'),
  code('c3', 'ret'),
  label('program'),
  code('ff e0', 'jmp rax'),
  label('default'),
  code('bf 05 00 00 00', 'mov edi, 5'), // SIGTRAP
  code('49 8d 70 30', 'lea rsi, [r8+SURVIVAL_DEFAULT_ACTION]'),
  code('31 d2', 'xor edx, edx'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'), // sizeof(kernel sigset_t)
  code('b8 0d 00 00 00', 'mov eax, 13'), // __NR_rt_sigaction
  code('0f 05', 'syscall'),
  code('b8 27 00 00 00', 'mov eax, 39'), // __NR_getpid
  code('0f 05', 'syscall'),
  code('89 c7', 'mov edi, eax'),
  code('b8 ba 00 00 00', 'mov eax, 186'), // __NR_gettid
  code('0f 05', 'syscall'),
  code('89 c6', 'mov esi, eax'),
  code('ba 05 00 00 00', 'mov edx, 5'), // SIGTRAP
  code('b8 ea 00 00 00', 'mov eax, 234'), // __NR_tgkill
  code('0f 05', 'syscall'),
  code('c3', 'ret'),
  label('restorer'),
  code('b8 0f 00 00 00', 'mov eax, 15'), // __NR_rt_sigreturn
  code('0f 05', 'syscall'),
  code('0f 0b', 'ud2'),
];

export const survivalX86_64: SurvivalCode = {
  assembled: (header) => assemble(SURVIVAL_X86_64, { header }),
};
