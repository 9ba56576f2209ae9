/** Damaged and hostile files: an ElfFormatError or partial results, soon and in little memory. */
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { buildImage } from '../../support/elf-builder.js';
import { exerciseImage } from '../../support/exercise-image.js';

jest.setTimeout(120_000);

const small = [
  buildImage({
    interpreter: '/lib/ld.so',
    buildId: Buffer.from('0123456789abcdef', 'hex'),
    soname: 'libx.so',
    needed: ['libc.so.6'],
    symbols: [
      { name: 'puts', section: 0, version: 'V_0@libc.so.6' },
      { name: 'f', value: 0x100, size: 8, version: 'V_1' },
      { name: 'g', value: 0x100, type: 10, version: '@V_2' },
    ],
    staticSymbols: [{ name: 'h@@V', value: 0x200 }],
    relocations: [
      { type: 6, slot: 0x300, symbol: 1 },
      { type: 37, slot: 0x308, addend: 0x100 },
    ],
    pltRelocations: [{ type: 7, slot: 0x310, symbol: 1 }],
    sections: [{ name: '.plt', flags: 6, bytes: Buffer.alloc(64, 'ff25', 'hex'), loaded: true }],
  }),
  buildImage({
    elfClass: 32,
    hash: 'sysv',
    encoding: 'rel',
    sectionHeaders: false,
    symbols: [
      { name: 'puts', section: 0 },
      { name: 'f', value: 0x100 },
    ],
    relocations: [{ type: 8, slot: 0x300 }],
    pltRelocations: [{ type: 7, slot: 0x310, symbol: 1 }],
  }),
];
const real = ['/bin/true', '/lib/x86_64-linux-gnu/libm.so.6'].map((path) => readFileSync(path));

/** Overwrites bytes; most changes hit the headers and tables at the start. */
const changes = fc.array(
  fc.record({
    where: fc.oneof(
      fc.double({ min: 0, max: 0.05, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
    ),
    value: fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff, 0x40, 0x10),
    length: fc.constantFrom(1, 1, 2, 4, 8),
  }),
  { minLength: 1, maxLength: 12 },
);

const changed = (
  seed: Buffer,
  list: readonly { where: number; value: number; length: number }[],
) => {
  const copy = Buffer.from(seed);
  for (const { where, value, length } of list) {
    const at = Math.floor(where * copy.length);
    copy.fill(value, at, Math.min(copy.length, at + length));
  }
  return copy;
};

describe('hostile ELF files', () => {
  it('may be cut off anywhere', () => {
    for (const seed of small) {
      for (let length = 0; length < seed.length; length++) exerciseImage(seed.subarray(0, length));
    }
  });

  it('may have any byte of a small image changed', () => {
    for (const seed of small) {
      for (let at = 0; at < seed.length; at++) {
        for (const value of [0, 0x7f, 0xff]) {
          exerciseImage(changed(seed, [{ where: at / seed.length, value, length: 1 }]));
        }
      }
    }
  });

  it('may be changed in several places', () => {
    fc.assert(
      fc.property(fc.constantFrom(...small), changes, (seed, list) => {
        exerciseImage(changed(seed, list));
      }),
      { numRuns: 1500 },
    );
  });

  it('may be real files, cut off and changed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...real),
        changes,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, list, keep) => {
          const bytes = changed(seed, list);
          exerciseImage(keep < 0.7 ? bytes : bytes.subarray(0, Math.floor(keep * bytes.length)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('may be random bytes behind a good identification', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('7f454c46020101', '7f454c46010101', '7f454c46020201'),
        fc.uint8Array({ minLength: 50, maxLength: 600 }),
        (ident, bytes) => {
          exerciseImage(Buffer.concat([Buffer.from(ident, 'hex'), bytes]));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
