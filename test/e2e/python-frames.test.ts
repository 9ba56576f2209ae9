/** Frames of Python, as the program itself sees them at the same call: in every CPython that the machine has. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, gccCan, hasTool, needs } from '../support/toolchain.js';
import { foundPythons, MANY_FRAMES } from '../support/python-script.js';

const LONG_MS = 180_000;
const pythons = foundPythons();
const itHasPython = skipUnless(
  debianPython() !== undefined,
  'needs /usr/bin/python3 (Debian package python3)',
);

interface Frame {
  readonly language?: string;
  readonly function?: string;
  readonly file?: string;
  readonly line?: number;
}

interface Call {
  readonly kind: string;
  readonly symbol?: string;
  readonly script?: readonly Frame[];
  readonly backtrace?: readonly Frame[];
}

/** Of Debian's libpython3.11, which gdb needs; no headers. */
const LIBRARY = '-l:libpython3.11.so.1.0';
const itEmbeds = skipUnless(
  hasTool('gcc') && gccCan('-Wl,--no-as-needed', LIBRARY),
  `${needs('gcc')} and libpython3.11`,
);
const EMBEDDING = `
#include <pthread.h>
int Py_BytesMain(int argc, char **argv);
static char **words;
static int count;
static void *run(void *unused) { return Py_BytesMain(count, words) == 0 ? unused : &count; }
int main(int argc, char **argv) {
  pthread_t thread;
  void *failed;
  count = argc, words = argv;
  return pthread_create(&thread, 0, run, 0) != 0 || pthread_join(thread, &failed) != 0 || failed != 0;
}
`;

function embedding(folder: string): string {
  const program = join(folder, 'embeds');
  const built = spawnSync('gcc', ['-xc', '-', '-o', program, '-pthread', LIBRARY], {
    input: EMBEDDING,
    encoding: 'utf8',
  });
  expect(built.stderr).toBe('');
  return program;
}

/** As venv(1) makes them: a link, and a file that says where the rest is. */
function inEnvironment(folder: string): string {
  const python = debianPython() ?? '';
  mkdirSync(join(folder, 'bin'));
  symlinkSync(python, join(folder, 'bin/python'));
  writeFileSync(join(folder, 'pyvenv.cfg'), `home = ${dirname(python)}\n`);
  return join(folder, 'bin/python');
}

/** The stacks of all calls of getppid as we see them, and as the program does, as lines of JSON in any order. */
async function bothViews(
  python: string | ((folder: string) => string),
  options: readonly string[],
  stackOf: (call: Call) => readonly Frame[],
): Promise<{ readonly ours: readonly string[]; readonly theirs: readonly string[] }> {
  return withTemporaryFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('script.py'), MANY_FRAMES);
    const words = ['-e', 'getppid', '-o', at('run.ndjson'), ...options];
    const program = typeof python === 'string' ? python : python(folder);
    const run = await runTsltrace([...words, program, at('script.py'), at('said')], {
      timeoutMs: LONG_MS,
    });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const calls = linesOf(at('run.ndjson')).map((line) => JSON.parse(line) as Call);
    const ours = calls
      .filter(({ kind, symbol }) => kind === 'call' && symbol === 'getppid')
      .map((call) =>
        stackOf(call)
          .filter(({ language }) => language === 'python')
          .map(({ file, line, function: name }) => [file, line, name]),
      );
    return { ours: ours.map((one) => JSON.stringify(one)), theirs: linesOf(at('said')).map(again) };
  });
}

const linesOf = (path: string): readonly string[] => readFileSync(path, 'utf8').trim().split('\n');
/** Python's JSON has blanks, and escapes what ours has as it is. */
const again = (text: string): string => JSON.stringify(JSON.parse(text));

describe(`the frames of ${pythons.length} CPythons`, () => {
  for (const { path, version } of pythons) {
    it(
      `${version} (${path}) are those that it sees itself`,
      async () => {
        const { ours, theirs } = await bothViews(
          path,
          ['-w', '500'],
          (call) => call.backtrace ?? [],
        );
        expect(theirs.length).toBeGreaterThan(80);
        expect([...ours].sort()).toEqual([...theirs].sort());
      },
      LONG_MS,
    );

    it(
      `${version} (${path}) begin with the one that --origin names`,
      async () => {
        const { ours, theirs } = await bothViews(path, ['--origin'], (call) => call.script ?? []);
        const first = (stack: string): string =>
          JSON.stringify([(JSON.parse(stack) as unknown[])[0]]);
        expect(ours.length).toBeGreaterThan(80);
        expect([...ours].sort()).toEqual(theirs.map(first).sort());
      },
      LONG_MS,
    );
  }

  itEmbeds(
    'are seen in another program, on a thread that is not its first',
    async () => {
      const { ours, theirs } = await bothViews(
        embedding,
        ['-w', '500'],
        (call) => call.backtrace ?? [],
      );
      expect(theirs.length).toBeGreaterThan(80);
      expect([...ours].sort()).toEqual([...theirs].sort());
    },
    LONG_MS,
  );

  itHasPython(
    'are seen in a virtual environment',
    async () => {
      const { ours, theirs } = await bothViews(
        inEnvironment,
        ['--origin'],
        (call) => call.script ?? [],
      );
      expect(ours).toHaveLength(theirs.length);
      expect(ours.filter((stack) => stack === '[]')).toEqual([]);
    },
    LONG_MS,
  );

  itHasPython('are of at least one version where Debian has Python', () => {
    expect(pythons.length).toBeGreaterThan(0);
  });
});
