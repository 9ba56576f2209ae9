/** Debug information that is compressed the old way, shared between files, or says less than it seems. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const itShares = skipUnless(hasTool('gcc') && hasTool('dwz'), needs('dwz'));

function run(command: string, ...args: string[]): void {
  const done = spawnSync(command, args, { encoding: 'utf8' });
  expect([done.error?.message, done.stderr, done.status]).toEqual([undefined, '', 0]);
}

/** The lines of these functions, addresses left out. */
async function linesOf(program: string, functions: string): Promise<readonly string[]> {
  const { stderr, timedOut } = await runTsltrace(['-L', '-x', `${functions}@MAIN`, program]);
  expect(timedOut).toBe(false);
  const lines = stderr.split('\n').filter((line) => /^(?:<\.\.\. )?[_a-zA-Z]/.test(line));
  return lines.map((line) => line.replace(/0x[0-9a-f]{6,}/g, 'ADDRESS').replace(/ {2,}/g, ' '));
}

const FUNCTIONS = 'greets+feels+measures';
const DESCRIBED = [
  'greets("world", 2) = 10',
  'feels(ANGRY, { 3, 4, "corner" }) = 10',
  'measures({ 3, 4, "corner" }, 6) = 42',
];

describe('debug information that is stored in other ways', () => {
  for (const version of ['-gdwarf-5', '-gdwarf-4']) {
    itCompiles(`in sections called .zdebug, ${version}`, () =>
      withTemporaryFolder(async (folder) => {
        const plain = buildProgram('describes-itself', { flags: [version] });
        const packed = join(folder, 'describes-itself');
        run('objcopy', '--compress-debug-sections=zlib-gnu', plain, packed);
        expect(await linesOf(packed, FUNCTIONS)).toEqual(DESCRIBED);
      }),
    );
  }

  const shared: readonly (readonly string[])[] = [
    ['-gdwarf-5'],
    ['-gdwarf-4'],
    ['-gdwarf-5', '-5'],
  ];
  for (const [version = '', ...options] of shared) {
    itShares(`in a file that several share, ${[version, ...options].join(' ')}`, () =>
      withTemporaryFolder(async (folder) => {
        const plain = buildProgram('describes-itself', { flags: [version] });
        const files = ['describes-itself', 'other'].map((name) => join(folder, name));
        for (const file of files) copyFileSync(plain, file);
        run('dwz', ...options, '-m', join(folder, 'common.debug'), '-M', 'common.debug', ...files);
        const [program = ''] = files;
        expect(await linesOf(program, FUNCTIONS)).toEqual(DESCRIBED);
        // Without it nothing is made up.
        renameSync(join(folder, 'common.debug'), join(folder, 'elsewhere'));
        const without = await linesOf(program, FUNCTIONS);
        expect(without).toHaveLength(DESCRIBED.length);
        expect(without.join('\n')).not.toContain('<void>');
        expect(without.join('\n')).not.toMatch(/\(\)/);
      }),
    );
  }
});

describe('what a file of the user says beside debug information', () => {
  itCompiles('counts for a function, not for a type', () =>
    withTemporaryFolder(async (folder) => {
      const program = buildProgram('describes-itself');
      const conf = join(folder, 'own.conf');
      const shown = async (text: string): Promise<string> => {
        writeFileSync(conf, text);
        return (await runTsltrace(['-F', conf, '-L', '-x', 'measures@MAIN', program])).stderr;
      };
      const type = 'typedef point = struct(hex(int), hex(int));\n';
      expect(await shown(type)).toContain('measures({ 3, 4, "corner" }, 6)');
      expect(await shown(`${type}int measures(point*, int);\n`)).toContain(
        'measures({ 0x3, 0x4 }, 6)',
      );
    }),
  );
});

/** Functions that get two integers, and that nobody describes: four words and a result are shown. */
const NOBODY_KNOWS = /^\w+\((?:-?\w+, ){3}-?\w+\) = -?\w+$/;

describe('debug information that is of names and lines alone', () => {
  const reduced: readonly (readonly [compiler: 'gcc' | 'clang', ...flags: string[]])[] = [
    ['gcc', '-g1'],
    ['gcc', '-gdwarf-4', '-g1'],
    ['gcc', '-g1', '-gno-record-gcc-switches'],
    ['clang', '-g1'],
    ['clang', '-gline-tables-only', '-O2'],
  ];
  for (const [compiler, ...flags] of reduced) {
    skipUnless(hasTool(compiler), needs(compiler))(
      `says nothing: ${compiler} ${flags.join(' ')}`,
      async () => {
        const program = buildProgram('describes-itself', {
          compiler,
          flags: ['-g0', '-fno-inline', ...flags],
        });
        const lines = await linesOf(program, FUNCTIONS);
        expect(lines.length).toBeGreaterThan(0);
        for (const line of lines) expect(line).toMatch(NOBODY_KNOWS);
      },
    );
  }

  for (const compiler of ['gcc', 'clang'] as const) {
    skipUnless(hasTool(compiler), needs(compiler))(
      `says nothing where its other half is missing: ${compiler} -gsplit-dwarf`,
      () =>
        withTemporaryFolder(async (folder) => {
          const program = join(folder, 'split');
          const source = inProject('test/programs/describes-itself.c');
          const build = `cd ${folder} && ${compiler} -O0 -g -w -gsplit-dwarf ${source} -o split`;
          run('sh', '-c', build);
          expect(await linesOf(program, FUNCTIONS)).toEqual(DESCRIBED);
          run('sh', '-c', `rm ${folder}/*.dwo`);
          const lines = await linesOf(program, FUNCTIONS);
          expect(lines.length).toBeGreaterThan(0);
          for (const line of lines) expect(line).toMatch(NOBODY_KNOWS);
        }),
    );
  }

  skipUnless(hasTool('rustc'), needs('rustc'))(
    'says nothing: rustc -C debuginfo=1',
    () =>
      withTemporaryFolder(async (folder) => {
        for (const level of ['1', 'line-tables-only']) {
          const program = join(folder, `shapes-${level}`);
          run(
            'rustc',
            '-C',
            `debuginfo=${level}`,
            '-O',
            inProject('test/programs/dwarf-shapes.rs'),
            '-o',
            program,
          );
          const lines = await linesOf(program, 'area+label');
          expect(lines.length).toBeGreaterThan(0);
          for (const line of lines) expect(line).toMatch(NOBODY_KNOWS);
        }
      }),
    120_000,
  );

  itCompiles('says nothing of functions that were assembled with -g', () =>
    withTemporaryFolder(async (folder) => {
      const assembly = join(folder, 'plus.s');
      const caller = join(folder, 'caller.c');
      const program = join(folder, 'caller');
      writeFileSync(
        assembly,
        '.globl plus\n.type plus, @function\nplus: leal (%rdi,%rsi), %eax\nret\n.size plus, .-plus\n' +
          '.section .note.GNU-stack,"",@progbits\n',
      );
      writeFileSync(caller, 'int plus();\nint main(void) { return plus(30, 12) - 42; }\n');
      run('gcc', '-g', '-o', program, caller, assembly);
      const lines = await linesOf(program, 'plus');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(NOBODY_KNOWS);
      expect(lines[0]).toMatch(/^plus\(30, 12, .* = 42$/);
    }),
  );

  itCompiles('is told from functions that take and give nothing', () =>
    withTemporaryFolder(async (folder) => {
      const source = join(folder, 'nothing.cc');
      writeFileSync(
        source,
        'static volatile int n;\nvoid nothing() { n = 1; }\nint main() { nothing(); }\n',
      );
      for (const compiler of ['g++', 'clang++']) {
        if (compiler === 'clang++' && !hasTool('clang')) continue;
        const program = join(folder, compiler);
        run(compiler, '-g', '-o', program, source);
        expect(await linesOf(program, '_Z7nothingv')).toEqual(['_Z7nothingv() = <void>']);
      }
    }),
  );
});
