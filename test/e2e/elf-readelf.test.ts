/** What src/elf and src/symbol read agrees with readelf, objdump and xz, on real files and for all linkers. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { i386Plt } from '../../src/arch/i386/plt.js';
import { x86_64Plt } from '../../src/arch/x86_64/plt.js';
import { ElfImage } from '../../src/elf/elf-image.js';
import type { RelocationKind } from '../../src/elf/relocation-kinds.js';
import type { ElfSymbol } from '../../src/elf/symbols.js';
import { importsOf } from '../../src/symbol/imports.js';
import { decompressXz } from '../../src/compression/xz.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs, toolPath } from '../support/toolchain.js';

jest.setTimeout(120_000);

const hasBinutils = toolPath('readelf') !== undefined && toolPath('objdump') !== undefined;
const NEEDS_BINUTILS = 'needs readelf and objdump (Debian package binutils)';

const FILES = [
  '/bin/ls',
  '/bin/bash',
  '/lib/x86_64-linux-gnu/libc.so.6',
  '/lib/x86_64-linux-gnu/libcrypto.so.3',
  '/usr/lib/x86_64-linux-gnu/libstdc++.so.6',
  '/lib64/ld-linux-x86-64.so.2',
  '/lib/ld-linux.so.2',
  '/usr/bin/python3',
  process.execPath,
].filter((path) => existsSync(path));

function run(tool: string, ...flags: readonly string[]): string {
  const done = spawnSync(tool, flags, {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    timeout: 120_000,
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (done.status !== 0) throw new Error(`${tool} ${flags.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

const open = (path: string) => ElfImage.parse(readFileSync(path), path);
const pltOf = (image: ElfImage) => (image.elfClass === 64 ? x86_64Plt : i386Plt);

/** One line for each symbol, in the words of readelf. */
function symbolLines(symbols: Iterable<ElfSymbol>): string[] {
  return [...symbols].map((symbol) => {
    const at = symbol.isDefaultVersion ? '@@' : '@';
    const name = symbol.type === 'section' ? '' : symbol.name;
    // The symbol of a version itself: readelf leaves the version out.
    const isVersion = symbol.isAbsolute && symbol.version === name;
    return [
      symbol.index,
      symbol.address.toString(16),
      symbol.size,
      symbol.type.toUpperCase(),
      symbol.binding.toUpperCase(),
      symbol.visibility.toUpperCase(),
      symbol.defined ? (symbol.isAbsolute ? 'ABS' : 'defined') : 'UND',
      symbol.version === undefined || isVersion ? name : `${name}${at}${symbol.version}`,
    ].join(' ');
  });
}

function readelfSymbols(path: string, flag: string): string[] {
  const line = /^ *(\d+): 0*([0-9a-f]+) +(\w+) (\w+) +(\w+) +(\w+) (?:\[.*?\] )? *(\w+) ?(\S*)/gm;
  return [...run('readelf', '-W', flag, path).matchAll(line)]
    .filter((match) => match[1] !== '0')
    .map(([, index, value, size, type, binding, visibility, section, name]) => {
      const where = section === 'UND' || section === 'ABS' ? section : 'defined';
      const shown = type === 'SECTION' ? '' : name;
      return [index, value, Number(size), type, binding, visibility, where, shown].join(' ');
    });
}

const KINDS: readonly (readonly [RegExp, RelocationKind])[] = [
  [/_JUMP_SLOT?$/, 'jump-slot'],
  [/_GLOB_DAT$/, 'glob-dat'],
  [/_(?:64|32)$/, 'absolute'],
  [/_IRELATIV/, 'irelative'],
  [/_RELATIVE(?:64)?$/, 'relative'],
  [/_COPY$/, 'copy'],
  [/_(?:TLS|D?TP)/, 'tls'],
];

function readelfRelocations(path: string): string[] {
  const line = /^([0-9a-f]+)(?: +([0-9a-f]+) (R_\w+).*)?$/gm;
  return [...run('readelf', '-W', '-r', path).matchAll(line)].map((match) => {
    // Packed relocations (RELR) are listed by address alone.
    const [, slot = '', info = '0', type = 'R_RELATIVE'] = match;
    const kind = KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? 'other';
    const symbol = parseInt(info.slice(0, info.length === 16 ? 8 : 6), 16);
    return `${parseInt(slot, 16).toString(16)} ${kind} ${symbol}`;
  });
}

describe('readelf agrees', () => {
  const test = skipUnless(hasBinutils, NEEDS_BINUTILS);
  for (const path of FILES) {
    test(`about the dynamic symbols of ${path}`, () => {
      expect(symbolLines(open(path).dynamicSymbols())).toEqual(readelfSymbols(path, '--dyn-syms'));
    });

    test(`about the relocations of ${path}`, () => {
      const kinds = KINDS.map(([, kind]) => kind);
      const ours = [...open(path).relocations([...kinds, 'other'])].map(
        ({ slot, kind, symbolIndex }) => `${slot.toString(16)} ${kind} ${symbolIndex}`,
      );
      expect(ours.sort()).toEqual(readelfRelocations(path).sort());
    });

    test(`about the sections and properties of ${path}`, () => {
      const image = open(path);
      const sections = run('readelf', '-W', '-S', path).matchAll(
        /^ +\[ *\d+\] (\S*) +[A-Z_0-9]+ +([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) /gm,
      );
      const theirs = [...sections].map(([, name, address, offset, size]) => [
        name,
        ...[address, offset, size].map((text) => parseInt(text ?? '', 16)),
      ]);
      // readelf shows the type NULL in place of the first, empty name.
      expect(
        image.sections.slice(1).map((one) => [one.name, one.address, one.offset, one.size]),
      ).toEqual(theirs.slice(-(image.sections.length - 1)));
      const notes = run('readelf', '-W', '-n', path);
      expect(image.buildId).toBe(/Build ID: ([0-9a-f]+)/.exec(notes)?.[1]);
      const dynamic = run('readelf', '-W', '-d', path);
      expect(image.soname).toBe(/\(SONAME\).*\[(.*)\]/.exec(dynamic)?.[1]);
      expect(image.needed).toEqual([...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((m) => m[1]));
    });
  }

  test('about the static symbols of a large program', () => {
    const image = open(process.execPath);
    // readelf leaves versions out that stand in the name only.
    const plain = (lines: string[]) => lines.map((line) => line.replace(/@.*/, ''));
    expect(plain(symbolLines(image.staticSymbols()))).toEqual(
      plain(
        readelfSymbols(process.execPath, '--symbols').slice(-[...image.staticSymbols()].length),
      ),
    );
  });
});

const LIBRARY = 'int twice(int x) { return 2 * x; }\nint thrice(int x) { return 3 * x; }\n';
const PROGRAM = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int twice(int); int thrice(int);
int (*table[])(int) = { twice, 0 };
int main(int argc, char **argv) {
  int (*volatile p)(int) = thrice;
  printf("%d %d %d\\n", twice(argc), thrice(argc), p(3));
  char *s = strdup(argv[0]); puts(s); free(s);
  return table[0](1) == 0;
}
`;

interface Linker {
  readonly name: string;
  readonly flags: readonly string[];
  readonly tool?: 'ld.lld' | 'ld.gold' | 'mold';
  /** objdump names the stubs wrongly or not at all. */
  readonly beyondObjdump?: boolean;
}

const LINKERS: readonly Linker[] = [
  { name: 'GNU ld, lazy', flags: [] },
  { name: 'GNU ld, eager', flags: ['-Wl,-z,now'] },
  { name: 'GNU ld, IBT', flags: ['-fcf-protection', '-Wl,-z,ibtplt'] },
  { name: 'GNU ld, IBT, eager', flags: ['-fcf-protection', '-Wl,-z,ibtplt,-z,now'] },
  { name: 'GNU ld, -fno-plt', flags: ['-fno-plt'] },
  { name: 'GNU ld, packed relocations', flags: ['-Wl,-z,pack-relative-relocs'] },
  { name: 'GNU ld, SysV hash', flags: ['-Wl,--hash-style=sysv'] },
  { name: 'gold', flags: ['-fuse-ld=gold'], tool: 'ld.gold' },
  { name: 'lld, lazy', flags: ['-fuse-ld=lld'], tool: 'ld.lld' },
  { name: 'lld, eager', flags: ['-fuse-ld=lld', '-Wl,-z,now'], tool: 'ld.lld' },
  { name: 'lld, IBT', flags: ['-fuse-ld=lld', '-Wl,-z,force-ibt'], tool: 'ld.lld' },
  ...(['-z,lazy', '-z,now'] as const).map((binding) => ({
    name: `lld, retpolines, ${binding}`,
    flags: ['-fuse-ld=lld', `-Wl,-z,retpolineplt,${binding}`],
    tool: 'ld.lld' as const,
    beyondObjdump: true,
  })),
  { name: 'mold', flags: ['-fuse-ld=mold'], tool: 'mold', beyondObjdump: true },
  {
    name: 'mold, eager',
    flags: ['-fuse-ld=mold', '-Wl,-z,now'],
    tool: 'mold',
    beyondObjdump: true,
  },
];

const KINDS_OF_PROGRAM = [
  ['64-bit PIE', '-m64', '-fpie', '-pie'],
  ['64-bit program at a fixed address', '-m64', '-fno-pie', '-no-pie'],
  ['32-bit PIE', '-m32', '-fpie', '-pie'],
  ['32-bit program at a fixed address', '-m32', '-fno-pie', '-no-pie'],
] as const;

function build(folder: string, flags: readonly string[]): string {
  writeFileSync(join(folder, 'library.c'), LIBRARY);
  writeFileSync(join(folder, 'program.c'), PROGRAM);
  const library = join(folder, 'libtimes.so');
  const program = join(folder, 'program');
  run('gcc', flags[0] ?? '', '-shared', '-fPIC', '-o', library, join(folder, 'library.c'));
  run('gcc', '-O1', ...flags, '-o', program, join(folder, 'program.c'), library);
  return program;
}

/** Address and name of each stub, by objdump's reckoning. */
function objdumpStubs(path: string): string[] {
  const label = /^([0-9a-f]+) <([^>@$]+)(?:@[^>]*)?[@$]plt>:/gm;
  return [...run('objdump', '-d', '--no-show-raw-insn', path).matchAll(label)].map(
    ([, address = '', name]) => `${parseInt(address, 16).toString(16)} ${name}`,
  );
}

/** The same file as if it had no section headers: e_shoff, e_shnum and e_shstrndx are 0. */
function withoutSections(path: string): ElfImage {
  const bytes = readFileSync(path);
  const is64 = bytes[4] === 2;
  bytes.fill(0, is64 ? 40 : 32, is64 ? 48 : 36);
  bytes.fill(0, is64 ? 60 : 48, is64 ? 64 : 52);
  return ElfImage.parse(bytes, path);
}

describe('PLT stubs', () => {
  for (const linker of LINKERS) {
    for (const [kind, ...flags] of KINDS_OF_PROGRAM) {
      const usable = linker.tool === undefined || hasTool(linker.tool);
      const test = skipUnless(
        hasBinutils && usable && gccCan(flags[0]),
        linker.tool === undefined || usable ? 'needs gcc -m32 (gcc-multilib)' : needs(linker.tool),
      );
      test(`of a ${kind} by ${linker.name} are found`, () =>
        withTemporaryFolder((folder) => {
          const program = build(folder, [...flags, ...linker.flags]);
          const image = open(program);
          const imports = importsOf(image, { plt: pltOf(image) });
          const stubs = imports.flatMap(({ name, stubs: found }) =>
            found.map((address) => `${address.toString(16)} ${name}`),
          );
          if (linker.beyondObjdump !== true)
            expect(stubs.sort()).toEqual(objdumpStubs(program).sort());
          const called = ['twice', 'thrice', 'printf', 'strdup', 'puts', 'free'];
          expect(imports.map(({ name }) => name)).toEqual(expect.arrayContaining(called));
          for (const { slots, stubs: found } of imports) {
            if (slots.some((slot) => slot.kind === 'jump-slot')) expect(found).toHaveLength(1);
          }
          const bare = withoutSections(program);
          expect(bare.sections).toEqual([]);
          expect(importsOf(bare, { plt: pltOf(bare) })).toEqual(imports);
          return Promise.resolve();
        }));
    }
  }

  for (const path of FILES) {
    skipUnless(hasBinutils, NEEDS_BINUTILS)(`of ${path} are found`, () => {
      const image = open(path);
      const stubs = importsOf(image, { plt: pltOf(image) })
        .filter(({ slots }) => slots.every(({ kind }) => kind !== 'irelative'))
        .flatMap(({ name, stubs: found }) => found.map((at) => `${at.toString(16)} ${name}`));
      const theirs = objdumpStubs(path).filter((line) => !line.includes('*ABS*'));
      expect(stubs.sort()).toEqual(theirs.sort());
    });
  }
});

describe('decompressXz', () => {
  const test = skipUnless(toolPath('xz') !== undefined, 'needs xz (Debian package xz-utils)');
  const presets = [['-6'], ['-0', '--check=crc32'], ['--block-size=50000']] as const;
  for (const preset of [...presets, ['--lzma2=preset=6,lc=1,lp=3,pb=0']] as const) {
    test(`reads what xz ${preset.join(' ')} wrote`, () => {
      const original = readFileSync('/bin/ls');
      const packed = spawnSync('xz', ['-c', ...preset], { input: original, maxBuffer: 2 ** 26 });
      expect(Buffer.from(decompressXz(packed.stdout) ?? []).equals(original)).toBe(true);
    });
  }

  test('refuses other filters', () => {
    const flags = ['-c', '--x86', '--lzma2=preset=1'];
    const packed = spawnSync('xz', flags, { input: Buffer.alloc(1000) });
    expect(packed.stdout.length).toBeGreaterThan(20);
    expect(decompressXz(packed.stdout)).toBeUndefined();
  });
});
