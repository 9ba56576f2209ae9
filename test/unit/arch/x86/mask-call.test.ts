import { Decoder } from 'iced-x86';
import { i386 } from '../../../../src/arch/i386/i386.js';
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';
import type { MaskCallCode } from '../../../../src/arch/arch.js';
import { toAddress } from '../../../../src/base/address.js';

const FROM = toAddress(0x401000);
const TO = toAddress(0x300000);

/** Where its instructions begin, and the targets of its jumps. */
function disassembled(
  { bytes }: MaskCallCode,
  bits: 32 | 64,
): { readonly starts: number[]; readonly targets: Set<number> } {
  const decoder = new Decoder(bits, bytes, 0);
  decoder.ip = BigInt(TO);
  const starts: number[] = [];
  const targets = new Set<number>();
  while (decoder.canDecode) {
    const instruction = decoder.decode();
    starts.push(Number(instruction.ip) - TO);
    if (instruction.nearBranchTarget !== 0n) targets.add(Number(instruction.nearBranchTarget));
  }
  return { starts, targets };
}

describe.each([
  ['64-bit code', x86_64, '0f05', 64],
  ['32-bit code, by int $0x80', i386, 'cd80', 32],
  ['32-bit code, through the vdso', i386, '65ff1510000000', 32],
] as const)('the code that makes rt_sigprocmask in %s', (_name, arch, hex, bits) => {
  const gate = Uint8Array.from(Buffer.from(hex, 'hex'));
  const made = arch.maskCall(gate, FROM, TO);
  if (made === undefined) throw new Error('no code');

  it('is known at each of its instructions, and nowhere else', () => {
    const { starts } = disassembled(made, bits);
    for (let offset = 0; offset < made.bytes.length; offset++) {
      expect([offset, made.stateAt(offset) !== undefined]).toEqual([
        offset,
        starts.includes(offset),
      ]);
    }
    expect(starts).toContain(made.told);
    expect(starts).toContain(made.plain);
  });

  it('jumps within itself, and back behind the instruction', () => {
    const outside = [...disassembled(made, bits).targets].filter(
      (target) => target < TO || target >= TO + made.bytes.length,
    );
    expect(outside).toEqual([FROM + gate.length]);
  });

  it('has nothing on the stack where it begins and ends', () => {
    const last = made.bytes.length - 5;
    const clean = { pushed: 0, setAt: undefined };
    expect(made.stateAt(0)).toEqual({ ...clean, isMade: false, tells: false });
    expect(made.stateAt(made.told)).toEqual({ ...clean, isMade: false, tells: true });
    expect(made.stateAt(made.plain)).toEqual({ ...clean, isMade: false, tells: false });
    expect(made.stateAt(last)).toEqual({ ...clean, isMade: true, tells: true });
  });

  it('fits into the room that is kept for it', () => {
    expect(made.bytes.length).toBeLessThanOrEqual(192);
  });
});

it('is refused where another instruction stands, or is too far away', () => {
  expect(x86_64.maskCall(Uint8Array.of(0x90, 0x90), FROM, TO)).toBeUndefined();
  const far = toAddress(FROM + 2 ** 33);
  expect(x86_64.maskCall(Uint8Array.of(0x0f, 0x05), FROM, far)).toBeUndefined();
});
