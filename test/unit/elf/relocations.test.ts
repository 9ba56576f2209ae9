import { toImageAddress } from '../../../src/base/address.js';
import { ElfImage } from '../../../src/elf/elf-image.js';
import { MACHINE } from '../../../src/elf/header.js';
import type { RelocationKind } from '../../../src/elf/relocation-kinds.js';
import { relocationKinds } from '../../../src/elf/relocation-kinds.js';
import { relocationsIn } from '../../../src/elf/relocations.js';
import type { RelocationTable } from '../../../src/elf/relocations.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { buildImage } from '../../support/elf-builder.js';

const ALL: readonly RelocationKind[] = [
  ...(['jump-slot', 'glob-dat', 'absolute', 'relative'] as const),
  ...(['irelative', 'copy', 'tls', 'other'] as const),
];

type Table = Omit<RelocationTable, 'relativeFirst'> & Partial<RelocationTable>;

const read = (table: Table, elfClass: 32 | 64 = 64, kinds = ALL) => [
  ...relocationsIn(
    { relativeFirst: 0, ...table },
    {
      kinds: new Set(kinds),
      format: { elfClass, littleEndian: true, machine: elfClass === 64 ? 62 : 3 },
      wordAt: (address) => address + 1,
    },
  ),
];

describe('relocation kinds', () => {
  it.each([
    ['x86-64', MACHINE.X86_64, [1, 5, 6, 7, 8, 16, 37]],
    ['i386', MACHINE.I386, [1, 5, 6, 7, 8, 35, 42]],
    ['AArch64', MACHINE.AARCH64, [257, 1024, 1025, 1026, 1027, 1028, 1032]],
  ])('of %s are told by number', (_, machine, numbers) => {
    const kinds = relocationKinds(machine);
    expect(numbers.map((number) => kinds.get(number))).toEqual([
      ...(['absolute', 'copy', 'glob-dat', 'jump-slot'] as const),
      ...(['relative', 'tls', 'irelative'] as const),
    ]);
  });

  it('of other machines are not guessed', () => {
    expect(relocationKinds(22).size).toBe(0);
  });
});

describe('relative relocations that stand first', () => {
  const entries = [
    { type: 8, slot: 0x10 },
    { type: 8, slot: 0x20 },
    { type: 6, slot: 0x30 },
  ];
  const bytes = entries
    .reduce((all, { type, slot }) => all.u64(slot).u64(type).u64(0), new ByteWriter())
    .toBytes();
  const slots = (kinds: readonly RelocationKind[], relativeFirst: number) =>
    read({ encoding: 'rela', bytes, relativeFirst }, 64, kinds).map(({ slot }) => slot);

  it('are passed over when nobody asks for them', () => {
    expect(slots(['glob-dat'], 2)).toEqual([0x30]);
    expect(slots(['glob-dat', 'relative'], 2)).toEqual([0x10, 0x20, 0x30]);
  });

  it('may be said to be more than there are entries', () => {
    expect(slots(['glob-dat'], 1e15)).toEqual([]);
    expect(slots(['relative'], 1e15)).toEqual([0x10, 0x20]);
  });
});

describe('relocations of an image', () => {
  const relocations = [
    { type: 8, slot: 0x100, addend: 0x55 },
    { type: 6, slot: 0x108, symbol: 1 },
    { type: 1, slot: 0x110, symbol: 2, addend: -4 },
    { type: 99, slot: 0x118 },
  ];
  const symbols = [{ name: 'a' }, { name: 'b' }];
  const image = ElfImage.parse(
    buildImage({ symbols, relocations, pltRelocations: [{ type: 7, slot: 0x200, symbol: 2 }] }),
    'x',
  );

  it('come with slot, symbol and addend, those of the PLT first', () => {
    expect([...image.relocations(ALL)]).toEqual([
      { kind: 'jump-slot', slot: 0x200, symbolIndex: 2, addend: 0 },
      { kind: 'relative', slot: 0x100, symbolIndex: 0, addend: 0x55 },
      { kind: 'glob-dat', slot: 0x108, symbolIndex: 1, addend: 0 },
      { kind: 'absolute', slot: 0x110, symbolIndex: 2, addend: -4 },
      { kind: 'other', slot: 0x118, symbolIndex: 0, addend: 0 },
    ]);
  });

  it('are left out unless asked for', () => {
    expect([...image.relocations(['absolute'])].map(({ slot }) => slot)).toEqual([0x110]);
  });

  it('without addend take it from the file', () => {
    const got = Buffer.from('33221100aabbccdd', 'hex');
    const sections = [{ name: '.got', bytes: got }];
    const slot = buildImage({ elfClass: 32, sections }).indexOf(got);
    const spec = { elfClass: 32, sections, encoding: 'rel' } as const;
    const bytes = buildImage({ ...spec, relocations: [{ type: 8, slot }] });
    const rel = ElfImage.parse(bytes, 'x');
    expect(rel.wordAt(toImageAddress(slot))).toBe(0x112233);
    expect([...rel.relocations(['relative'])]).toEqual([
      { kind: 'relative', slot, symbolIndex: 0, addend: 0x112233 },
    ]);
  });

  it('of the PLT are not read twice when DT_RELASZ counts them', () => {
    const bytes = buildImage({ symbols, pltRelocations: [{ type: 7, slot: 0x200, symbol: 1 }] });
    const plain = ElfImage.parse(bytes, 'x');
    const start = plain.dynamic.value(23) ?? 0;
    const both = ElfImage.parse(
      buildImage({
        symbols,
        pltRelocations: [{ type: 7, slot: 0x200, symbol: 1 }],
        entries: [
          [7, start],
          [8, 24],
        ],
      }),
      'x',
    );
    expect([...both.relocations(ALL)]).toHaveLength(1);
  });
});

describe('DT_RELR', () => {
  it('packs addresses into bitmaps', () => {
    const bytes = new ByteWriter().u64(0x1000).u64(0b1011).u64(0b101).u64(0x9000).toBytes();
    const found = read({ encoding: 'relr', bytes });
    // The second bitmap covers the 63 words behind those of the first.
    const second = 0x1008 + 63 * 8;
    expect(found.map(({ slot }) => slot)).toEqual([0x1000, 0x1008, 0x1018, second + 8, 0x9000]);
    expect(found[0]).toEqual({ kind: 'relative', slot: 0x1000, symbolIndex: 0, addend: 0x1001 });
  });

  it('uses bit 63 and, in 32-bit files, bit 31', () => {
    const wide = new ByteWriter().u64(0x1000).u32(1).u32(0x80000000).toBytes();
    expect(read({ encoding: 'relr', bytes: wide }).map(({ slot }) => slot)).toEqual([
      0x1000,
      0x1008 + 62 * 8,
    ]);
    const narrow = new ByteWriter().u32(0x1000).u32(0x80000001).toBytes();
    expect(read({ encoding: 'relr', bytes: narrow }, 32).map(({ slot }) => slot)).toEqual([
      0x1000,
      0x1004 + 30 * 4,
    ]);
  });
});

describe('packed relocations of Android', () => {
  const packed = (fill: (bytes: ByteWriter) => unknown) => {
    const writer = new ByteWriter().u8(0x41, 0x50, 0x53, 0x32);
    fill(writer);
    return { encoding: 'android', bytes: writer.toBytes() } as const;
  };

  it('share what the group says', () => {
    const table = packed((bytes) => {
      bytes.sleb(5).sleb(0x1000);
      // Three relative ones, 8 bytes apart, each with its own addend.
      bytes
        .sleb(3)
        .sleb(1 | 2 | 8)
        .sleb(8)
        .sleb(8)
        .sleb(0x10)
        .sleb(0x10)
        .sleb(-4);
      // Two with their own offset and info.
      bytes
        .sleb(2)
        .sleb(0)
        .sleb(0x100)
        .sleb(7 * 2 ** 32 + 7)
        .sleb(8)
        .sleb(9 * 2 ** 32 + 6);
    });
    expect(read(table)).toEqual([
      { kind: 'relative', slot: 0x1008, symbolIndex: 0, addend: 0x10 },
      { kind: 'relative', slot: 0x1010, symbolIndex: 0, addend: 0x20 },
      { kind: 'relative', slot: 0x1018, symbolIndex: 0, addend: 0x1c },
      { kind: 'jump-slot', slot: 0x1118, symbolIndex: 7, addend: 0x1119 },
      { kind: 'glob-dat', slot: 0x1120, symbolIndex: 9, addend: 0x1121 },
    ]);
  });

  it('are bounded by the size of the table', () => {
    const table = packed((bytes) =>
      bytes
        .sleb(2 ** 40)
        .sleb(0)
        .sleb(2 ** 40)
        .sleb(3)
        .sleb(8)
        .sleb(8),
    );
    expect(read(table).length).toBeLessThan(64 * table.bytes.length + 1);
    expect(read({ encoding: 'android', bytes: Buffer.from('APS1') })).toEqual([]);
  });
});
