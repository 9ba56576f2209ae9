import { i386Plt } from '../../../src/arch/i386/plt.js';
import { x86_64Plt } from '../../../src/arch/x86_64/plt.js';
import { ElfImage } from '../../../src/elf/elf-image.js';
import { importsOf } from '../../../src/symbol/imports.js';
import { buildImage } from '../../support/elf-builder.js';
import type { ImageSpec } from '../../support/elf-builder.js';

const EXECUTABLE = 6;

/** An image whose .plt has one stub for each slot; the image is built twice to know where .plt lies. */
const withStubs = (slots: readonly number[], spec: ImageSpec) => {
  const code = Buffer.alloc(8 * slots.length + 8);
  const sections = [{ name: '.plt', flags: EXECUTABLE, bytes: code, loaded: true }];
  code.write('where is it');
  const at = buildImage({ ...spec, sections }).indexOf('where is it');
  code.fill(0x90);
  slots.forEach((slot, index) => {
    code.writeUInt16BE(0xff25, 8 * index);
    code.writeInt32LE(slot - (at + 8 * index + 6), 8 * index + 2);
  });
  return { at, image: ElfImage.parse(buildImage({ ...spec, sections }), 'x') };
};

const symbols = [
  { name: 'puts', section: 0, version: 'V@libc.so.6' },
  { name: 'data', section: 0, type: 1 },
  { name: 'unknown', section: 0, type: 0, binding: 2 },
  { name: 'own', value: 0x40 },
];

describe('importsOf', () => {
  it('joins slots, stubs and symbol', () => {
    const { at, image } = withStubs([0x9000, 0x9010], {
      symbols,
      pltRelocations: [{ type: 7, slot: 0x9000, symbol: 1 }],
      relocations: [
        { type: 6, slot: 0x9010, symbol: 1 },
        { type: 1, slot: 0x9020, symbol: 1 },
      ],
    });
    expect(importsOf(image, { plt: x86_64Plt })).toEqual([
      {
        name: 'puts',
        version: 'V',
        library: 'libc.so.6',
        type: 'func',
        slots: [
          { address: 0x9000, kind: 'jump-slot' },
          { address: 0x9010, kind: 'glob-dat' },
          { address: 0x9020, kind: 'absolute' },
        ],
        stubs: [at, at + 8],
      },
    ]);
  });

  it('finds the stubs without section headers', () => {
    const spec = { symbols, pltRelocations: [{ type: 7, slot: 0x9000, symbol: 1 }] };
    const { at, image } = withStubs([0x9000], { ...spec, sectionHeaders: false });
    expect(image.sections).toEqual([]);
    expect(importsOf(image, { plt: x86_64Plt }).map(({ stubs }) => stubs)).toEqual([[at]]);
  });

  it('leaves variables out, and pointers behind the start of a function', () => {
    const image = ElfImage.parse(
      buildImage({
        symbols,
        relocations: [
          { type: 6, slot: 0x9000, symbol: 2 },
          { type: 1, slot: 0x9008, symbol: 2 },
          { type: 1, slot: 0x9010, symbol: 4, addend: 4 },
          { type: 1, slot: 0x9018, symbol: 3 },
        ],
      }),
      'x',
    );
    expect(importsOf(image, { plt: x86_64Plt })).toEqual([]);
  });

  it('says what it does not know', () => {
    const image = ElfImage.parse(
      buildImage({
        symbols,
        relocations: [
          { type: 6, slot: 0x9000, symbol: 3 },
          { type: 6, slot: 0x9008, symbol: 4 },
        ],
      }),
      'x',
    );
    expect(importsOf(image, { plt: x86_64Plt })).toMatchObject([
      { name: 'unknown', type: 'notype' },
      { name: 'own', type: 'func' },
    ]);
  });

  it('names IRELATIVE slots after their resolver, never with an empty name', () => {
    const image = ElfImage.parse(
      buildImage({
        staticSymbols: [
          { name: '__strlen', value: 0x40, type: 10 },
          { name: 'strlen', value: 0x40, type: 10 },
          { name: 'strlen_local', value: 0x40, type: 10, binding: 0 },
          { name: 'no_resolver', value: 0x80, type: 2 },
        ],
        relocations: [
          { type: 37, slot: 0x9000, addend: 0x40 },
          { type: 37, slot: 0x9008, addend: 0x80 },
        ],
      }),
      'x',
    );
    expect(importsOf(image, { plt: x86_64Plt })).toMatchObject([
      { name: 'strlen', type: 'ifunc', slots: [{ address: 0x9000, kind: 'irelative' }] },
      { name: 'ifunc.0x80', type: 'ifunc', slots: [{ address: 0x9008, kind: 'irelative' }] },
    ]);
  });

  it('of a static program come from the section of its relocations', () => {
    const relocation = Buffer.alloc(24);
    relocation.writeBigUInt64LE(0x9000n, 0);
    relocation.writeBigUInt64LE(37n, 8);
    relocation.writeBigUInt64LE(0x40n, 16);
    const sections = [{ name: '.rela.plt', type: 4, flags: 2, bytes: relocation }];
    const image = ElfImage.parse(buildImage({ type: 2, dynamic: false, sections }), 'x');
    expect(importsOf(image, { plt: x86_64Plt })).toMatchObject([
      { slots: [{ address: 0x9000, kind: 'irelative' }] },
    ]);
  });

  it('takes code full of stubs for one slot in its stride', () => {
    const slots = new Array<number>(40_000).fill(0x900000);
    const { image } = withStubs(slots, {
      symbols,
      pltRelocations: [{ type: 7, slot: 0x900000, symbol: 1 }],
    });
    const start = Date.now();
    expect(importsOf(image, { plt: x86_64Plt })[0]?.stubs).toHaveLength(slots.length);
    expect(Date.now() - start).toBeLessThan(3000);
  });

  it('reads overlapping tables of relocations no further than the file is long', () => {
    const bytes = Buffer.alloc(24 * 1000);
    for (let at = 0; at < bytes.length; at += 24) {
      bytes.writeUInt32LE(at, at);
      bytes.writeUInt32LE(37, at + 8);
    }
    const table = { name: '.rela.x', type: 4, flags: 2, bytes };
    const file = buildImage({ type: 2, dynamic: false, sections: [table, table, table] });
    // Every section header names the first table's bytes.
    const headers = Number(file.readBigUInt64LE(40));
    for (const index of [2, 3]) file.copy(file, headers + 64 * index, headers + 64, headers + 128);
    const image = ElfImage.parse(file.subarray(0, headers + 64 * 5), 'x');
    const slots = importsOf(image, { plt: x86_64Plt }).flatMap((found) => found.slots);
    expect(slots.length).toBeGreaterThanOrEqual(1000);
    expect(slots.length * 24).toBeLessThanOrEqual(file.length);
  });

  it('reads i386 images', () => {
    const image = ElfImage.parse(
      buildImage({
        elfClass: 32,
        encoding: 'rel',
        symbols,
        pltRelocations: [{ type: 7, slot: 0x9000, symbol: 1 }],
      }),
      'x',
    );
    expect(importsOf(image, { plt: i386Plt })).toMatchObject([
      { name: 'puts', slots: [{ address: 0x9000, kind: 'jump-slot' }], stubs: [] },
    ]);
  });
});
