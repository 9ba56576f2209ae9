/** The examples run, and print what their READMEs show. UPDATE_EXAMPLES=1 writes what they print there. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../support/project.js';
import { runProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasPythonModule, hasTool } from '../support/toolchain.js';
import { readTranscript } from '../support/trace-lines.js';

const needed: Readonly<Record<string, readonly [boolean, string]>> = {
  'python-open-read': [
    debianPython() !== undefined,
    'needs /usr/bin/python3 (Debian package python3)',
  ],
  'https-request': [
    hasPythonModule('requests') && hasTool('openssl'),
    'needs python3-requests and openssl (Debian packages)',
  ],
};

/** What the README shows the script to print. */
const BLOCK = /^```text\n([\s\S]*?)^```$/m;

const folders = readdirSync(inProject('examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  // tls-settings is a program, see package.test.ts; what is compared are no lines of calls, see compare.test.ts.
  .filter((name) => existsSync(inProject('examples', name, 'run.sh')))
  .filter((name) => !name.startsWith('compare-') && name !== 'audit-in-ci');

/** Which function is called by whom, without the CPU and Python version in the names of modules. */
function callsIn(text: string): readonly string[] {
  return readTranscript(text).calls.map(
    ({ caller, name }) => `${caller.replace(/\.cpython-.*\.so$/, '.so')}->${name}`,
  );
}

describe('the example', () => {
  for (const name of folders) {
    const [condition, reason] = needed[name] ?? [true, ''];
    skipUnless(condition, reason)(
      `${name} prints the calls that its README shows`,
      async () => {
        const path = inProject('examples', name, 'README.md');
        const readme = readFileSync(path, 'utf8');
        const shown = BLOCK.exec(readme)?.[1] ?? '';
        // As the README says it, from the root of the checkout; both outputs in one pipe, as on a terminal.
        const run = await runProgram(['sh', '-c', `examples/${name}/run.sh 2>&1`], {
          cwd: inProject(),
          timeoutMs: 60_000,
        });
        expect(run.timedOut).toBe(false);
        if (process.env['UPDATE_EXAMPLES'] === '1') {
          writeFileSync(
            path,
            readme.replace(BLOCK, '```text\n' + run.stdout.replaceAll('$', '$$$$') + '```'),
          );
          return;
        }
        const calls = callsIn(run.stdout);
        const promised = callsIn(shown);
        expect(promised.length).toBeGreaterThan(2);
        expect(promised.filter((call) => !calls.includes(call))).toEqual([]);
        // The last line says how the program ended, here as there.
        expect(run.stdout.trim().split('\n').at(-1)).toBe(shown.trim().split('\n').at(-1));
      },
      70_000,
    );
  }
});

describe('an example', () => {
  it('runs from any folder, by any path', async () => {
    for (const [cwd, path] of [
      ['/', inProject('examples/shell/run.sh')],
      [inProject('examples/shell'), './run.sh'],
      [inProject('docs'), '../examples/shell/run.sh'],
    ] as const) {
      const run = await runProgram([path], { cwd });
      expect(run.stdout).toBe('/\n/etc\n');
      expect(run.stderr).toContain('+++ exited (status 3) +++');
      expect(run.status).toBe(3);
    }
  });

  it('uses the command that TSLTRACE names, with its words', async () => {
    const env = { TSLTRACE: `${tsltraceCommand().join(' ')} -c` };
    const run = await runProgram(['examples/shell/run.sh'], { cwd: inProject(), env });
    expect(run.stderr).toMatch(/^% time /m);
    expect(run.status).toBe(3);
  });

  it(
    'says on one line that tsltrace is not built, and fails',
    () =>
      withTemporaryFolder(async (folder) => {
        cpSync(inProject('examples'), join(folder, 'examples'), { recursive: true });
        for (const name of folders.filter((each) => needed[each]?.[0] ?? true)) {
          const run = await runProgram([`examples/${name}/run.sh`], { cwd: folder });
          expect(run.stdout).toBe('');
          expect(run.stderr).toMatch(
            /^examples: tsltrace is not built yet: run npm install in \S+\n$/,
          );
          expect(run.status).toBe(1);
        }
      }),
    30_000,
  );
});

describe('https-request', () => {
  skipUnless(...(needed['https-request'] ?? [true, '']))(
    'shows what _ssl calls and what libssl calls itself, and the page arrives',
    async () => {
      const run = await runProgram([inProject('examples/https-request/run.sh')], {
        timeoutMs: 60_000,
      });
      expect(run.stdout).toBe('200 text/html\n');
      expect(run.status).toBe(0);
      const callers = new Set(readTranscript(run.stderr).calls.map((call) => call.caller));
      expect([...callers].some((caller) => caller.startsWith('_ssl.'))).toBe(true);
      expect([...callers].some((caller) => caller.startsWith('libssl.so'))).toBe(true);
    },
    70_000,
  );
});

/** Without where this checkout is, and the version of Python. */
const wherever = (text: string): string =>
  text.replaceAll(`${inProject()}/`, '').replaceAll(/\.cpython-[\w-]+\.so/g, '.so');

skipUnless(
  debianPython() !== undefined && hasTool('openssl'),
  'needs /usr/bin/python3 and openssl (Debian packages)',
)(
  'the example audit-in-ci prints what its README shows',
  async () => {
    const readme = readFileSync(inProject('examples', 'audit-in-ci', 'README.md'), 'utf8');
    const run = await runProgram([inProject('examples', 'audit-in-ci', 'run.sh')], {
      cwd: inProject(),
      timeoutMs: 60_000,
    });
    expect(wherever(run.stdout)).toBe(wherever(BLOCK.exec(readme)?.[1] ?? ''));
    expect(run.status).toBe(0);
  },
  90_000,
);
