import { setWord, toAddress, wordAsNumber } from '../../../../src/base/address.js';
import { DoesNotStop } from '../../../../src/base/errors.js';
import { toThreadId } from '../../../../src/base/ids.js';
import { i386 } from '../../../../src/arch/i386/i386.js';
import type { Arch } from '../../../../src/arch/arch.js';
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';
import { remoteSyscall } from '../../../../src/engine/remote/remote-syscall.js';
import { ScriptedKernel, statusOf } from '../../../support/scripted-kernel.js';

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
    from: { instruction },
    stoodAt: { kind: 'quiet' },
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

describe('a thread that does not run when it is to make a call for us', () => {
  it('gets its registers and signal mask back before anybody hears of it', () => {
    const kernel = new ScriptedKernel();
    const instruction = toAddress(0x4000);
    const { registers, syscalls } = x86_64;
    kernel.readRegisters(TID);
    setWord(kernel.registers, registers.pc, 0x1234);
    kernel.writeRegisters(TID);
    kernel.stuck.add(TID);
    kernel.patience = () => {
      // It stops when it is asked to.
      kernel.stuck.delete(TID);
      kernel.push({ kind: 'stop', tid: TID, status: statusOf.event(128) });
      return 'gives-up';
    };
    const call = { arch: x86_64, number: syscalls.numbers.mmap, args: [], from: { instruction } };
    expect(() => remoteSyscall(kernel, TID, { ...call, stoodAt: { kind: 'quiet' } })).toThrow(
      DoesNotStop,
    );
    kernel.readRegisters(TID);
    expect(wordAsNumber(kernel.registers, registers.pc)).toBe(0x1234);
    const [last = ''] = kernel.calls.filter((line) => line.startsWith('setSignalMask ')).slice(-1);
    expect(last).toBe('setSignalMask 42 0');
    expect(kernel.calls).toContain('interrupt 42');
  });
});

describe('a fault while a thread makes a call for us', () => {
  it('ends the call, and is not given to the program', () => {
    const kernel = new ScriptedKernel();
    // SEGV_MAPERR of <asm-generic/siginfo.h>: raised by the kernel.
    const signalInfo = new Uint8Array(128);
    signalInfo[8] = 1;
    kernel.push(
      { kind: 'stop', tid: TID, status: statusOf.signal(11), signalInfo },
      { kind: 'stop', tid: TID, status: statusOf.event(128) },
    );
    const { mmap } = x86_64.syscalls.numbers;
    const result = remoteSyscall(kernel, TID, {
      arch: x86_64,
      from: { instruction: toAddress(0x4000) },
      stoodAt: { kind: 'trap', goesOnAt: toAddress(0x5000) },
      number: mmap,
      args: [],
    });
    expect(result).toBeLessThan(0);
    expect(kernel.calls.filter((call) => call.startsWith('kill '))).toEqual([]);
  });
});
