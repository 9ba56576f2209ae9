import { i386 } from '../../../../src/arch/i386/i386.js';
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';

const bytesOf = (...hex: readonly string[]): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.join(''), 'hex'));
const MASK = new Set([14]);

describe('system calls by the number before them', () => {
  it.each([
    ['directly', ['b80e000000', '0f05'], [5]],
    ['with arguments in between', ['b80e000000', '48c7042420000000', '4889e6', '0f05'], [16]],
    ['with a number that is pushed', ['6a0e', '58', '0f05'], [3]],
    ['twice', ['b80e000000', '0f05', 'c3', 'b80e000000', '0f05'], [5, 13]],
    ['by another number', ['b80f000000', '0f05'], []],
    ['behind a jump', ['b80e000000', 'eb00', '0f05'], []],
    ['behind a call', ['b80e000000', 'e800000000', '0f05'], []],
    ['behind nothing', ['b80e000000'], []],
    ['cut short', ['b80e0000'], []],
  ] as const)('%s', (_name, hex, offsets) => {
    expect(x86_64.findSyscalls(bytesOf(...hex), MASK)).toEqual(offsets);
  });

  it.each([
    ['by int $0x80', ['b8af000000', 'cd80'], [5]],
    ['through the vdso', ['b8af000000', '89d9', '65ff1510000000'], [7]],
    ['not by another call', ['b8af000000', 'ff1510000000'], []],
  ] as const)('in 32-bit code, %s', (_name, hex, offsets) => {
    expect(i386.findSyscalls(bytesOf(...hex), new Set([175]))).toEqual(offsets);
  });
});
