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
