/** Files larger than a buffer can be, as programs, libraries and debug files: they are traced, and nobody is harmed. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { buildLibrary, buildProgram } from '../support/build-programs.js';
import { skipUnless } from '../support/skip-unless.js';
import { stretch, stretchSections } from '../support/stretched-file.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';
import { traceProgram } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const itCopies = skipUnless(hasTool('gcc'), 'needs objcopy (Debian package binutils)');
const ROUNDS = '3';

const names = (calls: readonly { readonly name: string }[]): readonly string[] =>
  calls.map(({ name }) => name);

describe('a file of five gigabytes', () => {
  for (const [how, enlarge] of [
    ['with nothing behind it', stretch],
    ['with its symbols and debug information at the end', stretchSections],
  ] as const) {
    itCompiles(`is traced as program, ${how}`, () =>
      withTemporaryFolder(async (folder) => {
        const program = join(folder, 'huge');
        enlarge(buildProgram('counts-calls'), program);
        chmodSync(program, 0o755);
        const options = ['-e', 'toupper@MAIN', '-x', 'main'];
        const { run, transcript } = await traceProgram([program, ROUNDS], { options });
        expect(run).toMatchObject({ status: 0, signal: null, stderr: '' });
        const toupper = 'toupper';
        expect(names(transcript.calls)).toEqual(['main', toupper, toupper, toupper]);
        // As debug information has it.
        expect(transcript.calls[0]?.text).toMatch(/^main\(2, /);
      }),
    );

    itCompiles(`is traced as library, ${how}`, () =>
      withTemporaryFolder(async (folder) => {
        const library = join(folder, 'libversions.so.1');
        enlarge(buildLibrary('lib-versions'), library);
        const command = [buildProgram('calls-in-rounds'), library];
        const options = ['-x', 'step_third@libversions*', '-L'];
        const { run, transcript } = await traceProgram(command, { options, input: '2\n' });
        expect(run).toMatchObject({ status: 0, signal: null, stderr: '' });
        expect(names(transcript.calls)).toHaveLength(64 + 2);
      }),
    );
  }

  for (const [found, withBuildId] of [
    ['by build id', true],
    ['by its checksum, which is too much to ask', false],
  ] as const) {
    itCopies(
      `is no trouble as debug file, found ${found}`,
      () =>
        withTemporaryFolder(async (folder) => {
          const flags = withBuildId ? [] : ['-Wl,--build-id=none'];
          const program = join(folder, 'small');
          copyFileSync(buildProgram('counts-calls', { flags }), program);
          const debug = join(folder, 'small.debug');
          execFileSync('objcopy', ['--only-keep-debug', program, debug]);
          execFileSync('objcopy', ['--strip-all', program]);
          // Of the file as it is now: the checksum of all that is to come would take long.
          execFileSync('objcopy', ['--add-gnu-debuglink=small.debug', program], { cwd: folder });
          renameSync(debug, join(folder, 'debug'));
          stretchSections(join(folder, 'debug'), debug);
          const options = ['-x', 'main', '-L'];
          const { run, transcript } = await traceProgram([program, ROUNDS], { options });
          expect(run).toMatchObject({ status: 0, signal: null });
          expect(names(transcript.calls)).toEqual(withBuildId ? ['main'] : []);
          if (!withBuildId) expect(run.stderr).toMatch(/small, .* are stripped/);
        }),
      60_000,
    );
  }

  itCompiles('is no trouble as split debug information', () =>
    withTemporaryFolder(async (folder) => {
      const program = join(folder, 'split');
      const source = join(folder, 'split.c');
      const text =
        '__attribute__((noinline)) int twice(int x) { return 2 * x; }\nint main(void) { return twice(3); }\n';
      execFileSync('sh', ['-c', `printf '%s' "$0" > ${source}`, text]);
      execFileSync('gcc', ['-g', '-gsplit-dwarf', '-O1', '-c', source, '-o', 'split.o'], {
        cwd: folder,
      });
      execFileSync('gcc', ['split.o', '-o', program], { cwd: folder });
      execFileSync('truncate', ['-s', '5G', join(folder, 'split.dwo')]);
      const { run, transcript } = await traceProgram([program], { options: ['-x', 'twice', '-L'] });
      expect(run).toMatchObject({ status: 6, signal: null, stderr: '' });
      expect(transcript.calls[0]?.text).toMatch(/^twice\(3\) += 6$/);
    }),
  );
});
