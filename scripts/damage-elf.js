// How the fuzzers damage ELF files: at random, and the same for the same seed.
'use strict';

/** Numerical Recipes' linear congruential generator: repeatable, and good enough to choose bytes. */
function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Bytes anywhere, in the headers as often as in all the rest. */
function damageBytes(copy, random) {
  for (let count = 1 + random(10); count > 0; count--) {
    const at = random(3) === 0 ? random(copy.length) : random(Math.min(copy.length, 4096));
    const length = [1, 1, 2, 4, 8][random(5)];
    const value = [0, 1, 0x7f, 0x80, 0xff, random(256)][random(6)];
    copy.fill(value, at, Math.min(copy.length, at + length));
  }
}

/** The dynamic section decides about everything else: damage it more often than its size deserves. */
function damageDynamic(copy, random) {
  const dynamic = segmentOffset(copy, 2);
  for (let count = random(4); count > 0 && dynamic !== undefined; count--) {
    const at = dynamic + 8 * random(60) + random(4);
    if (at < copy.length) copy[at] = random(256);
  }
}

/** One of the tables each time, so that small ones are hit as often as large ones. */
function damageTables(copy, tables, random) {
  for (let count = random(6); count > 0 && tables.length > 0; count--) {
    const { offset, size } = tables[random(tables.length)];
    const at = offset + random(size);
    if (at < copy.length) copy[at] = random(2) === 0 ? random(256) : copy[at] ^ (1 << random(8));
  }
}

function segmentOffset(bytes, type) {
  for (let index = 0; index < bytes.readUInt16LE(56); index++) {
    const at = 64 + 56 * index;
    if (at + 56 <= bytes.length && bytes.readUInt32LE(at) === type)
      return bytes.readUInt32LE(at + 8);
  }
  return undefined;
}

module.exports = { generator, damageBytes, damageDynamic, damageTables };
