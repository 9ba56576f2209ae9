/** --origin: embedded interpreters, several of them, those that cannot be read; and callers with debug information. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasTool, needs, toolPath, type Tool } from '../support/toolchain.js';

const LONG_MS = 120_000;
const python = debianPython() ?? '';
const itHasPython = skipUnless(python !== '', 'needs /usr/bin/python3 (Debian package python3)');
const HEADERS = '/usr/include/python3.11/Python.h';
const STATIC = '/usr/lib/x86_64-linux-gnu/libpython3.11.a';
const itHasHeaders = skipUnless(
  hasTool('gcc') && existsSync(HEADERS),
  'needs Python.h of Python 3.11 (Debian package libpython3.11-dev)',
);

const EMBEDS = `#include <Python.h>
int main(void) {
  Py_Initialize();
  PyRun_SimpleString("import os\\ndef outer():\\n  return os.getppid()\\nouter()\\n");
  PyThreadState *first = PyThreadState_Get();
  PyThreadState *second = Py_NewInterpreter();
  PyRun_SimpleString("import os\\n\\n\\n\\ndef inner(): os.getppid()\\ninner()\\n");
  Py_EndInterpreter(second);
  PyThreadState_Swap(first);
  PyRun_SimpleString("def again(): os.getppid()\\nagain()\\n");
  return Py_FinalizeEx();
}
`;

/** What stands in brackets before each call of the function. */
async function originsOf(options: readonly string[], command: readonly string[], call = 'getppid') {
  const run = await runTsltrace(['-e', call, ...options, ...command], { timeoutMs: LONG_MS });
  expect(run.status).toBe(0);
  const places = [
    ...run.stderr.matchAll(new RegExp(`^(?:\\[pid \\d+\\] )?\\[(.*)\\] \\S*->${call}\\(`, 'gm')),
  ];
  return { places: places.map(([, place]) => place), said: run.stderr };
}

function built(folder: string, file: string, source: string, command: readonly string[]): string {
  const [compiler = '', ...flags] = command;
  const program = join(folder, 'program');
  writeFileSync(join(folder, file), source);
  const words = flags.map((word) => (word === 'FILE' ? join(folder, file) : word));
  const env = { ...process.env, GO111MODULE: 'off', GOCACHE: join(folder, 'go') };
  const done = spawnSync(compiler, [...words, '-o', program], {
    encoding: 'utf8',
    cwd: folder,
    env,
    timeout: LONG_MS,
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return program;
}

describe('--origin of Python', () => {
  for (const [title, libraries] of [
    ['a shared library', ['-lpython3.11']],
    ['a part of a program that exports nothing', ['-no-pie', STATIC, '-lm', '-lz', '-lexpat']],
  ] as const) {
    itHasHeaders(
      `in another program, as ${title}, with an interpreter after another`,
      () =>
        withTemporaryFolder(async (folder) => {
          const gcc = ['gcc', '-I/usr/include/python3.11', 'FILE', ...libraries];
          const { places } = await originsOf(
            ['--origin'],
            [built(folder, 'embeds.c', EMBEDS, gcc)],
          );
          expect(places).toEqual([
            '<string>:3 in outer',
            '<string>:5 in inner',
            '<string>:1 in again',
          ]);
        }),
      LONG_MS,
    );
  }

  itHasPython(
    'of an interpreter that a script of another one runs, while it has the lock and while not',
    () =>
      withTemporaryFolder(async (folder) => {
        const script = join(folder, 'outer.py');
        const inside =
          'import os, time\\ndef inside():\\n  os.getppid(); time.sleep(0.001)\\ninside()';
        writeFileSync(
          script,
          `import os, _xxsubinterpreters as several\ndef deep():\n  several.run_string(several.create(), '${inside}')\n  os.getppid()\ndeep()\n`,
        );
        for (const call of ['getppid', 'clock_nanosleep']) {
          const { places, said } = await originsOf(
            ['--origin', '-w', '60'],
            [python, script],
            call,
          );
          expect(places[0]).toBe('<string>:3 in inside');
          const first = said.split('\n\n')[0] ?? '';
          const names = [...first.matchAll(/^ > python\((.*)\)$/gm)].map(([, name]) => name);
          expect(names).toEqual(['inside', '<module>', 'deep', '<module>']);
        }
      }),
    LONG_MS,
  );

  itHasPython(
    'in a venv, in -S, in the words of --where, and not where they do not fit',
    () =>
      withTemporaryFolder(async (folder) => {
        const made = spawnSync(python, ['-m', 'venv', '--without-pip', folder], {
          timeout: LONG_MS,
        });
        expect(made.status).toBe(0);
        const inVenv = [
          join(folder, 'bin/python'),
          '-c',
          'import os\ndef f(): os.getppid()\nf(); os.getppid()',
        ];
        expect((await originsOf(['--origin'], inVenv)).places).toEqual([
          '<string>:2 in f',
          '<string>:3 in <module>',
        ]);
        const fits = async (condition: string): Promise<number> =>
          (await originsOf(['--where', condition], inVenv)).places.length;
        expect(await fits('py.function == f')).toBe(1);
        expect(await fits('py.line == 3 && py.file == "<string>"')).toBe(1);
        expect(await fits('script.line >= 2')).toBe(2);
        expect(await fits('perl.line >= 2')).toBe(0);
        const run = await runTsltrace(['--origin', '-L', '--syscalls', 'getppid', ...inVenv]);
        expect(run.stderr).toContain('[<string>:2 in f] SYS_getppid()');
      }),
    LONG_MS,
  );

  const old = join(homedir(), '.pyenv/versions/3.7.16/bin/python3.7');
  skipUnless(existsSync(old), 'needs Python 3.7, which is too old')(
    'of a version that is too old is refused in one line',
    async () => {
      const { said, places } = await originsOf(
        ['--origin'],
        [old, '-c', 'import os; os.getppid()'],
      );
      expect(
        said.match(/frames of python in .* are not shown: it is older than 3\.8/g),
      ).toHaveLength(1);
      expect(places.every((place) => place?.includes('<string>') === false)).toBe(true);
    },
    LONG_MS,
  );
});

const C = '#include <unistd.h>\nint main(void) {\n  return\n    getppid() == 0;\n}\n';
const RUST =
  'extern "C" { fn getppid() -> i32; }\nfn main() {\n  let n = unsafe { getppid() };\n  std::process::exit((n == 0) as i32)\n}\n';
const GO =
  'package main\n// #include <unistd.h>\n// static int ask(void) {\n//   return getppid();\n// }\nimport "C"\nfunc main() { C.ask() }\n';

describe('the line of the caller', () => {
  const cases: readonly (readonly [
    tool: Tool,
    file: string,
    source: string,
    line: number,
    flags: readonly string[],
  ])[] = [
    ['gcc', 'asks.c', C, 4, ['-g', 'FILE']],
    ['g++', 'asks.cc', C, 4, ['-g', '-O1', 'FILE']],
    ['rustc', 'asks.rs', RUST, 3, ['-g', 'FILE']],
    ['go', 'asks.go', GO, 4, ['build']],
  ];
  for (const [tool, file, source, line, flags] of cases) {
    skipUnless(hasTool(tool), needs(tool))(
      `is shown by -i and --origin: ${tool}`,
      () =>
        withTemporaryFolder(async (folder) => {
          const program = built(folder, file, source, [toolPath(tool) ?? tool, ...flags]);
          const plain = await originsOf(['--origin'], [program]);
          expect(plain.places).toEqual([expect.stringMatching(new RegExp(`/${file}:${line}$`))]);
          const withAddress = await originsOf(['-i'], [program]);
          expect(withAddress.places).toEqual([
            expect.stringMatching(
              new RegExp(`^0x[0-9a-f]+ program\\+0x[0-9a-f]+ \\S*/${file}:${line}$`),
            ),
          ]);
        }),
      LONG_MS,
    );
  }

  skipUnless(hasTool('gcc'), needs('gcc'))('is not made up where nothing tells it', () =>
    withTemporaryFolder(async (folder) => {
      const program = built(folder, 'asks.c', C, ['gcc', 'FILE']);
      const run = await runTsltrace(['--origin', '-e', 'getppid', program]);
      expect(run.stderr).toMatch(/^program->getppid\(\)/);
    }),
  );
});
