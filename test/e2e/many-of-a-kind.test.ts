/** Programs with more sections than their header can say, and more plugins than one would think of. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildLibrary, buildProgram } from '../support/build-programs.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceProgram } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
// GNU ld makes no such program in 32 bits.
const gold32 = skipUnless(
  gccCan('-m32') && hasTool('ld.gold'),
  `${needs('ld.gold')} and gcc -m32 (Debian package gcc-multilib)`,
);

const MAIN = `
#define __NO_CTYPE
#include <ctype.h>
__attribute__((noinline)) static int own_work(int x) { __asm__ volatile(""); return toupper(x); }
int main(void) { int sum = 0; for (int i = 0; i < 5; i++) sum += own_work('a' + i); return sum & 63; }
`;

/** A program with this many sections beside the usual ones, each with one function that nobody calls. */
function buildWithSections(folder: string, count: number, flags: readonly string[]): string {
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    lines.push(`.section .s${i},"ax",@progbits`, `.type q${i},@function`, `q${i}: ret`);
  }
  lines.push('.section .note.GNU-stack,"",@progbits', '');
  const [sections, main, program] = ['sections.s', 'main.c', 'many'].map((name) =>
    join(folder, name),
  );
  writeFileSync(sections ?? '', lines.join('\n'));
  writeFileSync(main ?? '', MAIN);
  const sources = [main ?? '', sections ?? ''];
  const linking = [...flags, '-fno-builtin', '-O1', '-o', program ?? ''];
  execFileSync('gcc', [...linking, ...sources], { stdio: 'ignore' });
  return program ?? '';
}

describe('a program with many sections', () => {
  for (const [count, what, flags, itBuilds] of [
    [9_000, '', ['-Wl,--unique'], itCompiles],
    [66_000, '', ['-Wl,--unique'], itCompiles],
    [66_000, ' in 32 bits', ['-m32', '-fuse-ld=gold'], gold32],
  ] as const) {
    itBuilds(
      `(${count}) has all its names${what}`,
      () =>
        withTemporaryFolder(async (folder) => {
          const program = buildWithSections(folder, count, flags);
          const options = ['-x', 'own_work', '-e', 'toupper'];
          const { run, transcript } = await traceProgram([program], { options });
          expect(run).toMatchObject({ signal: null, stderr: '' });
          const names = transcript.calls.map(({ name }) => name);
          expect(names.filter((name) => name === 'own_work')).toHaveLength(5);
          expect(names.filter((name) => name === 'toupper')).toHaveLength(5);
        }),
      60_000,
    );
  }
});

describe('a program with many plugins', () => {
  const PLUGINS = 300;

  for (const [what, flags] of [
    ['with stubs', []],
    ['without', ['-fno-plt']],
  ] as const) {
    itCompiles(
      `${what} is seen to call each, and each to call others`,
      () =>
        withTemporaryFolder(async (folder) => {
          const plugin = buildLibrary('lib-plugin', { flags });
          const paths = Array.from({ length: PLUGINS }, (_, i) => join(folder, `p${i}.so`));
          for (const path of paths) copyFileSync(plugin, path);
          const command = [buildProgram('loads-plugins'), 'now', '1', ...paths];
          const options = ['-e', 'toupper@libplugin*+dlsym@MAIN+plugin_run@MAIN'];
          const { run, transcript } = await traceProgram(command, { options, timeoutMs: 60_000 });
          expect(run).toMatchObject({ status: 0, stdout: `runs ${PLUGINS} wrong 0\n` });
          const count = (wanted: string): number =>
            transcript.calls.filter(({ name }) => name === wanted).length;
          expect(['toupper', 'plugin_run', 'dlsym'].map(count)).toEqual([
            10 * PLUGINS,
            PLUGINS,
            PLUGINS,
          ]);
        }),
      70_000,
    );
  }
});
