import { toAddress } from '../../../../src/base/address.js';
import { calleeBefore } from '../../../../src/arch/x86/callee.js';

const AT = toAddress(0x401000);
/** Offsets in struct user_regs_struct of <sys/user.h>. */
const RAX = { offset: 80, isPreserved: false };
const RBX = { offset: 40, isPreserved: true };
const R11 = { offset: 48, isPreserved: false };
const R12 = { offset: 24, isPreserved: true };

const before = (text: string, bits: 32 | 64 = 64) =>
  calleeBefore(Buffer.from(`9090909090909090${text.replaceAll(' ', '')}`, 'hex'), AT, bits);

describe('the call instruction before a return address', () => {
  it.each([
    ['call', 'e8 10 00 00 00', { kind: 'direct', target: 0x401010 }],
    ['call *slot(%rip)', 'ff 15 10 00 00 00', { kind: 'slot', slot: 0x401010 }],
    ['call *%rax', 'ff d0', { kind: 'register', registers: [RAX] }],
    ['call *%rbx', 'ff d3', { kind: 'register', registers: [RBX] }],
    // The prefix may be the end of the instruction before.
    ['call *%r11', '41 ff d3', { kind: 'register', registers: [RBX, R11] }],
    [
      'call *%r12',
      '41 ff d4',
      { kind: 'register', registers: [{ offset: 152, isPreserved: false }, R12] },
    ],
    ['call *(%rax)', 'ff 10', { kind: 'computed' }],
    ['call *8(%rbx)', 'ff 53 08', { kind: 'computed' }],
    ['call *8(%rsp)', 'ff 54 24 08', { kind: 'computed' }],
    ['call *(%rax,%rbx,8)', 'ff 14 d8', { kind: 'computed' }],
    ['call *table(,%rax,8)', 'ff 14 c5 00 10 40 00', { kind: 'computed' }],
    ['call *0x100(%rbx)', 'ff 93 00 01 00 00', { kind: 'computed' }],
    ['ret', 'c3', { kind: 'not-a-call' }],
    ['mov $-1,%eax', 'b8 ff ff ff ff', { kind: 'not-a-call' }],
  ] as const)('%s', (_, code, callee) => {
    expect(before(code)).toEqual(callee);
  });

  it('reads otherwise in 32 bits', () => {
    expect(before('ff 15 10 20 40 00', 32)).toEqual({ kind: 'slot', slot: 0x402010 });
    expect(before('ff 93 f0 ff ff ff', 32)).toEqual({ kind: 'got-slot', offset: -16 });
    expect(before('41 ff d3', 32)).toEqual({ kind: 'register', registers: [RBX] });
  });
});
