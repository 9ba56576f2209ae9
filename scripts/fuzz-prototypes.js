#!/usr/bin/env node
// Damages prototype files, C headers and debug information at random and asks everything of them:
// node scripts/fuzz-prototypes.js [seconds] [seed]. Nothing may throw, and nothing may take long.
// Prints for each reader how often it was asked and its slowest answer, with the seed that repeats it.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const dist = path.join(__dirname, '../dist');
const { PrototypeFile } = require(path.join(dist, 'src/prototype/conf/prototype-file.js'));
const { parseHeader } = require(path.join(dist, 'src/prototype/c/c-header.js'));
const index = require(path.join(dist, 'src/prototype/conf/stored-index.js'));
const { DebugInfo } = require(path.join(dist, 'src/dwarf/debug-info.js'));
const { buildProgram } = require(path.join(dist, 'test/support/build-programs.js'));
const { readElfSections } = require(path.join(dist, 'test/support/elf-sections.js'));

const seconds = Number(process.argv[2] ?? 60);
const firstSeed = Number(process.argv[3] ?? Date.now() % 1e9);
/** No honest file of this size takes a tenth of it, on a machine that is busy with other things too. */
const TOO_LONG_MS = 5000;

/** Numerical Recipes' linear congruential generator: repeatable, and good enough to choose bytes. */
function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const read = (file) => (fs.existsSync(file) ? [fs.readFileSync(file, 'latin1')] : []);
const bundled = path.join(dist, 'src/prototype/bundled');
const confs = [
  ...fs
    .readdirSync(bundled)
    .filter((name) => name.endsWith('.conf'))
    .map((name) => path.join(bundled, name)),
  '/etc/ltrace.conf',
  path.join(__dirname, '../test/programs/values.conf'),
].flatMap(read);
const headers = [
  ...[
    'stdio.h',
    'openssl/ssl.h',
    'curl/curl.h',
    'sqlite3.h',
    'zlib.h',
    'x86_64-linux-gnu/sys/stat.h',
  ],
].flatMap((name) => read(path.join('/usr/include', name)));
headers.push(...read(path.join(__dirname, '../test/programs/agree.h')));

/** Some lines, then words moved, doubled and dropped, and single characters. */
function damageText(text, random) {
  const lines = text.split('\n');
  const start = random(lines.length);
  let part = lines.slice(start, start + 1 + random(40)).join('\n');
  for (let count = 1 + random(8); count > 0; count--) {
    const at = random(part.length);
    const length = [0, 1, 2, 10, 100][random(5)];
    const piece = [
      ...[
        '(',
        ')',
        ',',
        '*',
        '[',
        ']',
        ';',
        '\n',
        '\0',
        '"',
        '+',
        '-',
        '0x',
        '99999999999999999999',
        '{',
        '}',
      ],
      ...[
        'struct(',
        'enum(',
        'typedef ',
        'variant ',
        'array(',
        'string',
        '/*',
        '#',
        '\\',
        '=',
        '...',
        '\xff',
      ],
      part.slice(random(part.length)).slice(0, 1 + random(60)),
      '('.repeat(random(2000)),
    ];
    part = part.slice(0, at) + piece[random(piece.length)] + part.slice(at + length);
  }
  return part;
}

function damageBytes(bytes, random) {
  const copy = Buffer.from(bytes);
  for (let count = 1 + random(6); count > 0 && copy.length > 0; count--) {
    const at = random(copy.length);
    const value = [0, 1, 0x7f, 0x80, 0xff, random(256)][random(6)];
    copy.fill(value, at, Math.min(copy.length, at + [1, 1, 2, 4, 8][random(5)]));
  }
  return random(8) === 0 ? copy.subarray(0, random(copy.length)) : copy;
}

function askConf(random) {
  const text = damageText(confs[random(confs.length)], random);
  const file = new PrototypeFile('x.conf', text);
  for (const { line, column } of file.check()) {
    if (!(line > 0 && column > 0)) throw new Error('a mistake is nowhere');
  }
}

const indexed = ['libssl.so', 'libc.so']
  .map((name) => fs.readFileSync(path.join(bundled, `${name}.conf`)))
  .map((bytes) => [bytes, index.makeStoredIndex(bytes)]);

function askIndex(random) {
  const [bytes, whole] = indexed[random(indexed.length)];
  const stored = index.openStoredIndex(bytes, damageBytes(whole, random));
  if (stored === undefined) return;
  const file = new PrototypeFile('x.conf', stored);
  for (const name of ['SSL_CTX_ctrl', 'malloc', 'open', 'none']) file.findPrototype(name);
}

function askHeader(random) {
  parseHeader('x.h', damageText(headers[random(headers.length)], random)).check();
}

const programs = [
  ['dwarf-types', ['-gdwarf-5', '-O1']],
  ['dwarf-types', ['-gdwarf-4', '-O2']],
  ['dwarf-classes', ['-gdwarf-5', '-O0']],
].map(([name, flags]) => readElfSections(buildProgram(name, { flags })));
const functions = [
  'structs',
  'middle',
  'unites',
  'enums',
  'hidden_helper',
  'main',
  '_ZN7Derived5countEi',
];

function askDwarf(random) {
  const elf = programs[random(programs.length)];
  const names = [...elf.sections.keys()].filter((name) => /debug|eh_frame/.test(name));
  const damaged = new Map();
  for (let count = 1 + random(2); count > 0; count--) {
    const name = names[random(names.length)];
    damaged.set(name, damageBytes(elf.sectionBytes(name), random));
  }
  const sectionBytes = (name) => damaged.get(name) ?? elf.sectionBytes(name);
  const sections = { wordBytes: elf.wordBytes, sectionBytes };
  const none = () => undefined;
  const info = new DebugInfo({ sections, openAlternate: none, openSplit: none, openPackage: none });
  for (const name of functions) info.prototypeNamed(name);
  for (let at = 0; at < 8; at++) {
    const address = 0x1000 + random(0x1000);
    info.prototypeAt(address, 'f');
    info.sourceAt(address);
  }
}

const readers = { conf: askConf, index: askIndex, header: askHeader, dwarf: askDwarf };
const results = Object.keys(readers).map((name) => ({ name, asked: 0, slowest: 0, seed: 0 }));
const end = Date.now() + seconds * 1000;
for (let seed = firstSeed; Date.now() < end; seed++) {
  const result = results[seed % results.length];
  const start = performance.now();
  try {
    readers[result.name](generator(seed * 2654435761));
  } catch (error) {
    console.error(`${result.name}, seed ${seed}:`, error);
    process.exitCode = 1;
  }
  const milliseconds = performance.now() - start;
  result.asked++;
  if (milliseconds > result.slowest) Object.assign(result, { slowest: milliseconds, seed });
  if (milliseconds > TOO_LONG_MS) process.exitCode = 1;
}
for (const { name, asked, slowest, seed } of results) {
  console.log(`${name}: ${asked} asked, slowest ${slowest.toFixed(0)} ms (seed ${seed})`);
}
