import { toAddress } from '../../../../src/base/address.js';
import { behindStackCheck } from '../../../../src/arch/x86/stack-check.js';

const ENTRY = 0x400000;
/** Of the way back, far enough for any check. */
const MORE = 0x40;

const bytes = (hex: string): number[] => [...Buffer.from(hex.replaceAll(' ', ''), 'hex')];

/** jbe with a 32-bit offset, standing at that distance from the entry, to MORE. */
const jumpFrom = (at: number, condition = 0x86): number[] => {
  const offset = Buffer.alloc(4);
  offset.writeInt32LE(MORE - (at + 6));
  return [0x0f, condition, ...offset];
};

/** Saves rax and xmm0, makes a call, restores them, and jumps to that distance from the entry. */
function wayBack(to = 0, call = 'e8 00 10 00 00'): number[] {
  const moves = bytes(
    `48 89 44 24 08  f2 0f 11 44 24 10  ${call}  48 8b 44 24 08  0f b6 44 24 08  f2 0f 10 44 24 10`,
  );
  const offset = Buffer.alloc(4);
  offset.writeInt32LE(to - (MORE + moves.length + 5));
  return [...moves, 0xe9, ...offset];
}

/** @returns how far behind the entry the function is to be caught */
function behind(check: readonly number[], back: readonly number[], bits: 32 | 64 = 64): number {
  const code = new Uint8Array(0x100).fill(0x90);
  code.set(check);
  code.set(back, MORE);
  const read = (address: number, count: number): Uint8Array =>
    code.slice(address - ENTRY, address - ENTRY + count);
  return behindStackCheck(read, toAddress(ENTRY), bits) - ENTRY;
}

describe('a function of Go', () => {
  const small = bytes('49 3b 66 10'); // cmp rsp, [r14+16]

  it('is caught behind the check of a small frame', () => {
    expect(behind([...small, ...jumpFrom(4)], wayBack())).toBe(10);
    expect(behind([...small, 0x76, MORE - 6], wayBack())).toBe(6);
  });

  it('is caught behind the check of a larger frame', () => {
    const check = bytes('4c 8d a4 24 70 fe ff ff  4d 3b 66 10'); // lea r12, [rsp-400]; cmp r12, [r14+16]
    expect(behind([...check, ...jumpFrom(12)], wayBack())).toBe(18);
  });

  it('is caught behind both checks of a very large frame', () => {
    const first = bytes('49 89 e4  49 81 ec 98 70 02 00'); // mov r12, rsp; sub r12, 0x27098
    const second = bytes('4d 3b 66 10');
    const check = [...first, ...jumpFrom(10, 0x82), ...second, ...jumpFrom(20)];
    expect(behind(check, wayBack())).toBe(26);
  });

  it('is caught where older compilers check', () => {
    const check = bytes('64 48 8b 0c 25 f8 ff ff ff  48 3b 61 10'); // mov rcx, fs:-8; cmp rsp, [rcx+16]
    expect(behind([...check, ...jumpFrom(13)], wayBack())).toBe(19);
  });

  it('is caught in 32 bits', () => {
    // mov ecx, gs:0; mov ecx, [ecx-4]; mov eax, esp; sub eax, 0x13808; cmp eax, [ecx+8]
    const first = bytes('65 8b 0d 00 00 00 00  8b 89 fc ff ff ff  89 e0  2d 08 38 01 00');
    const second = bytes('3b 41 08');
    const check = [...first, ...jumpFrom(20, 0x82), ...second, ...jumpFrom(29)];
    const offset = Buffer.alloc(4);
    offset.writeInt32LE(-(MORE + 10));
    expect(behind(check, [...bytes('e8 00 10 00 00'), 0xe9, ...offset], 32)).toBe(35);
  });
});

describe('any other function', () => {
  const check = [...bytes('49 3b 66 10'), ...jumpFrom(4)];

  const OTHERS = [
    ['jumps elsewhere', check, wayBack(4)],
    ['jumps back without a call, a loop', check, wayBack(0, '0f 1f 44 00 00')],
    ['makes two calls', check, wayBack(0, 'e8 00 10 00 00  e8 00 10 00 00')],
    ['returns on the way', check, wayBack(0, 'c3  e8 00 10 00 00')],
    ['branches on the way', check, wayBack(0, '74 02  e8 00 10 00 00')],
    ['computes on the way', check, wayBack(0, '48 01 c0  e8 00 10 00 00')],
    ['moves the stack pointer', [...bytes('48 8d 64 24 f8'), ...jumpFrom(5)], wayBack()],
    ['loads the stack pointer', [...bytes('48 89 c4'), ...jumpFrom(3)], wayBack()],
    ['makes room on the stack', [...bytes('48 83 ec 08'), ...jumpFrom(4)], wayBack()],
    ['writes memory', [...bytes('48 89 07'), ...jumpFrom(3)], wayBack()],
    ['pushes', [0x55, ...jumpFrom(1)], wayBack()],
  ] as const;

  it.each(OTHERS)('that %s is caught at its entry', (_, head, back) => {
    expect(behind(head, back)).toBe(0);
  });

  it('is caught at its entry where its code cannot be read or is no code', () => {
    expect(behindStackCheck(() => new Uint8Array(0), toAddress(ENTRY), 64)).toBe(ENTRY);
    expect(behind(bytes('06 06'), [])).toBe(0);
    expect(behind(check, [])).toBe(0);
  });

  it('is looked at for a while only', () => {
    const many = Array.from({ length: 20 }, () => bytes('48 39 c0')).flat();
    expect(behind([...many.slice(0, 60)], wayBack())).toBe(0);
  });
});
