import { toAddress } from '../../../../src/base/address.js';
import type { CodeBits } from '../../../../src/arch/x86/instruction-shape.js';
import { displace } from '../../../../src/arch/x86/displace.js';
import { jumpTarget } from '../../../../src/arch/x86/flow.js';

const FROM = toAddress(0x401000);
const TO = toAddress(0x300000);

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.padEnd(32, '0'), 'hex'));

describe('what the copy of an instruction pushes first', () => {
  it.each([
    ['a call', 'e800010000', 64, 13],
    ['a call in 32-bit code', 'e800010000', 32, 5],
    ['a call through a register', 'ffd0', 64, 13],
    ['a call through memory at the stack pointer', 'ff542408', 64, 13],
    ['a push of its own', '6812345678', 64, 0],
    ['a push of a register', '55', 64, 0],
    ['a jump', 'e900010000', 64, 0],
    ['an instruction that is rarely met', '0f01f9', 64, 0],
  ] as const)('%s', (_name, hex, bits, pushes) => {
    expect(displace(bytesOf(hex), FROM, TO, bits)?.pushes).toBe(pushes);
  });
});

describe('where a jump goes', () => {
  it.each([
    ['a near one', 'e910000000', 64, 0x401015],
    ['a near one backwards', 'e9f0ffffff', 64, 0x400ff5],
    ['a short one', 'ebfe', 64, 0x401000],
    ['one that wraps around in 32-bit code', 'e9fbefbfff', 32, 0],
    ['a conditional one', '0f8400000000', 64, undefined],
    ['one through memory', 'ff2500000000', 64, undefined],
    ['a call', 'e800000000', 64, undefined],
    ['no instruction', '06', 64, undefined],
  ] as const)('%s', (_name, hex, bits: CodeBits, target) => {
    expect(jumpTarget(bytesOf(hex), FROM, bits)).toBe(target);
  });
});
