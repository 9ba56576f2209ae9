import { toImageAddress } from '../../../../src/base/address.js';
import { i386 } from '../../../../src/arch/i386/i386.js';
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';
import { registerOf } from '../../../../src/arch/x86/registers.js';

const AT = 0x1000;
const SLOT = 0x3ff0;
const GOT = 0x4000;

/** Hexadecimal; `<slot>` is the way from behind it to SLOT, `<got>` from the instruction one or two bytes before to GOT. */
function assemble(text: string): Uint8Array {
  const bytes: number[] = [];
  const push32 = (value: number): void => {
    const word = Buffer.alloc(4);
    word.writeInt32LE(value);
    bytes.push(...word);
  };
  for (const word of text.trim().split(/\s+/)) {
    if (word === '<slot>') push32(SLOT - (AT + bytes.length + 4));
    else if (word === '<got>') push32(GOT - (AT + bytes.length - 2));
    else bytes.push(parseInt(word, 16));
  }
  return Uint8Array.from(bytes);
}

const find = ({ plt }: typeof x86_64, text: string) =>
  plt
    .findBranches(assemble(text), toImageAddress(AT), toImageAddress(GOT), (slot) => slot === SLOT)
    .map(({ kind, address, slot }) => {
      expect(slot).toBe(SLOT);
      return `${kind} ${address - AT}`;
    });

describe('calls and jumps through slots', () => {
  it('are found wherever they stand', () => {
    expect(find(x86_64, '90 ff 15 <slot> 5b ff 25 <slot>')).toEqual(['call 1', 'jump 8']);
    // Other pointers, and an instruction that is cut off.
    expect(find(x86_64, 'ff 25 00 00 00 00 ff 15 00 00 00 00 ff 25 01')).toEqual([]);
  });

  it('are found by absolute addresses in 32 bits', () => {
    expect(find(i386, 'ff 15 f0 3f 00 00 90 ff 25 f0 3f 00 00')).toEqual(['call 0', 'jump 7']);
  });

  it('count from the GOT in 32 bits, where the register holds its address', () => {
    // add $GOT,%ecx; jmp *-16(%ecx)
    expect(find(i386, '81 c1 <got> 90 ff a1 f0 ff ff ff')).toEqual(['jump 7']);
    // The jump follows at once: the form for eax, which is shorter, and another.
    expect(find(i386, '05 00 30 00 00 ff a0 f0 ff ff ff')).toEqual(['jump 5']);
    expect(find(i386, '81 c1 <got> ff a1 f0 ff ff ff')).toEqual(['jump 6']);
    // A table of virtual functions.
    expect(find(i386, '8b 08 90 90 90 90 90 ff a1 f0 ff ff ff')).toEqual([]);
    // Another register has it.
    expect(find(i386, '81 c3 <got> 90 ff a1 f0 ff ff ff')).toEqual([]);
    expect(find(i386, 'ff 93 f0 ff ff ff')).toEqual(['call 0']);
  });
});

describe('loads of slots that a call or jump by the register follows', () => {
  it('are found', () => {
    expect(find(x86_64, '90 48 8b 05 <slot> 90 ff d0')).toEqual(['load 1']);
    expect(find(x86_64, '4c 8b 35 <slot> 90 41 ff d6')).toEqual(['load 0']);
    expect(find(x86_64, '48 8b 05 <slot> ff e0')).toEqual(['load 0']);
    expect(find(i386, '8b b3 f0 ff ff ff 50 ff d6')).toEqual(['load 0']);
    expect(find(i386, '8b 35 f0 3f 00 00 50 ff d6')).toEqual(['load 0']);
  });

  it('are none where no call follows, or one by another register', () => {
    expect(find(x86_64, '48 8b 3d <slot> 90 ff d0')).toEqual([]);
    expect(find(x86_64, '4c 8b 35 <slot> 90 ff d6')).toEqual([]);
    expect(find(i386, '8b b3 f0 ff ff ff 50 90')).toEqual([]);
  });
});

describe('loads of slots into a register', () => {
  const loaded = (arch: typeof x86_64, number: number, text: string) =>
    arch.slotsLoadedInto(
      registerOf(number, 64),
      assemble(text),
      toImageAddress(AT),
      toImageAddress(GOT),
    );

  it('are those into this register', () => {
    const code = '48 8b 1d <slot> 4c 8b 25 <slot> 48 8b 03';
    expect(loaded(x86_64, 3, code)).toEqual([SLOT]);
    expect(loaded(x86_64, 12, code)).toEqual([SLOT]);
    expect(loaded(x86_64, 0, code)).toEqual([]);
  });

  it('have several forms in 32 bits', () => {
    expect(loaded(i386, 6, '8b b3 f0 ff ff ff')).toEqual([SLOT]);
    expect(loaded(i386, 6, '8b 35 f0 3f 00 00')).toEqual([SLOT]);
    expect(loaded(i386, 0, 'a1 f0 3f 00 00')).toEqual([SLOT]);
  });
});
