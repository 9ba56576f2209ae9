/**
 * Machine code from which a thread makes a system call for its tracer, and goes back to where it was by itself should the
 * tracer be killed meanwhile. A tracer that lives stops the thread behind the first instruction, and puts its registers
 * back itself.
 *
 * System calls leave all registers alone but rax, rcx and r11, and those that carry arguments were set by the tracer; the
 * flags are as they were, for none of these instructions changes them. The stack is not touched: the thread may be
 * anywhere on it, and signals may come at any instruction.
 */
import { assemble, code, label, near, type Row } from '../../base/machine-code.js';
import type { CallDeskCode } from '../arch.js';
import { USER_REGS } from './register-block.js';

/** Registers that are put back, in the order of their words; then comes the program counter. */
const KEPT = ['rax', 'rcx', 'rdx', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11'] as const;
const WORD = 8;

const room = (name: string): Row[] => [
  label(name),
  { kind: 'data', hex: '00 00 00 00 00 00 00 00' },
];

export const CALL_DESK_X86_64: readonly Row[] = [
  code('0f 05', 'syscall'),
  code('b8 0e 00 00 00', 'mov eax, 14'), // __NR_rt_sigprocmask
  code('bf 02 00 00 00', 'mov edi, 2'), // SIG_SETMASK
  near('48 8d 35', 'lea rsi, [rip+mask]', 'mask'),
  code('ba 00 00 00 00', 'mov edx, 0'),
  code('41 ba 08 00 00 00', 'mov r10d, 8'), // sizeof(kernel sigset_t)
  code('0f 05', 'syscall'),
  near('48 8b 05', 'mov rax, [rip+rax]', 'rax'),
  near('48 8b 0d', 'mov rcx, [rip+rcx]', 'rcx'),
  near('48 8b 15', 'mov rdx, [rip+rdx]', 'rdx'),
  near('48 8b 35', 'mov rsi, [rip+rsi]', 'rsi'),
  near('48 8b 3d', 'mov rdi, [rip+rdi]', 'rdi'),
  near('4c 8b 05', 'mov r8, [rip+r8]', 'r8'),
  near('4c 8b 0d', 'mov r9, [rip+r9]', 'r9'),
  near('4c 8b 15', 'mov r10, [rip+r10]', 'r10'),
  near('4c 8b 1d', 'mov r11, [rip+r11]', 'r11'),
  near('ff 25', 'jmp qword [rip+pc]', 'pc'),
  code('0f 0b', 'ud2'),
  ...['mask', ...KEPT, 'pc'].flatMap(room),
];

const ASSEMBLED = assemble(CALL_DESK_X86_64);
const MASK = ASSEMBLED.labels.get('mask') ?? 0;

export const CALL_DESK: CallDeskCode = {
  bytes: ASSEMBLED.bytes.length,
  instructions: ASSEMBLED.bytes.subarray(0, MASK),
  prepared: (mask, registers) => {
    const bytes = ASSEMBLED.bytes.slice();
    const view = new DataView(bytes.buffer);
    const words = [
      mask,
      ...[...KEPT, 'rip' as const].map((name) => registers.getBigUint64(USER_REGS[name], true)),
    ];
    words.forEach((word, index) => view.setBigUint64(MASK + WORD * index, word, true));
    return bytes;
  },
};
