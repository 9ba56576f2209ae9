/** Programs of unusual make: each call of theirs is seen, exactly once. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram, type BuildOptions } from '../support/build-programs.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceProgram } from '../support/trace-fixture.js';

const ROUNDS = '20';

async function expectExact(program: string, options: readonly string[]): Promise<void> {
  const { run, seen, expected } = await traceProgram([program, ROUNDS], { options });
  expect(run.status).toBe(0);
  expect(Object.keys(expected)).not.toHaveLength(0);
  expect(seen).toEqual(expected);
}

const byProgram = ['-e', 'malloc@MAIN+free@MAIN+toupper@MAIN'];
const counted = (build: BuildOptions) => () =>
  expectExact(buildProgram('counts-calls', build), byProgram);

const lld = skipUnless(hasTool('clang') && hasTool('ld.lld'), needs('ld.lld'));
const musl = skipUnless(hasTool('musl-gcc'), needs('musl-gcc'));
const PACK = '-Wl,-z,pack-relative-relocs';
const itPacks = skipUnless(gccCan(PACK), 'needs a linker that packs (Debian package binutils)');
const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const withLld = (flag: string) => ({ compiler: 'clang', flags: ['-fuse-ld=lld', flag] });

describe('calls are exact in a program', () => {
  lld('with retpoline stubs', counted(withLld('-Wl,-z,retpolineplt')));
  itPacks('with packed relative relocations', counted({ flags: [PACK] }));
  itCompiles('with the old hash table', counted({ flags: ['-Wl,--hash-style=sysv'] }));
  musl('of musl', counted({ compiler: 'musl-gcc' }));
  m32('of 32 bits', counted({ flags: ['-m32'] }));
  m32('of 32 bits without stubs', counted({ flags: ['-m32', '-fno-plt'] }));

  itCompiles('without section headers', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'no-sections');
      copyFileSync(buildProgram('counts-calls'), path);
      const bytes = readFileSync(path);
      // Elf64_Ehdr of elf(5): e_shoff at 40; e_shnum and e_shstrndx at 60.
      bytes.fill(0, 40, 48).fill(0, 60, 64);
      writeFileSync(path, bytes);
      await expectExact(path, byProgram);
    }),
  );
});

describe('where a stub of the program is what everybody has for the function', () => {
  const rounds = Number(ROUNDS);
  const fixed = ['-no-pie', '-fno-pic'];

  async function counts(
    filter: string,
    flags: readonly string[],
  ): Promise<Readonly<Record<string, number>>> {
    const program = buildProgram('hands-out-free', { flags });
    const { run, transcript } = await traceProgram([program, ROUNDS], { options: ['-e', filter] });
    expect(run.status).toBe(0);
    const made: Record<string, number> = {};
    for (const { caller, name } of transcript.calls) {
      const call = `${caller}->${name}`;
      made[call] = (made[call] ?? 0) + 1;
    }
    return made;
  }

  itCompiles('calls of the C library are one call each, and its own', async () => {
    // The program makes two mallocs in a round, fopen and tsearch one each; one is for stdout. tdestroy frees the node by
    // a tail call, and the key by the address that was handed to it: that stays within the library.
    const expected = {
      'hands-out-free->malloc': 2 * rounds,
      'hands-out-free->free': rounds,
      'libc.so.6->malloc': 2 * rounds + 1,
      'libc.so.6->free': 2 * rounds,
    };
    expect(await counts('malloc+free', fixed)).toEqual(expected);
    expect(await counts('malloc+free', [...fixed, '-O2'])).toEqual(expected);
    expect(await counts('malloc+free', ['-pie', '-fPIE'])).toEqual(expected);
  });

  itCompiles('calls of the C library are none of the program', async () => {
    expect(await counts('free@MAIN', fixed)).toEqual({ 'hands-out-free->free': rounds });
    expect(await counts('free@libc*', fixed)).toEqual({ 'libc.so.6->free': 2 * rounds });
  });
});

describe('a program that calls a function by its stub, and by a pointer that it holds as well', () => {
  const byName = ['-e', 'toupper@MAIN'];

  for (const [how, build] of [
    ['at any address', { flags: ['-fPIE', '-pie'] }],
    ['at a fixed address', { flags: ['-fno-pic', '-no-pie'] }],
    ['bound at once', { flags: ['-O2', '-Wl,-z,now'] }],
  ] as const) {
    itCompiles(`shows all calls that are asked for by name, ${how}`, () =>
      expectExact(buildProgram('calls-both-ways', build), byName),
    );
  }

  m32('shows all calls that are asked for by name, of 32 bits', () =>
    expectExact(buildProgram('calls-both-ways', { flags: ['-m32'] }), byName),
  );

  itCompiles('shows those by its stub where no function is named', async () => {
    const program = buildProgram('calls-both-ways', { flags: ['-fPIE', '-pie'] });
    const { seen } = await traceProgram([program, ROUNDS], { options: ['-e', '@MAIN'] });
    expect(seen).toEqual({ toupper: Number(ROUNDS) });
  });
});
