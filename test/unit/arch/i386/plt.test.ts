import { toImageAddress } from '../../../../src/base/address.js';
import { i386Plt } from '../../../../src/arch/i386/plt.js';

const AT = toImageAddress(0x1000);
const GOT = 0x3000;
const SLOT = 0x3010;

/** Hexadecimal with `<abs>` for the slot's address, `<got>` for its distance to the GOT. */
const assemble = (text: string) => {
  const word = (value: number) => Buffer.from(Uint32Array.of(value).buffer).toString('hex');
  const plain = text.replace('<abs>', word(SLOT)).replace('<got>', word(SLOT - GOT));
  return Uint8Array.from(Buffer.from(plain.replace(/\s+/g, ''), 'hex'));
};

const find = (text: string, got = GOT) =>
  i386Plt
    .findStubs(assemble(text), AT, toImageAddress(got), (slot) => slot === SLOT)
    .map(({ address, slot }) => {
      expect(slot).toBe(SLOT);
      return address - AT;
    });

const ENDBR32 = 'f3 0f 1e fb';

describe('i386 PLT stubs', () => {
  it.each([
    ['lazy .plt', 'ff 25 <abs> 68 00 00 00 00 e9 e0 ff ff ff'],
    ['position-independent .plt', 'ff a3 <got> 68 00 00 00 00 e9 e0 ff ff ff'],
    ['.plt.sec', `${ENDBR32} ff 25 <abs> 66 0f 1f 44 00 00`],
    ['position-independent .plt.sec', `${ENDBR32} ff a3 <got> 66 0f 1f 44 00 00`],
    ['mold .plt', `${ENDBR32} b9 08 00 00 00 ff 25 <abs> cc`],
    ['lld retpoline', '50 a1 <abs> e8 e5 ff ff ff e9 d1 ff ff ff'],
    ['position-independent lld retpoline', '50 8b 83 <got> e8 e4 ff ff ff e9 d1 ff ff ff'],
  ])('of %s are found', (_, code) => {
    expect(find(code)).toEqual([0]);
  });

  it('of mold count from .got, which its head tells', () => {
    // lea 0x1024(%ebx),%ecx leads to the second word of .got.plt; the stub reads 0x1030(%ebx).
    const head = `${ENDBR32} 51 8d 8b 24 10 00 00 ff 31 ff 61 04`;
    const stub = `${ENDBR32} b9 00 00 00 00 ff a3 30 10 00 00 cc`;
    expect(find(head + stub, SLOT - 0x1030 + 0x1024 - 4)).toEqual([16]);
    // The same offsets mean something else without the head.
    expect(find(stub, SLOT - 0x1030 + 0x1024 - 4)).toEqual([]);
  });

  it('are no tail calls inside functions', () => {
    expect(find('83 c4 0c 90 ff 25 <abs>')).toEqual([]);
    expect(find('5b 5e ff a3 <got>')).toEqual([]);
  });
});
