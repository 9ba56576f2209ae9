#!/usr/bin/env node
// Whole runs: a program loads a library that is damaged at random, with and without tracing, and must do the same:
// node scripts/fuzz-runs.js [COUNT] [SEED]. Prints what differs with the seed that repeats it, and fails then.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { damageBytes, damageDynamic, damageTables, generator } = require('./damage-elf.js');
const programs = require('../dist/test/support/build-programs.js');
const { ElfImage } = require('../dist/src/elf/elf-image.js');

const count = Number(process.argv[2] ?? 100);
const firstSeed = Number(process.argv[3] ?? Date.now() % 1e9);
/** A damaged program may do anything: run it as somebody who can do no harm, where that is possible. */
const NOBODY = 65534;
const UNTRACED_MS = 5000;
const TRACED_MS = 120000;
/** What differs once may depend on chance: then both run so often, and no outcome may be common to both. */
const TRIES = 5;
/** All functions of all modules every so often: that takes many times as long as those that matter most. */
const EVERYTHING_EACH = 4;
const optionsFor = (seed) => {
  const functions = seed % EVERYTHING_EACH === 0 ? '*' : '*@libplugin*+*@MAIN';
  // Some call themselves until the stack is full: a million calls say no more than some thousands.
  return ['-x', functions, '-w', '3', '--detach-after', '5000', '-o', '/dev/null'];
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsltrace-fuzz-'));
fs.chmodSync(folder, 0o755);
const at = (name) => path.join(folder, name);
const command = path.join(__dirname, '../dist/tsltrace.js');
const program = at('runs-library');
const library = at('libplugin.so');

function copyBuilt(built, to) {
  fs.copyFileSync(built, to);
  fs.chmodSync(to, 0o755);
}

/** With tables of pointers, calls through stubs and through slots, and with a constructor. */
function makeSeeds() {
  const variants = [[], ['-fno-plt', '-DCONSTRUCTOR'], ['-Wl,-z,lazy'], ['-Wl,--hash-style=sysv']];
  return variants.map((flags) => {
    const bytes = fs.readFileSync(programs.buildLibrary('lib-plugin', { flags }));
    const tables = ElfImage.parse(bytes, 'seed').sections.filter(
      ({ size, name }) => size > 0 && size < bytes.length && !name.startsWith('.debug'),
    );
    return { bytes, tables };
  });
}

function damage({ bytes, tables }, random) {
  const copy = Buffer.from(bytes);
  // One kind of damage each time: with all of them hardly any library is still loaded.
  const kind = random(4);
  if (kind === 0) damageBytes(copy, random);
  else if (kind === 1) damageDynamic(copy, random);
  else damageTables(copy, tables, random);
  return random(16) === 0 ? copy.subarray(0, random(copy.length)) : copy;
}

const NO_USER = {};
function userFor() {
  if (process.getuid() !== 0) return NO_USER;
  const nobody = { uid: NOBODY, gid: NOBODY };
  const { status } = spawnSync(process.execPath, [command, '--version'], { ...nobody, cwd: '/' });
  return status === 0 ? nobody : NO_USER;
}

/** Without randomised addresses, which decide what a wild pointer meets. */
function run(words, timeout, user) {
  const { status, signal, stdout, stderr, error } = spawnSync('setarch', ['-R', ...words], {
    ...user,
    cwd: '/',
    timeout,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 20,
    encoding: 'latin1',
  });
  const outcome = error === undefined ? `${status} ${signal}\n${stdout}` : `${error.code}`;
  return { outcome, stderr: stderr ?? '' };
}

const user = userFor();
const runAlone = () => run([program, library], UNTRACED_MS, user).outcome;

function runTraced(seed) {
  const traced = [process.execPath, command, ...optionsFor(seed), program, library];
  const { outcome, stderr } = run(traced, TRACED_MS, user);
  const mistake = /^\s+at .*:\d+:\d+|internal error/m.test(stderr);
  return mistake ? `a mistake of the tracer:\n${stderr}` : outcome;
}

/** What differs for good; undefined when nothing does. */
function difference(seed) {
  const alone = runAlone();
  if (alone === 'ETIMEDOUT') return undefined;
  const seen = runTraced(seed);
  if (seen === alone) return undefined;
  const without = new Set([alone]);
  const withIt = new Set([seen]);
  for (let i = 0; i < TRIES; i++) {
    without.add(runAlone());
    withIt.add(runTraced(seed));
    if ([...withIt].some((outcome) => without.has(outcome))) return undefined;
  }
  return { alone: [...without], traced: [...withIt] };
}

const seeds = makeSeeds();
copyBuilt(programs.buildProgram('runs-library'), program);
const outcomes = new Map();
let differ = 0;
try {
  for (let index = 0; index < count; index++) {
    const seed = firstSeed + index;
    const random = generator(seed * 2654435761);
    fs.rmSync(library, { force: true });
    fs.writeFileSync(library, damage(seeds[random(seeds.length)], random), { mode: 0o755 });
    const kind = runAlone().split('\n')[0];
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    const found = difference(seed);
    if (found === undefined) continue;
    differ++;
    process.exitCode = 1;
    console.error(`seed ${seed}:`, found);
  }
} finally {
  if (process.env['TSLTRACE_KEEP'] === undefined) fs.rmSync(folder, { recursive: true });
  else console.log(folder);
}
const kinds = [...outcomes].map(([kind, times]) => `${kind} ${times} times`);
console.log(`${count} runs, ${differ} differ; untraced: ${kinds.join(', ')}`);
