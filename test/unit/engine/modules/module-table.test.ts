import { toLoadBias } from '../../../../src/base/address.js';
import { ElfImage } from '../../../../src/elf/elf-image.js';
import { Module } from '../../../../src/engine/modules/module.js';
import { ModuleTable } from '../../../../src/engine/modules/module-table.js';
import { buildImage } from '../../../support/elf-builder.js';

const image = ElfImage.parse(buildImage({ soname: 'libtest.so' }), '/lib/libtest.so');
const moduleAt = (bias: number): Module =>
  new Module(image, '/lib/libtest.so', toLoadBias(bias), 'library');

describe('the table of modules', () => {
  it('finds them by address, whatever the order in which they come and go', () => {
    const table = new ModuleTable();
    const modules = [0x50000, 0x10000, 0x30000].map(moduleAt);
    for (const module of modules) table.add(module);
    const [high, low, middle] = modules;
    expect(table.all).toEqual(modules);
    expect([0x10000, 0x30010, 0x50000].map((at) => table.at(at))).toEqual([low, middle, high]);
    expect([0xffff, 0x2ffff, 0x90000].map((at) => table.at(at))).toEqual(Array(3).fill(undefined));
    if (middle !== undefined) table.remove(middle);
    expect(table.at(0x30010)).toBeUndefined();
    expect(table.withDynamic(middle?.dynamic ?? 0)).toBeUndefined();
    expect(table.withDynamic(high?.dynamic ?? 0)).toBe(high);
  });

  it('takes the one that came first where they overlap', () => {
    const table = new ModuleTable();
    const [first, second] = [moduleAt(0x10000), moduleAt(0x10000 + 16)];
    table.add(first);
    table.add(second);
    expect(table.at(0x10000 + 32)).toBe(first);
    expect(table.at(second.end - 1)).toBe(second);
  });

  it('gives new ones once, also to a copy', () => {
    const table = new ModuleTable();
    const [one, two] = [moduleAt(0x10000), moduleAt(0x30000)];
    table.add(one);
    expect(table.takeFresh()).toEqual([one]);
    table.add(two);
    expect(table.copy().takeFresh()).toEqual([two]);
    expect(table.takeFresh()).toEqual([two]);
    expect(table.takeFresh()).toEqual([]);
  });
});
