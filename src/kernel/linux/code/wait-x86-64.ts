/**
 * Machine code of a wait: the resume that was put off, the wait and, when a breakpoint was hit, the
 * registers, all in one foreign call; and the signal handler that ends it (signal-x86-64.ts).
 *
 * A stop at a signal is looked at with WNOWAIT and left unreaped until its thread goes on. Should we be
 * killed meanwhile, the kernel then delivers the signal to the thread; that of a breakpoint is SIGTRAP,
 * and the survival handler puts things right. A signal whose stop was reaped would be lost, and after a
 * breakpoint the thread would go on in the middle of an instruction (wait_task_stopped in kernel/exit.c
 * clears exit_code).
 *
 * A signal that arrives between the test of INTERRUPTED and the waitid after it would be noticed only
 * at the next stop. The handler therefore looks where it interrupted us: inside that window it moves
 * the program counter to `interrupted`.
 *
 * `wait` takes the control block in rdi (SysV ABI) and returns WAIT_RESULT.
 */
import { code, label, near, type Row } from '../../../base/machine-code.js';
import { SIGNAL_X86_64 } from './signal-x86-64.js';

export const WAIT_X86_64: readonly Row[] = [
  label('wait'),
  code('53', 'push rbx'),
  code('41 54', 'push r12'),
  code('48 89 fb', 'mov rbx, rdi'),
  code('c7 43 40 00 00 00 00', 'mov dword [rbx+HAS_REGISTERS], 0'),
  code('83 3b 00', 'cmp dword [rbx+RESUME_TID], 0'), // a resume put off?
  near('0f 84', 'je spin_setup', 'spin_setup'),
  code('83 7b 04 00', 'cmp dword [rbx+RESUME_SETS_PC], 0'),
  near('0f 84', 'je go', 'go'),
  code('bf 06 00 00 00', 'mov edi, 6'), // PTRACE_POKEUSER
  code('8b 33', 'mov esi, [rbx+RESUME_TID]'),
  code('ba 80 00 00 00', 'mov edx, 128'), // offsetof(struct user, regs.rip)
  code('4c 8b 53 10', 'mov r10, [rbx+RESUME_PC]'),
  code('b8 65 00 00 00', 'mov eax, 101'), // __NR_ptrace
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 85', 'jne resumed', 'resumed'), // failed: the thread is gone
  label('go'),
  code('8b 7b 08', 'mov edi, [rbx+RESUME_REQUEST]'),
  code('8b 33', 'mov esi, [rbx+RESUME_TID]'),
  code('31 d2', 'xor edx, edx'),
  code('44 8b 53 0c', 'mov r10d, [rbx+RESUME_SIGNAL]'),
  code('b8 65 00 00 00', 'mov eax, 101'), // __NR_ptrace
  code('0f 05', 'syscall'),
  label('resumed'),
  code('48 89 43 18', 'mov [rbx+RESUME_RESULT], rax'),
  code('8b 03', 'mov eax, [rbx+RESUME_TID]'),
  code('c7 03 00 00 00 00', 'mov dword [rbx+RESUME_TID], 0'),
  code('3b 43 64', 'cmp eax, [rbx+UNREAPED]'),
  near('0f 85', 'jne spin_setup', 'spin_setup'),
  code('c7 43 64 00 00 00 00', 'mov dword [rbx+UNREAPED], 0'), // gone on: there is nothing to reap any more
  label('spin_setup'),
  code('44 8b 63 38', 'mov r12d, [rbx+SPIN_COUNT]'),
  code('8b 73 64', 'mov esi, [rbx+UNREAPED]'),
  code('85 f6', 'test esi, esi'),
  near('0f 84', 'je spin', 'spin'),
  code('c7 43 64 00 00 00 00', 'mov dword [rbx+UNREAPED], 0'), // it is to stay stopped: do not report it again
  code('bf 01 00 00 00', 'mov edi, 1'), // P_PID
  code('48 8d 93 80 0a 00 00', 'lea rdx, [rbx+WAIT_INFO]'),
  code('41 ba 03 00 00 60', 'mov r10d, 0x60000003'), // __WALL | __WNOTHREAD | WSTOPPED | WNOHANG: not its end
  code('45 31 c0', 'xor r8d, r8d'),
  code('b8 f7 00 00 00', 'mov eax, 247'), // __NR_waitid
  code('0f 05', 'syscall'),
  label('spin'),
  code('45 85 e4', 'test r12d, r12d'),
  near('0f 84', 'je block', 'block'),
  code('41 ff cc', 'dec r12d'),
  code('83 7b 44 00', 'cmp dword [rbx+INTERRUPTED], 0'),
  near('0f 85', 'jne interrupted', 'interrupted'),
  code('31 ff', 'xor edi, edi'), // P_ALL
  code('31 f6', 'xor esi, esi'),
  code('48 8d 93 80 0a 00 00', 'lea rdx, [rbx+WAIT_INFO]'),
  code('c7 83 90 0a 00 00 00 00 00 00', 'mov dword [rbx+WAIT_INFO_PID], 0'),
  code('44 8b 53 28', 'mov r10d, [rbx+WAIT_OPTIONS]'),
  code('41 83 ca 01', 'or r10d, 1'), // WNOHANG
  code('45 31 c0', 'xor r8d, r8d'),
  code('b8 f7 00 00 00', 'mov eax, 247'), // __NR_waitid
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 88', 'js waited', 'waited'),
  code('8b 83 90 0a 00 00', 'mov eax, [rbx+WAIT_INFO_PID]'),
  code('85 c0', 'test eax, eax'),
  near('0f 85', 'jne found', 'found'),
  code('f3 90', 'pause'),
  near('e9', 'jmp spin', 'spin'),
  label('block'),
  code('c7 43 3c 01 00 00 00', 'mov dword [rbx+BLOCKED], 1'),
  label('window_start'),
  code('83 7b 44 00', 'cmp dword [rbx+INTERRUPTED], 0'),
  near('0f 85', 'jne interrupted', 'interrupted'),
  code('31 ff', 'xor edi, edi'), // P_ALL
  code('31 f6', 'xor esi, esi'),
  code('48 8d 93 80 0a 00 00', 'lea rdx, [rbx+WAIT_INFO]'),
  code('c7 83 90 0a 00 00 00 00 00 00', 'mov dword [rbx+WAIT_INFO_PID], 0'),
  code('44 8b 53 28', 'mov r10d, [rbx+WAIT_OPTIONS]'),
  code('45 31 c0', 'xor r8d, r8d'),
  code('b8 f7 00 00 00', 'mov eax, 247'), // __NR_waitid
  code('0f 05', 'syscall'),
  label('window_end'),
  code('48 83 f8 fc', 'cmp rax, -4'), // EINTR by a handler that is not ours: ask again
  near('0f 84', 'je block', 'block'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 88', 'js waited', 'waited'),
  code('8b 83 90 0a 00 00', 'mov eax, [rbx+WAIT_INFO_PID]'),
  code('85 c0', 'test eax, eax'),
  near('0f 84', 'je waited', 'waited'), // a poll that found nothing
  label('found'),
  code('83 bb 88 0a 00 00 04', 'cmp dword [rbx+WAIT_INFO_CODE], 4'), // CLD_TRAPPED
  near('0f 85', 'jne reap', 'reap'),
  code('8b 8b 98 0a 00 00', 'mov ecx, [rbx+WAIT_INFO_STATUS]'),
  code('83 f9 40', 'cmp ecx, 64'), // a signal, no event
  near('0f 87', 'ja reap', 'reap'),
  code('89 43 64', 'mov [rbx+UNREAPED], eax'),
  code('c1 e1 08', 'shl ecx, 8'), // what wait4 would say
  code('80 c9 7f', 'or cl, 0x7f'),
  code('89 4b 2c', 'mov [rbx+WAIT_STATUS], ecx'),
  near('e9', 'jmp waited', 'waited'),
  label('reap'),
  code('89 c7', 'mov edi, eax'),
  code('48 8d 73 2c', 'lea rsi, [rbx+WAIT_STATUS]'),
  code('ba 01 00 00 60', 'mov edx, 0x60000001'), // __WALL | __WNOTHREAD | WNOHANG
  code('45 31 d2', 'xor r10d, r10d'),
  code('b8 3d 00 00 00', 'mov eax, 61'), // __NR_wait4
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 8e', 'jle spin', 'spin'), // killed meanwhile: its end comes next
  label('waited'),
  code('48 89 43 30', 'mov [rbx+WAIT_RESULT], rax'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 8e', 'jle out', 'out'),
  code('8b 4b 2c', 'mov ecx, [rbx+WAIT_STATUS]'),
  code('81 e1 ff 7f ff ff', 'and ecx, 0xffff7fff'), // a syscall stop looks like a trap stop
  code('81 f9 7f 05 00 00', 'cmp ecx, 0x57f'), // stopped, SIGTRAP, no event
  near('0f 85', 'jne out', 'out'),
  code('bf 0c 00 00 00', 'mov edi, 12'), // PTRACE_GETREGS
  code('48 89 c6', 'mov rsi, rax'),
  code('31 d2', 'xor edx, edx'),
  code('4c 8d 93 00 01 00 00', 'lea r10, [rbx+REGISTERS]'),
  code('b8 65 00 00 00', 'mov eax, 101'), // __NR_ptrace
  code('0f 05', 'syscall'),
  code('48 85 c0', 'test rax, rax'),
  near('0f 85', 'jne out', 'out'),
  code('c7 43 40 01 00 00 00', 'mov dword [rbx+HAS_REGISTERS], 1'),
  label('out'),
  code('48 8b 43 30', 'mov rax, [rbx+WAIT_RESULT]'),
  code('41 5c', 'pop r12'),
  code('5b', 'pop rbx'),
  code('c3', 'ret'),
  label('interrupted'),
  code('48 c7 c0 fc ff ff ff', 'mov rax, -4'), // -EINTR
  code('48 89 43 30', 'mov [rbx+WAIT_RESULT], rax'),
  near('e9', 'jmp out', 'out'),
  ...SIGNAL_X86_64,
];
