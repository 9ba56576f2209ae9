/**
 * Machine code of our signal handler, and of standing still when the terminal asks for it.
 *
 * Ctrl-Z goes to the tracee as well as to us. A tracer that stopped at once would leave the tracee in
 * the stop where it stands, its own SIGTSTP pending, and the SIGCONT that follows takes that away
 * (prepare_signal in kernel/signal.c): its handler would never run. So the handler only notes the
 * wish, and we stop when no tracee waits for us, at the latest when a timer says that it took too
 * long (blocked in a write, say).
 *
 * SIGCONT is not blocked in the handler: else another thread would get it, and could be faster than a
 * SIGTSTP that came first. It may find the handler of that SIGTSTP at its beginning.
 *
 * `handler` is installed with SA_SIGINFO: signal number, siginfo_t *, ucontext_t *; it needs the labels of
 * wait-x86-64.ts. `suspend` takes the control block in rdi (SysV ABI) and stops the process as
 * SIGTSTP does by default, unless SIGCONT came since it was asked for. SIGTSTP is sent while it is
 * blocked and only let through when that is certain: a SIGCONT after it discards it.
 */
import { code, label, near, quad, type Row } from '../../../base/machine-code.js';

export const SIGNAL_X86_64: readonly Row[] = [
  label('handler'),
  quad('49 b8', 'mov r8, CONTROL_BLOCK', 'controlBlock'), // the control block
  code('41 89 f9', 'mov r9d, edi'),
  code('41 83 f9 12', 'cmp r9d, 18'), // SIGCONT
  near('0f 84', 'je goes_on', 'goes_on'),
  code('49 89 d2', 'mov r10, rdx'),
  code('b8 ba 00 00 00', 'mov eax, 186'), // __NR_gettid
  code('0f 05', 'syscall'),
  code('41 3b 40 5c', 'cmp eax, [r8+OWNER_THREAD]'),
  near('0f 85', 'jne forward', 'forward'),
  code('45 3b 48 60', 'cmp r9d, [r8+OWN_SIGNAL]'),
  near('0f 84', 'je own', 'own'),
  code('41 83 f9 14', 'cmp r9d, 20'), // SIGTSTP
  near('0f 84', 'je stop_asked', 'stop_asked'),
  code('41 8d 49 ff', 'lea ecx, [r9-1]'),
  code('b8 01 00 00 00', 'mov eax, 1'),
  code('48 d3 e0', 'shl rax, cl'),
  code('f0 49 09 40 50', 'lock or [r8+SIGNALS], rax'),
  near('e9', 'jmp mark', 'mark'),
  label('own'),
  code('83 7e 08 fe', 'cmp dword [rsi+8], -2'), // si_code SI_TIMER
  near('0f 84', 'je timer', 'timer'),
  code('83 7e 08 fa', 'cmp dword [rsi+8], -6'), // si_code SI_TKILL
  near('0f 85', 'jne done', 'done'),
  code('41 c7 40 4c 01 00 00 00', 'mov dword [r8+REQUESTED], 1'),
  near('e9', 'jmp mark', 'mark'),
  label('stop_asked'),
  code('41 c7 40 70 01 00 00 00', 'mov dword [r8+SUSPEND_ASKED], 1'),
  label('stop_noted'),
  code('41 8b 78 74', 'mov edi, [r8+SUSPEND_TIMER]'),
  code('31 f6', 'xor esi, esi'),
  code('49 8d 50 78', 'lea rdx, [r8+SUSPEND_GRACE]'),
  code('4d 89 d1', 'mov r9, r10'),
  code('45 31 d2', 'xor r10d, r10d'),
  code('b8 df 00 00 00', 'mov eax, 223'), // __NR_timer_settime
  code('0f 05', 'syscall'),
  code('4d 89 ca', 'mov r10, r9'),
  near('e9', 'jmp mark', 'mark'),
  label('timer'),
  code('83 7e 18 01', 'cmp dword [rsi+24], 1'), // si_value: the grace is over
  near('0f 84', 'je grace_over', 'grace_over'),
  code('41 c7 40 48 01 00 00 00', 'mov dword [r8+TIMER_EXPIRED], 1'),
  label('mark'),
  code('41 c7 40 44 01 00 00 00', 'mov dword [r8+INTERRUPTED], 1'),
  code('49 8b 82 a8 00 00 00', 'mov rax, [r10+168]'), // ucontext: uc_mcontext.gregs[REG_RIP]
  near('48 8d 0d', 'lea rcx, [rip+window_start]', 'window_start'),
  code('48 39 c8', 'cmp rax, rcx'),
  near('0f 82', 'jb done', 'done'),
  near('48 8d 0d', 'lea rcx, [rip+window_end]', 'window_end'),
  code('48 39 c8', 'cmp rax, rcx'),
  near('0f 83', 'jae done', 'done'),
  near('48 8d 0d', 'lea rcx, [rip+interrupted]', 'interrupted'),
  code('49 89 8a a8 00 00 00', 'mov [r10+168], rcx'), // about to block: give up instead
  label('done'),
  code('c3', 'ret'),
  label('forward'),
  code('41 8b 78 58', 'mov edi, [r8+OWNER_PROCESS]'),
  code('41 8b 70 5c', 'mov esi, [r8+OWNER_THREAD]'),
  code('44 89 ca', 'mov edx, r9d'),
  code('b8 ea 00 00 00', 'mov eax, 234'), // __NR_tgkill
  code('0f 05', 'syscall'),
  code('c3', 'ret'),
  label('goes_on'),
  code('41 c7 40 70 00 00 00 00', 'mov dword [r8+SUSPEND_ASKED], 0'),
  code('83 7a 68 14', 'cmp dword [rdx+104], 20'), // ucontext: gregs[REG_RDI], the signal of a handler
  near('0f 85', 'jne gone_on', 'gone_on'),
  code('48 8b 82 a8 00 00 00', 'mov rax, [rdx+168]'), // gregs[REG_RIP]
  near('48 8d 0d', 'lea rcx, [rip+handler]', 'handler'),
  code('48 39 c8', 'cmp rax, rcx'),
  near('0f 82', 'jb gone_on', 'gone_on'),
  near('48 8d 0d', 'lea rcx, [rip+stop_noted]', 'stop_noted'),
  code('48 39 c8', 'cmp rax, rcx'),
  near('0f 83', 'jae gone_on', 'gone_on'),
  near('48 8d 0d', 'lea rcx, [rip+done]', 'done'),
  code('48 89 8a a8 00 00 00', 'mov [rdx+168], rcx'), // SIGTSTP was about to be noted: it is over
  label('gone_on'),
  code('c3', 'ret'),
  label('grace_over'),
  code('41 83 78 70 00', 'cmp dword [r8+SUSPEND_ASKED], 0'),
  near('0f 84', 'je done', 'done'),
  code('4c 89 c7', 'mov rdi, r8'), // and from here as if we were called
  label('suspend'),
  code('53', 'push rbx'),
  code('48 89 fb', 'mov rbx, rdi'),
  code('bf 02 00 00 00', 'mov edi, 2'), // SIG_SETMASK
  code('48 8d b3 98 00 00 00', 'lea rsi, [rbx+SUSPEND_MASK]'),
  code('48 8d 93 a0 00 00 00', 'lea rdx, [rbx+SUSPEND_SAVED_MASK]'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'),
  code('b8 0e 00 00 00', 'mov eax, 14'), // __NR_rt_sigprocmask
  code('0f 05', 'syscall'),
  code('bf 14 00 00 00', 'mov edi, 20'), // SIGTSTP
  code('48 8d b3 b0 00 00 00', 'lea rsi, [rbx+SUSPEND_DEFAULT_ACTION]'),
  code('48 8d 93 d0 00 00 00', 'lea rdx, [rbx+SUSPEND_OUR_ACTION]'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'),
  code('b8 0d 00 00 00', 'mov eax, 13'), // __NR_rt_sigaction
  code('0f 05', 'syscall'),
  code('8b 7b 58', 'mov edi, [rbx+OWNER_PROCESS]'),
  code('8b 73 5c', 'mov esi, [rbx+OWNER_THREAD]'),
  code('ba 14 00 00 00', 'mov edx, 20'), // SIGTSTP
  code('b8 ea 00 00 00', 'mov eax, 234'), // __NR_tgkill
  code('0f 05', 'syscall'),
  code('83 7b 70 00', 'cmp dword [rbx+SUSPEND_ASKED], 0'), // SIGCONT came first?
  near('0f 84', 'je take_back', 'take_back'),
  code('bf 01 00 00 00', 'mov edi, 1'), // SIG_UNBLOCK
  code('48 8d b3 a8 00 00 00', 'lea rsi, [rbx+SUSPEND_SIGNAL]'),
  code('31 d2', 'xor edx, edx'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'),
  code('b8 0e 00 00 00', 'mov eax, 14'), // __NR_rt_sigprocmask
  code('0f 05', 'syscall'), // stops here, and comes back by SIGCONT
  near('e9', 'jmp continued', 'continued'),
  label('take_back'),
  code('48 8d bb a8 00 00 00', 'lea rdi, [rbx+SUSPEND_SIGNAL]'),
  code('31 f6', 'xor esi, esi'),
  code('48 8d 93 f0 00 00 00', 'lea rdx, [rbx+SUSPEND_NO_TIME]'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'),
  code('b8 80 00 00 00', 'mov eax, 128'), // __NR_rt_sigtimedwait
  code('0f 05', 'syscall'),
  label('continued'),
  code('c7 43 70 00 00 00 00', 'mov dword [rbx+SUSPEND_ASKED], 0'), // before the next can ask
  code('bf 14 00 00 00', 'mov edi, 20'), // SIGTSTP
  code('48 8d b3 d0 00 00 00', 'lea rsi, [rbx+SUSPEND_OUR_ACTION]'),
  code('31 d2', 'xor edx, edx'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'),
  code('b8 0d 00 00 00', 'mov eax, 13'), // __NR_rt_sigaction
  code('0f 05', 'syscall'),
  code('bf 02 00 00 00', 'mov edi, 2'), // SIG_SETMASK
  code('48 8d b3 a0 00 00 00', 'lea rsi, [rbx+SUSPEND_SAVED_MASK]'),
  code('31 d2', 'xor edx, edx'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'),
  code('b8 0e 00 00 00', 'mov eax, 14'), // __NR_rt_sigprocmask
  code('0f 05', 'syscall'),
  code('5b', 'pop rbx'),
  code('c3', 'ret'),
];
