#!/usr/bin/env node
// Damages ELF files at random and asks everything of them: node scripts/fuzz-elf.js [seconds] [seed] [file…]
// Prints the number of iterations, the slowest one and, for a failure, the seed that repeats it.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { exerciseImage } = require(path.join(__dirname, '../dist/test/support/exercise-image.js'));
const { buildImage } = require(path.join(__dirname, '../dist/test/support/elf-builder.js'));

const seconds = Number(process.argv[2] ?? 60);
const firstSeed = Number(process.argv[3] ?? Date.now() % 1e9);
const only = process.argv.slice(4);
const files =
  only.length > 0 ? only : ['/bin/true', '/lib/x86_64-linux-gnu/libm.so.6', '/lib/ld-linux.so.2'];
const seeds = files.filter((file) => fs.existsSync(file)).map((file) => fs.readFileSync(file));
for (const elfClass of [32, 64]) {
  const symbols = [
    { name: 'puts', section: 0, version: 'V@libc.so.6' },
    { name: 'f', value: 256 },
  ];
  const relocations = [{ type: 6, slot: 768, symbol: 1 }];
  const staticSymbols = [{ name: 'g@@V', value: 512 }];
  seeds.push(buildImage({ elfClass, symbols, relocations, staticSymbols }));
}

/** Numerical Recipes' linear congruential generator: repeatable, and good enough to choose bytes. */
function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function damage(random) {
  const seed = seeds[random(seeds.length)];
  const copy = Buffer.from(seed);
  for (let count = 1 + random(10); count > 0; count--) {
    const at = random(3) === 0 ? random(copy.length) : random(Math.min(copy.length, 4096));
    const length = [1, 1, 2, 4, 8][random(5)];
    const value = [0, 1, 0x7f, 0x80, 0xff, random(256)][random(6)];
    copy.fill(value, at, Math.min(copy.length, at + length));
  }
  // The dynamic section decides about everything else: damage it more often than its size deserves.
  if (random(2) === 0 && copy[4] === 2) {
    const dynamic = segmentOffset(copy, 2);
    for (let count = random(4); count > 0 && dynamic !== undefined; count--) {
      const at = dynamic + 8 * random(60) + random(4);
      if (at < copy.length) copy[at] = random(256);
    }
  }
  return random(8) === 0 ? copy.subarray(0, random(copy.length)) : copy;
}

function segmentOffset(bytes, type) {
  for (let index = 0; index < bytes.readUInt16LE(56); index++) {
    const at = 64 + 56 * index;
    if (at + 56 <= bytes.length && bytes.readUInt32LE(at) === type)
      return bytes.readUInt32LE(at + 8);
  }
  return undefined;
}

const end = Date.now() + seconds * 1000;
let iterations = 0;
let refused = 0;
let slowest = { milliseconds: 0, seed: 0 };
let mostMemory = 0;
while (Date.now() < end) {
  const seed = firstSeed + iterations++;
  const start = performance.now();
  try {
    if (exerciseImage(damage(generator(seed * 2654435761))) === 'refused') refused++;
  } catch (error) {
    console.error(`seed ${seed}:`, error);
    process.exitCode = 1;
  }
  const milliseconds = performance.now() - start;
  if (milliseconds > slowest.milliseconds) slowest = { milliseconds, seed };
  if (iterations % 50 === 0) mostMemory = Math.max(mostMemory, process.memoryUsage().rss);
}
console.log(
  `${iterations} iterations, ${refused} refused; slowest ${slowest.milliseconds.toFixed(0)} ms ` +
    `(seed ${slowest.seed}); at most ${Math.round(mostMemory / 1e6)} MB`,
);
