import { toAddress } from '../../../src/base/address.js';
import { toThreadId } from '../../../src/base/ids.js';
import { i386 } from '../../../src/arch/i386/i386.js';
import type { Arch } from '../../../src/arch/arch.js';
import { x86_64 } from '../../../src/arch/x86_64/x86_64.js';
import { remoteSyscall } from '../../../src/engine/stops/remote-syscall.js';
import { ScriptedKernel, statusOf } from '../../support/scripted-kernel.js';

const TID = toThreadId(42);

/** What the caller gets when the kernel leaves these bits in the result register. */
function resultOf(arch: Arch, bits: bigint): number {
  const kernel = new ScriptedKernel([
    { kind: 'stop', tid: TID, status: statusOf.syscall },
    { kind: 'stop', tid: TID, status: statusOf.syscall, words: { [arch.registers.result]: bits } },
    { kind: 'stop', tid: TID, status: statusOf.event(128) },
  ]);
  const instruction = toAddress(0x4000);
  const { mmap } = arch.syscalls.numbers;
  return remoteSyscall(kernel, TID, {
    arch,
    instruction,
    stoodAt: 'quiet',
    number: mmap,
    args: [],
  });
}

describe('what a system call gives that a thread makes for us', () => {
  it('is its errno to the last bit, and no address', () => {
    for (const errno of [1n, 12n, 13n, 22n, 75n, 4095n]) {
      expect(resultOf(x86_64, 2n ** 64n - errno)).toBe(-Number(errno));
      expect(resultOf(i386, 2n ** 32n - errno)).toBe(-Number(errno));
    }
  });

  it('is the address that it is, as high as they go', () => {
    expect(resultOf(x86_64, 0x7fff_ffff_f000n)).toBe(0x7fff_ffff_f000);
    expect(resultOf(i386, 0xf7f0_0000n)).toBe(0xf7f0_0000);
    expect(resultOf(i386, 0xffff_e000n)).toBe(0xffff_e000);
  });

  it('never is a number that was rounded', () => {
    expect(resultOf(x86_64, 0x8000_0000_0000_0001n)).toBeLessThan(0);
    expect(resultOf(x86_64, 0x0123_4567_89ab_cdefn)).toBeLessThan(0);
  });
});
