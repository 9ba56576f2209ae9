/**
 * Machine code that counts calls inside the process that makes them, without a stop.
 *
 * The place of a call (a PLT stub) jumps to the code of its point, that to `enter`: it notes the call in the block of the
 * thread, found by the thread pointer, and puts the address of a return trampoline in the place of the return address. The
 * trampoline jumps to `leave`, which adds the call to the row of its function, and goes on where the call was to return to.
 *
 * Whatever is not plain goes to the two places named `..._trap`, where the tracer puts traps of its own: a thread or a
 * return address that is not known yet, calls that were left by a jump. Each word is written so that a signal may come
 * between any two instructions, and its handler make such calls, too: a handler leaves the block as it found it.
 *
 * All registers are preserved but r11, which stubs may use (System V ABI, AMD64 supplement, 3.2.3), and the flags.
 */
import { toAddress, type Address } from '../../base/address.js';
import type { InlineCalls } from '../inline-calls.js';
import { assemble, code, label, near, quad, word, type Row } from '../../base/machine-code.js';

/** endbr64, and the bnd prefix: see plt.ts. */
const ENDBR64 = [0xf3, 0x0f, 0x1e, 0xfa];
const BND = 0xf2;
/** jmp [rip+disp32], jmp rel32: Intel SDM, volume 2, JMP. */
const JUMP_THROUGH = [0xff, 0x25];
const JUMP = 0xe9;
const JUMP_BYTES = 5;
const JUMP_THROUGH_BYTES = 6;
const GO_ON_AT = 16;
/** At the beginning of `enter`. */
const PUSHES = 4;
const TWO_TO_31 = 2147483648;

export const inlineCallsX86_64: InlineCalls = {
  code: (addresses) => assemble(INLINE_X86_64, { ...addresses }),
  // AWAKE is the trap instruction, so that the guardian of a tracer that was killed puts it out as it does with traps.
  mode: { awake: 0xcc, suspended: 0xcd, off: 0 },
  patchBytes: JUMP_BYTES,
  pointCodeBytes: 32,
  goOnAt: GO_ON_AT,
  replaceable(stub) {
    const at = jumpIn(stub);
    return at === undefined ? undefined : { lead: startsWith(stub, 0, ENDBR64) ? 4 : 0 };
  },
  jump(from, to) {
    const distance = to - from - JUMP_BYTES;
    if (!isNear(distance)) return undefined;
    const bytes = Uint8Array.of(JUMP, 0, 0, 0, 0);
    new DataView(bytes.buffer).setInt32(1, distance, true);
    return bytes;
  },
  pointCode({ code: stub, from, to, record }) {
    const at = jumpIn(stub);
    if (at === undefined) return undefined;
    const operand = new DataView(stub.buffer, stub.byteOffset + at + 2, 4).getInt32(0, true);
    const slot = toAddress(from + at + JUMP_THROUGH_BYTES + operand);
    const distance = slot - (to + GO_ON_AT + JUMP_THROUGH_BYTES);
    if (!isNear(distance)) return undefined;
    const bytes = new Uint8Array(GO_ON_AT + JUMP_THROUGH_BYTES);
    bytes.set(jumpByRecord(record));
    bytes.set(JUMP_THROUGH, GO_ON_AT);
    new DataView(bytes.buffer).setInt32(GO_ON_AT + 2, distance, true);
    return bytes;
  },
  trampoline: jumpByRecord,
  withoutEntering(at, labels) {
    const enter = labels.get('enter') ?? 0;
    const pass = labels.get('pass') ?? 0;
    if (at < enter || at >= (labels.get('entered') ?? 0)) return undefined;
    // Four pushes of one byte each, and as many pops in the opposite order.
    const pushed = Math.min(at - enter, PUSHES);
    return pass + PUSHES - pushed;
  },
  // r11 in struct user_regs_struct, <sys/user.h>
  recordRegister: 48,
  // <asm/unistd_64.h>
  attachMemory: 30,
};

/** mov r11, record; jmp [r11] */
function jumpByRecord(record: Address): Uint8Array {
  const bytes = Uint8Array.of(0x49, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0xff, 0x23);
  new DataView(bytes.buffer).setBigUint64(2, BigInt(record), true);
  return bytes;
}

/** Where the jump through a pointer stands in a stub; undefined when it is another kind of code. */
function jumpIn(stub: Uint8Array): number | undefined {
  let at = startsWith(stub, 0, ENDBR64) ? ENDBR64.length : 0;
  if (stub[at] === BND) at++;
  const isWhole = at + JUMP_THROUGH_BYTES <= stub.length;
  return isWhole && startsWith(stub, at, JUMP_THROUGH) ? at : undefined;
}

function startsWith(bytes: Uint8Array, at: number, expected: readonly number[]): boolean {
  return expected.every((byte, index) => bytes[at + index] === byte);
}

const isNear = (distance: number): boolean => distance >= -TWO_TO_31 && distance < TWO_TO_31;

export const INLINE_X86_64: readonly Row[] = [
  label('enter'),
  code('50', 'push rax'),
  code('51', 'push rcx'),
  code('52', 'push rdx'),
  code('56', 'push rsi'),
  near('48 8d 05', 'lea rax, [rip+mode]', 'mode'),
  code('80 38 cc', 'cmp byte [rax], 0xcc'), // MODE.AWAKE
  near('0f 85', 'jne asleep', 'asleep'),
  code('64 48 8b 0c 25 00 00 00 00', 'mov rcx, fs:[0]'), // the thread pointer: ELF Handling For Thread-Local Storage, 3.4.6
  code('48 b8 15 7c 4a 7f b9 79 37 9e', 'mov rax, 0x9e3779b97f4a7c15'),
  code('48 0f af c1', 'imul rax, rcx'),
  code('48 c1 e8 34', 'shr rax, 52'),
  code('c1 e0 04', 'shl eax, 4'),
  quad('48 ba', 'mov rdx, THREADS', 'THREADS'),
  label('enter_thread'),
  code('48 39 0c 02', 'cmp [rdx+rax], rcx'),
  near('0f 84', 'je enter_block', 'enter_block'),
  code('48 83 3c 02 00', 'cmp qword [rdx+rax], 0'),
  near('0f 84', 'je escape', 'escape'),
  code('83 c0 10', 'add eax, 16'),
  code('25 ff ff 00 00', 'and eax, 0xffff'),
  near('e9', 'jmp enter_thread', 'enter_thread'),
  label('enter_block'),
  code('48 8b 54 02 08', 'mov rdx, [rdx+rax+8]'),
  code('48 8b 02', 'mov rax, [rdx+THREAD_TOP]'),
  code('48 3b 42 08', 'cmp rax, [rdx+THREAD_LIMIT]'),
  near('0f 83', 'jae escape', 'escape'),
  code('48 8d 74 24 20', 'lea rsi, [rsp+32]'), // where the return address stands
  code('48 8b 48 e0', 'mov rcx, [rax-32]'), // and that of the call around this one
  code('48 39 f1', 'cmp rcx, rsi'),
  near('0f 87', 'ja nested', 'nested'),
  near('0f 85', 'jne escape', 'escape'),
  code('48 8b 0e', 'mov rcx, [rsi]'), // a tail call finds an address of ours there
  quad('48 b8', 'mov rax, RETURNS', 'RETURNS'),
  code('48 29 c1', 'sub rcx, rax'),
  word('48 81 f9', 'cmp rcx, RETURNS_BYTES', 'RETURNS_BYTES'),
  near('0f 83', 'jae escape', 'escape'),
  label('nested'),
  code('48 8b 0e', 'mov rcx, [rsi]'),
  code('48 b8 15 7c 4a 7f b9 79 37 9e', 'mov rax, 0x9e3779b97f4a7c15'),
  code('48 0f af c1', 'imul rax, rcx'),
  code('48 c1 e8 31', 'shr rax, 49'),
  code('c1 e0 04', 'shl eax, 4'),
  quad('48 be', 'mov rsi, RETURN_TABLE', 'RETURN_TABLE'),
  label('enter_return'),
  code('48 39 0c 06', 'cmp [rsi+rax], rcx'),
  near('0f 84', 'je enter_row', 'enter_row'),
  code('48 83 3c 06 00', 'cmp qword [rsi+rax], 0'),
  near('0f 84', 'je escape', 'escape'),
  code('83 c0 10', 'add eax, 16'),
  code('25 ff ff 07 00', 'and eax, 0x7ffff'),
  near('e9', 'jmp enter_return', 'enter_return'),
  label('enter_row'),
  code('48 8b 4c 06 08', 'mov rcx, [rsi+rax+8]'),
  code('49 8b 73 10', 'mov rsi, [r11+POINT_ROW]'),
  code('48 8b 34 32', 'mov rsi, [rdx+rsi]'),
  code('48 85 f6', 'test rsi, rsi'),
  near('0f 84', 'je escape', 'escape'),
  code('b8 20 00 00 00', 'mov eax, 32'), // CALL_BYTES
  code('48 0f c1 02', 'xadd [rdx+THREAD_TOP], rax'), // one instruction: a signal comes before or after it
  code('48 89 70 08', 'mov [rax+CALL_ROW], rsi'),
  code('48 89 48 18', 'mov [rax+CALL_RETURN], rcx'),
  code('48 89 c6', 'mov rsi, rax'),
  code('0f 31', 'rdtsc'),
  code('48 c1 e2 20', 'shl rdx, 32'),
  code('48 09 d0', 'or rax, rdx'),
  code('48 89 46 10', 'mov [rsi+CALL_BEGAN], rax'),
  code('48 8d 44 24 20', 'lea rax, [rsp+32]'),
  code('48 89 06', 'mov [rsi+CALL_SLOT], rax'),
  code('48 89 08', 'mov [rax], rcx'),
  label('entered'),
  code('5e', 'pop rsi'),
  code('5a', 'pop rdx'),
  code('59', 'pop rcx'),
  code('58', 'pop rax'),
  code('41 ff 63 08', 'jmp qword [r11+POINT_GO_ON]'),
  label('asleep'),
  code('80 38 cd', 'cmp byte [rax], 0xcd'), // MODE.SUSPENDED
  near('0f 84', 'je escape', 'escape'),
  label('pass'),
  code('5e', 'pop rsi'),
  code('5a', 'pop rdx'),
  code('59', 'pop rcx'),
  code('58', 'pop rax'),
  code('41 ff 63 08', 'jmp qword [r11+POINT_GO_ON]'),
  label('escape'),
  code('5e', 'pop rsi'),
  code('5a', 'pop rdx'),
  code('59', 'pop rcx'),
  code('58', 'pop rax'),
  label('enter_trap'),
  code('66 90', 'xchg ax, ax'), // two bytes: where our trap is to stand
  code('41 ff 63 08', 'jmp qword [r11+POINT_GO_ON]'),
  label('leave'),
  code('50', 'push rax'),
  code('52', 'push rdx'),
  code('51', 'push rcx'),
  code('56', 'push rsi'),
  code('57', 'push rdi'),
  near('48 8d 05', 'lea rax, [rip+mode]', 'mode'),
  code('80 38 cc', 'cmp byte [rax], 0xcc'),
  near('0f 84', 'je leave_awake', 'leave_awake'),
  code('80 38 cd', 'cmp byte [rax], 0xcd'),
  near('0f 85', 'jne left', 'left'),
  label('leave_awake'),
  code('0f 31', 'rdtsc'),
  code('48 c1 e2 20', 'shl rdx, 32'),
  code('48 09 d0', 'or rax, rdx'),
  code('48 89 c7', 'mov rdi, rax'),
  code('64 48 8b 0c 25 00 00 00 00', 'mov rcx, fs:[0]'),
  code('48 b8 15 7c 4a 7f b9 79 37 9e', 'mov rax, 0x9e3779b97f4a7c15'),
  code('48 0f af c1', 'imul rax, rcx'),
  code('48 c1 e8 34', 'shr rax, 52'),
  code('c1 e0 04', 'shl eax, 4'),
  quad('48 ba', 'mov rdx, THREADS', 'THREADS'),
  label('leave_thread'),
  code('48 39 0c 02', 'cmp [rdx+rax], rcx'),
  near('0f 84', 'je leave_block', 'leave_block'),
  code('48 83 3c 02 00', 'cmp qword [rdx+rax], 0'),
  near('0f 84', 'je slow', 'slow'),
  code('83 c0 10', 'add eax, 16'),
  code('25 ff ff 00 00', 'and eax, 0xffff'),
  near('e9', 'jmp leave_thread', 'leave_thread'),
  label('leave_block'),
  code('48 8b 54 02 08', 'mov rdx, [rdx+rax+8]'),
  code('48 8b 32', 'mov rsi, [rdx+THREAD_TOP]'),
  code('48 83 ee 20', 'sub rsi, 32'),
  code('48 8d 44 24 20', 'lea rax, [rsp+32]'),
  code('48 39 06', 'cmp [rsi+CALL_SLOT], rax'),
  near('0f 85', 'jne slow', 'slow'),
  code('49 8b 43 10', 'mov rax, [r11+RETURN_SELF]'),
  code('48 39 46 18', 'cmp [rsi+CALL_RETURN], rax'),
  near('0f 85', 'jne slow', 'slow'),
  code('48 8b 4e 08', 'mov rcx, [rsi+CALL_ROW]'),
  code('48 2b 7e 10', 'sub rdi, [rsi+CALL_BEGAN]'),
  near('0f 83', 'jae leave_pop', 'leave_pop'),
  code('31 ff', 'xor edi, edi'),
  label('leave_pop'),
  code('48 c7 06 00 00 00 00', 'mov qword [rsi+CALL_SLOT], 0'),
  code('48 89 32', 'mov [rdx+THREAD_TOP], rsi'),
  code('48 ff 01', 'inc qword [rcx+ROW_CALLS]'),
  code('48 89 f8', 'mov rax, rdi'),
  code('48 f7 61 38', 'mul qword [rcx+ROW_MULTIPLIER]'),
  code('48 0f ac d0 20', 'shrd rax, rdx, 32'),
  code('48 89 c7', 'mov rdi, rax'), // nanoseconds
  code('48 01 79 10', 'add [rcx+ROW_TOTAL], rdi'),
  code('48 8b 44 24 20', 'mov rax, [rsp+32]'), // the result
  code('48 8b 71 40', 'mov rsi, [rcx+ROW_WIDTH]'),
  code('85 f6', 'test esi, esi'),
  near('0f 84', 'je judged', 'judged'),
  code('83 fe 04', 'cmp esi, 4'),
  near('0f 85', 'jne leave_judge', 'leave_judge'),
  code('48 63 c0', 'movsxd rax, eax'),
  label('leave_judge'),
  code('48 89 c2', 'mov rdx, rax'),
  code('48 2b 51 48', 'sub rdx, [rcx+ROW_LOW]'),
  code('48 3b 51 50', 'cmp rdx, [rcx+ROW_SPAN]'),
  near('0f 86', 'jbe failed', 'failed'),
  code('48 2b 41 58', 'sub rax, [rcx+ROW_OTHER_LOW]'),
  code('48 3b 41 60', 'cmp rax, [rcx+ROW_OTHER_SPAN]'),
  near('0f 87', 'ja judged', 'judged'),
  label('failed'),
  code('48 ff 41 08', 'inc qword [rcx+ROW_ERRORS]'),
  label('judged'),
  code('48 8b 41 18', 'mov rax, [rcx+ROW_MIN]'),
  label('shorter'),
  code('48 39 c7', 'cmp rdi, rax'),
  near('0f 83', 'jae leave_longest', 'leave_longest'),
  code('48 0f b1 79 18', 'cmpxchg [rcx+ROW_MIN], rdi'), // a signal handler may have made a call meanwhile
  near('0f 85', 'jne shorter', 'shorter'),
  label('leave_longest'),
  code('48 8b 41 20', 'mov rax, [rcx+ROW_MAX]'),
  label('longer'),
  code('48 39 c7', 'cmp rdi, rax'),
  near('0f 86', 'jbe leave_squares', 'leave_squares'),
  code('48 0f b1 79 20', 'cmpxchg [rcx+ROW_MAX], rdi'),
  near('0f 85', 'jne longer', 'longer'),
  label('leave_squares'),
  code('48 89 f8', 'mov rax, rdi'),
  code('48 f7 e7', 'mul rdi'),
  code('48 01 41 28', 'add [rcx+ROW_SQUARES], rax'),
  code('48 11 51 30', 'adc [rcx+ROW_SQUARES_HIGH], rdx'), // the carry goes through a handler's frame and back
  code('48 89 ce', 'mov rsi, rcx'),
  code('48 83 ff 40', 'cmp rdi, 64'),
  near('0f 82', 'jb leave_bucket', 'leave_bucket'),
  code('48 0f bd cf', 'bsr rcx, rdi'),
  code('83 e9 05', 'sub ecx, 5'),
  code('48 d3 ef', 'shr rdi, cl'),
  code('c1 e1 05', 'shl ecx, 5'),
  code('48 01 cf', 'add rdi, rcx'),
  label('leave_bucket'),
  code('48 ff 84 fe 80 00 00 00', 'inc qword [rsi+rdi*8+ROW_BUCKETS]'),
  label('left'),
  code('5f', 'pop rdi'),
  code('5e', 'pop rsi'),
  code('59', 'pop rcx'),
  code('5a', 'pop rdx'),
  code('58', 'pop rax'),
  code('41 ff 63 08', 'jmp qword [r11+RETURN_GO_ON]'),
  label('slow'),
  code('5f', 'pop rdi'),
  code('5e', 'pop rsi'),
  code('59', 'pop rcx'),
  code('5a', 'pop rdx'),
  code('58', 'pop rax'),
  label('leave_trap'),
  code('66 90', 'xchg ax, ax'),
  code('41 ff 63 08', 'jmp qword [r11+RETURN_GO_ON]'),
  code('0f 0b', 'ud2'),
  label('mode'),
  { kind: 'data', hex: '00' },
];
