import { toImageAddress } from '../../../../src/base/address.js';
import { x86_64Plt } from '../../../../src/arch/x86_64/plt.js';

const AT = 0x1000;
const SLOT = 0x3000;

/** Hexadecimal with `<slot>` where the displacement from there to SLOT goes. */
const assemble = (text: string) => {
  const bytes: number[] = [];
  for (const word of text.trim().split(/\s+/)) {
    if (word !== '<slot>') {
      bytes.push(parseInt(word, 16));
      continue;
    }
    const displacement = Buffer.alloc(4);
    displacement.writeInt32LE(SLOT - (AT + bytes.length + 4));
    bytes.push(...displacement);
  }
  return Uint8Array.from(bytes);
};

const find = (text: string) =>
  x86_64Plt
    .findStubs(assemble(text), toImageAddress(AT), toImageAddress(0), (slot) => slot === SLOT)
    .map(({ address, slot }) => {
      expect(slot).toBe(SLOT);
      return address - AT;
    });

const HEAD = 'ff 35 00 00 00 00  ff 25 02 00 00 00  0f 1f 40 00';
const ENDBR64 = 'f3 0f 1e fa';

describe('x86-64 PLT stubs', () => {
  it.each([
    ['lazy .plt', 'ff 25 <slot> 68 00 00 00 00 e9 e0 ff ff ff', 0],
    ['.plt behind its head', `${HEAD} ff 25 <slot> 68 00 00 00 00 e9 e0 ff ff ff`, 16],
    ['.plt.sec', `${ENDBR64} ff 25 <slot> 66 0f 1f 44 00 00`, 0],
    ['.plt.sec with bnd', `${ENDBR64} f2 ff 25 <slot> 0f 1f 44 00 00`, 0],
    ['bnd without endbr64', 'f2 ff 25 <slot> 90', 0],
    ['.plt.got', 'ff 25 <slot> 66 90', 0],
    ['second of .plt.got', '90 90 90 90 90 90 90 90 ff 25 <slot> 66 90', 8],
    ['mold .plt', `${ENDBR64} 41 bb 07 00 00 00 ff 25 <slot>`, 0],
    ['lld lazy retpoline', '4c 8b 1d <slot> e8 e4 ff ff ff e9 d1 ff ff ff', 0],
    ['lld eager retpoline', '4c 8b 1d <slot> e9 d4 ff ff ff cc cc cc cc', 0],
  ])('of %s are found', (_, code, offset) => {
    expect(find(code)).toEqual([offset]);
  });

  it('are no tail calls inside functions', () => {
    // add $8,%rsp; jmp *slot(%rip)
    expect(find('48 83 c4 08 ff 25 <slot>')).toEqual([]);
  });

  it('are no plain loads into r11', () => {
    expect(find('4c 8b 1d <slot> 41 ff d3 90')).toEqual([]);
  });

  it('need a slot that a relocation fills', () => {
    expect(find(HEAD)).toEqual([]);
  });

  it('are not read past the end of the code', () => {
    const whole = assemble('ff 25 <slot>');
    for (let length = 0; length < whole.length; length++) {
      const code = whole.subarray(0, length);
      expect(x86_64Plt.findStubs(code, toImageAddress(AT), toImageAddress(0), () => true)).toEqual(
        [],
      );
    }
  });
});
