#!/usr/bin/env node
// Damages ELF files at random and asks everything of them: node scripts/fuzz-elf.js [seconds] [seed] [file…]
// Prints the number of iterations, the slowest one and, for a failure, the seed that repeats it.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { damageBytes, damageDynamic, damageTables, generator } = require('./damage-elf.js');
const { exerciseImage } = require(path.join(__dirname, '../dist/test/support/exercise-image.js'));
const { buildImage } = require(path.join(__dirname, '../dist/test/support/elf-builder.js'));
const { ElfImage } = require(path.join(__dirname, '../dist/src/elf/elf-image.js'));

const seconds = Number(process.argv[2] ?? 60);
const firstSeed = Number(process.argv[3] ?? Date.now() % 1e9);
const only = process.argv.slice(4);
const files =
  only.length > 0 ? only : ['/bin/true', '/lib/x86_64-linux-gnu/libm.so.6', '/lib/ld-linux.so.2'];
const seeds = files.filter((file) => fs.existsSync(file)).map((file) => fs.readFileSync(file));
if (only.length === 0) seeds.push(...compiledSeeds());
for (const elfClass of [32, 64]) {
  const symbols = [
    { name: 'puts', section: 0, version: 'V@libc.so.6' },
    { name: 'f', value: 256 },
  ];
  const relocations = [{ type: 6, slot: 768, symbol: 1 }];
  const staticSymbols = [{ name: 'g@@V', value: 512 }];
  seeds.push(buildImage({ elfClass, symbols, relocations, staticSymbols }));
}

/** What few installed files have: packed relocations, an IFUNC, and symbols that are compressed with xz. */
function compiledSeeds() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsltrace-fuzz-'));
  const at = (name) => path.join(folder, name);
  const run = (command, ...args) => spawnSync(command, args, { cwd: folder }).status === 0;
  const source =
    'static int g(int x){return x;}static int(*r(void))(int){return g;}int f(int)__attribute__((ifunc("r")));' +
    'extern int puts(const char*);int(*t[])(int)={f,g,f};int main(){puts("");return f(t[1](0));}';
  fs.writeFileSync(at('a.c'), source);
  const built =
    run('gcc', '-g', '-Wl,-z,pack-relative-relocs', 'a.c', '-o', 'packed') &&
    run('objcopy', '-S', '--keep-symbol=g', '--keep-symbol=main', 'packed', 'symbols') &&
    run('xz', '-f', '-k', 'symbols') &&
    run('objcopy', '-S', '--add-section', '.gnu_debugdata=symbols.xz', 'packed', 'mini');
  if (!built) console.error('without seeds that take gcc, objcopy and xz to make');
  const made = built ? ['packed', 'mini'].map((name) => fs.readFileSync(at(name))) : [];
  fs.rmSync(folder, { recursive: true });
  return made;
}

/** Where the tables of a seed lie, so that small ones are hit as often as large ones. */
const tablesOf = new Map(
  seeds.map((seed) => [seed, ElfImage.parse(seed, 'seed').sections.filter(({ size }) => size > 0)]),
);

function damage(random) {
  const seed = seeds[random(seeds.length)];
  const copy = Buffer.from(seed);
  damageBytes(copy, random);
  if (random(2) === 0 && copy[4] === 2) damageDynamic(copy, random);
  damageTables(copy, tablesOf.get(seed), random);
  return random(8) === 0 ? copy.subarray(0, random(copy.length)) : copy;
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
  `${seeds.length} seeds, ${iterations} iterations, ${refused} refused; slowest ${slowest.milliseconds.toFixed(0)} ms ` +
    `(seed ${slowest.seed}); at most ${Math.round(mostMemory / 1e6)} MB`,
);
