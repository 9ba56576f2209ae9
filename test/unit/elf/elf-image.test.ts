import { readFileSync } from 'node:fs';
import { toImageAddress } from '../../../src/base/address.js';
import { ElfImage } from '../../../src/elf/elf-image.js';
import { ElfFormatError } from '../../../src/elf/format-error.js';
import { buildImage } from '../../support/elf-builder.js';
import type { ImageSpec } from '../../support/elf-builder.js';

const parse = (spec: ImageSpec) => ElfImage.parse(buildImage(spec), '/test/image');

const reasonFor = (bytes: Uint8Array): string => {
  try {
    ElfImage.parse(bytes, '/test/image');
  } catch (error) {
    if (error instanceof ElfFormatError) return error.reason;
    throw error;
  }
  return 'none';
};

const FORMATS: readonly (readonly [string, ImageSpec])[] = [
  ['64-bit little-endian', {}],
  ['32-bit little-endian', { elfClass: 32 }],
  ['64-bit big-endian', { littleEndian: false, machine: 22 }],
  ['32-bit big-endian', { elfClass: 32, littleEndian: false, machine: 20 }],
];

describe('ElfImage.parse', () => {
  it('says what is wrong with files that it refuses', () => {
    const good = buildImage({});
    const changed = (offset: number, value: number) => {
      const copy = Buffer.from(good);
      copy.writeUInt16LE(value, offset);
      return copy;
    };
    expect(reasonFor(Buffer.from('#!/bin/sh\n'))).toBe('not an ELF file');
    expect(reasonFor(Buffer.alloc(0))).toBe('not an ELF file');
    expect(reasonFor(changed(4, 0x0103))).toBe('unknown ELF class');
    expect(reasonFor(changed(4, 0x0302))).toBe('unknown ELF byte order');
    expect(reasonFor(good.subarray(0, 63))).toBe('truncated ELF header');
    expect(reasonFor(good.subarray(0, 70))).toBe('truncated program headers');
    expect(reasonFor(changed(54, 8))).toBe('malformed program headers');
    expect(reasonFor(changed(56, 0xffff))).toBe('malformed program headers');
  });

  it('names the file in its errors', () => {
    expect(() => ElfImage.parse(Buffer.from('x'), '/some/file')).toThrow(
      '/some/file: not an ELF file',
    );
  });

  it.each(FORMATS)('reads %s files', (_, format) => {
    const image = parse({
      ...format,
      base: 0x10000,
      interpreter: '/lib/ld.so',
      buildId: Buffer.from('00c0ffee', 'hex'),
      soname: 'libtest.so.1',
      needed: ['libc.so.6', 'libm.so.6'],
      symbols: [
        { name: 'imported', section: 0 },
        { name: 'exported', value: 0x10123, size: 7 },
      ],
      staticSymbols: [{ name: 'local', value: 0x10200, binding: 0 }],
    });
    expect(image.elfClass).toBe(format.elfClass ?? 64);
    expect(image.littleEndian).toBe(format.littleEndian ?? true);
    expect(image.type).toBe('dyn');
    expect(image.entry).toBe(0x10040);
    expect(image.interpreter).toBe('/lib/ld.so');
    expect(image.buildId).toBe('00c0ffee');
    expect(image.soname).toBe('libtest.so.1');
    expect(image.needed).toEqual(['libc.so.6', 'libm.so.6']);
    expect([...image.dynamicSymbols()].map(({ name, defined }) => [name, defined])).toEqual([
      ['imported', false],
      ['exported', true],
    ]);
    expect(image.findDynamic('exported')).toMatchObject([
      { address: 0x10123, size: 7, type: 'func', binding: 'global', isDefaultVersion: true },
    ]);
    expect(image.findDynamic('imported')).toEqual([]);
    expect([...image.staticSymbols()]).toMatchObject([{ name: 'local', binding: 'local' }]);
    expect(image.symbolAt(toImageAddress(0x10125))).toMatchObject({
      name: 'exported',
      offset: 2,
      size: 7,
    });
    expect(image.sections.map(({ name }) => name)).toEqual(['', '.symtab', '.strtab', '.shstrtab']);
  });

  it('reads all but static symbols without section headers', () => {
    const image = parse({
      sectionHeaders: false,
      symbols: [{ name: 'exported', value: 0x123 }],
      staticSymbols: [{ name: 'local' }],
    });
    expect(image.sections).toEqual([]);
    expect([...image.dynamicSymbols()].map(({ name }) => name)).toEqual(['exported']);
    expect([...image.staticSymbols()]).toEqual([]);
  });
});

describe('flags of an image', () => {
  const DT = { DEBUG: 21, FLAGS: 30, FLAGS_1: 0x6ffffffb, SYMBOLIC: 16 };
  const withEntry = (tag: number, value: number) => parse({ entries: [[tag, value]] });

  it('come from old tags and from flag words alike', () => {
    expect(parse({}).bindsLocally).toBe(false);
    expect(withEntry(DT.SYMBOLIC, 0).bindsLocally).toBe(true);
    expect(withEntry(DT.FLAGS, 2).bindsLocally).toBe(true);
  });

  it('tell programs from libraries', () => {
    const library = parse({ soname: 'libc.so.6', interpreter: '/lib/ld.so' });
    expect([library.isPie, library.isStatic]).toEqual([false, false]);
    const pie = withEntry(DT.FLAGS_1, 0x08000000);
    expect([pie.isPie, pie.isStatic]).toEqual([true, true]);
    const old = parse({ interpreter: '/lib/ld.so', entries: [[DT.DEBUG, 0]] });
    expect([old.isPie, old.isStatic]).toEqual([true, false]);
    const fixed = parse({ type: 2, dynamic: false });
    expect([fixed.isPie, fixed.isStatic]).toEqual([false, true]);
    expect([...fixed.dynamicSymbols()]).toEqual([]);
  });
});

describe('symbols', () => {
  it.each(['gnu', 'sysv', 'none'] as const)('are found by name with hash: %s', (hash) => {
    const image = parse({
      hash,
      symbols: [
        { name: 'puts', section: 0 },
        ...['a', 'bb', 'ccc', 'ccc2'].map((name, index) => ({ name, value: index })),
      ],
      relocations: [{ type: 6, slot: 0x100, symbol: 5 }],
    });
    expect(image.findDynamic('ccc').map(({ address }) => address)).toEqual([2]);
    expect(image.findDynamic('cc')).toEqual([]);
    expect(image.findDynamic('')).toEqual([]);
    expect(image.findDynamic('puts')).toEqual([]);
    expect([...image.dynamicSymbols()]).toHaveLength(5);
  });

  it('have the versions of the dynamic table', () => {
    const image = parse({
      symbols: [
        { name: 'free', section: 0, version: 'GLIBC_2.2.5@libc.so.6' },
        { name: 'memcpy', value: 1, version: '@V_1' },
        { name: 'memcpy', value: 2, version: 'V_2' },
        { name: 'plain', value: 3 },
        // A copy of another library's variable.
        { name: 'stdout', value: 4, type: 1, version: 'GLIBC_2.2.5@libc.so.6' },
      ],
    });
    expect(
      [...image.dynamicSymbols()].map(({ name, version, library, isDefaultVersion }) => [
        name,
        version,
        library,
        isDefaultVersion,
      ]),
    ).toEqual([
      ['free', 'GLIBC_2.2.5', 'libc.so.6', false],
      ['memcpy', 'V_1', undefined, false],
      ['memcpy', 'V_2', undefined, true],
      ['plain', undefined, undefined, true],
      ['stdout', 'GLIBC_2.2.5', 'libc.so.6', false],
    ]);
    expect(image.findDynamic('memcpy').map(({ version }) => version)).toEqual(['V_1', 'V_2']);
  });

  it('of static tables carry the version in the name', () => {
    const names = ['now@@V_2', 'old@V_1', 'plain', '@odd'].map((name) => ({ name }));
    const symbols = [...parse({ staticSymbols: names }).staticSymbols()];
    expect(
      symbols.map(({ name, version, isDefaultVersion }) => [name, version, isDefaultVersion]),
    ).toEqual([
      ['now', 'V_2', true],
      ['old', 'V_1', false],
      ['plain', undefined, true],
      ['@odd', undefined, true],
    ]);
  });

  it('know what they are', () => {
    const image = parse({
      symbols: [
        { name: 'variable', type: 1 },
        { name: 'resolver', type: 10, binding: 2 },
        { name: 'constant', type: 0, section: 0xfff1, binding: 10 },
      ],
    });
    expect([...image.dynamicSymbols()]).toMatchObject([
      { type: 'object', binding: 'global', isAbsolute: false },
      { type: 'ifunc', binding: 'weak', isAbsolute: false },
      { type: 'notype', binding: 'unique', isAbsolute: true },
    ]);
  });
});

describe('symbolAt', () => {
  const at = (image: ElfImage, address: number) => image.symbolAt(toImageAddress(address));

  it('keeps within the size of a function', () => {
    const image = parse({ staticSymbols: [{ name: 'f', value: 0x100, size: 16 }] });
    expect(at(image, 0xff)).toBeUndefined();
    expect(at(image, 0x10f)).toEqual({ name: 'f', offset: 15, size: 16 });
    expect(at(image, 0x110)).toBeUndefined();
  });

  it('takes a function of unknown size up to the next', () => {
    const image = parse({
      staticSymbols: [
        { name: 'start', value: 0x100 },
        { name: 'next', value: 0x180, size: 1 },
      ],
    });
    expect(at(image, 0x17f)).toEqual({ name: 'start', offset: 0x7f, size: 0 });
  });

  it('prefers the public name among aliases', () => {
    const image = parse({
      staticSymbols: [
        { name: 'internal', value: 0x100, size: 9, binding: 0 },
        { name: '_IO_puts', value: 0x100, size: 9 },
        { name: 'puts', value: 0x100, size: 9, binding: 2 },
        { name: '__puts', value: 0x100, size: 9 },
      ],
    });
    expect(at(image, 0x101)?.name).toBe('puts');
  });

  it('ignores variables and what is defined elsewhere', () => {
    const image = parse({
      staticSymbols: [
        { name: 'variable', value: 0x100, type: 1 },
        { name: 'imported', value: 0x100, section: 0 },
      ],
    });
    expect(at(image, 0x100)).toBeUndefined();
  });
});

describe('files of this machine', () => {
  const paths = ['/bin/ls', '/lib/x86_64-linux-gnu/libc.so.6', process.execPath];

  it.each(paths)('%s holds together', (path) => {
    const image = ElfImage.parse(readFileSync(path), path);
    const symbols = [...image.dynamicSymbols()];
    expect(symbols.length).toBeGreaterThan(10);
    expect(symbols.every(({ name }) => name !== '')).toBe(true);
    const libraries = new Set(symbols.flatMap(({ library }) => library ?? []));
    for (const library of libraries) expect(image.needed).toContain(library);
    for (const symbol of symbols.filter(({ defined }) => defined).slice(0, 500)) {
      const found = image.findDynamic(symbol.name);
      expect(found).toContainEqual(symbol);
    }
    const sectionSize = image.sections.find(({ name }) => name === '.dynsym')?.size ?? 0;
    expect(symbols).toHaveLength(sectionSize / 24 - 1);
    expect(
      image.executableRanges().some(({ start, end }) => start <= image.entry && image.entry < end),
    ).toBe(true);
  });
});
