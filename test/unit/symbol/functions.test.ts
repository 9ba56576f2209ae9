import { ElfImage } from '../../../src/elf/elf-image.js';
import { functionsOf } from '../../../src/symbol/functions.js';
import { buildImage } from '../../support/elf-builder.js';

const image = ElfImage.parse(
  buildImage({
    symbols: [
      { name: 'imported', section: 0 },
      { name: 'puts', value: 0x100, size: 8, version: 'V' },
      { name: '_IO_puts', value: 0x100, size: 8, version: 'V' },
      { name: 'memcpy', value: 0x300, size: 16, type: 10, version: '@V' },
      { name: 'variable', value: 0x400, type: 1 },
      { name: 'constant', value: 0x500, section: 0xfff1 },
    ],
    staticSymbols: [
      { name: 'puts', value: 0x100, size: 8 },
      { name: 'helper', value: 0x200, size: 4, binding: 0 },
      { name: 'helper', value: 0x280, size: 4, binding: 0 },
      { name: 'puts_internal', value: 0x100 },
    ],
  }),
  'x',
);
const debug = ElfImage.parse(
  buildImage({ dynamic: false, staticSymbols: [{ name: 'stripped', value: 0x600, size: 2 }] }),
  'x.debug',
);
const BOTH = { dynamic: true, static: true };

describe('functionsOf', () => {
  it('finds those with a name that begins so, and all their names', () => {
    const found = functionsOf(image, BOTH, ['_IO', 'help']);
    expect(found.map(({ address, names }) => [address, names.map(({ name }) => name)])).toEqual([
      [0x100, ['puts', '_IO_puts', 'puts_internal']],
      [0x200, ['helper']],
      [0x280, ['helper']],
    ]);
    const among = () => new Set([0x200, 0x300]);
    const addresses = (prefixes?: readonly string[]) =>
      functionsOf(image, BOTH, prefixes, among).map(({ address }) => address);
    expect(addresses(['_IO', 'help'])).toEqual([0x200]);
    expect(addresses()).toEqual([0x200, 0x300]);
    expect(functionsOf(image, BOTH, ['import', 'const', 'none'])).toEqual([]);
  });

  it('gathers the names at one address', () => {
    const found = functionsOf(image, BOTH);
    expect(found.map(({ address, names }) => [address, names.map(({ name }) => name)])).toEqual([
      [0x100, ['puts', '_IO_puts', 'puts_internal']],
      [0x200, ['helper']],
      [0x280, ['helper']],
      [0x300, ['memcpy']],
    ]);
    expect(found[0]).toMatchObject({ size: 8, isIfunc: false });
    expect(found[0]?.names[0]).toEqual({
      name: 'puts',
      version: 'V',
      isDefaultVersion: true,
      isIfunc: false,
      binding: 'global',
      source: 'dynamic',
    });
    expect(found[3]).toMatchObject({ isIfunc: true, names: [{ isDefaultVersion: false }] });
  });

  it('reads only the tables that are asked for', () => {
    const names = (sources: Parameters<typeof functionsOf>[1]) =>
      functionsOf(image, sources).flatMap((found) => found.names.map(({ name }) => name));
    expect(names({ dynamic: true, static: false })).toEqual(['puts', '_IO_puts', 'memcpy']);
    expect(names({ dynamic: false, static: true })).toEqual([
      'puts',
      'puts_internal',
      'helper',
      'helper',
    ]);
    expect(names({ dynamic: false, static: false, debug: [debug] })).toEqual(['stripped']);
  });
});

describe('pieces of functions', () => {
  it('that are called are functions, those that are jumped to are not', () => {
    const staticSymbols = ['f', 'f.part.0', 'f.cold', 'f.part.0.cold', 'f.cold.1', 'f.coldest'].map(
      (name, index) => ({ name, value: 0x100 + 16 * index }),
    );
    const pieces = ElfImage.parse(buildImage({ staticSymbols }), 'pieces');
    const names = functionsOf(pieces, BOTH).map(({ names: [first] }) => first?.name);
    expect(names).toEqual(['f', 'f.part.0', 'f.coldest']);
  });
});
