import { toImageAddress } from '../../../src/base/address.js';
import type { ProgramHeader } from '../../../src/elf/header.js';
import { unusedTails } from '../../../src/elf/unused-tails.js';

const READ = 4;
const CODE = READ | 1;
const DATA = READ | 2;

const segment = (
  address: number,
  fileSize: number,
  { flags = CODE, memorySize = fileSize } = {},
): ProgramHeader => ({
  type: 1,
  flags,
  offset: address,
  address: toImageAddress(address),
  fileSize,
  memorySize,
  alignment: 4096,
});

describe('the unused tail of code', () => {
  it('goes from its last byte to the end of the page', () => {
    const tails = unusedTails([segment(0, 0x600, { flags: READ }), segment(0x1000, 0x1234)]);
    expect(tails).toEqual([{ start: 0x2234, end: 0x3000 }]);
  });

  it('is none where the code fills its page', () => {
    expect(unusedTails([segment(0x1000, 0x1000)])).toEqual([]);
  });

  it('is none where another segment has a part of the page', () => {
    const data = segment(0x2e00, 0x400, { flags: DATA });
    expect(unusedTails([segment(0x1000, 0x1234), data])).toEqual([]);
  });

  it('is none where the program may write, or counts on zeros', () => {
    expect(unusedTails([segment(0x1000, 0x234, { flags: CODE | DATA })])).toEqual([]);
    expect(unusedTails([segment(0x1000, 0x234, { memorySize: 0x800 })])).toEqual([]);
    expect(unusedTails([segment(0x1000, 0x234, { flags: READ })])).toEqual([]);
  });
});
