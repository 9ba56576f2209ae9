/** The examples run, and print what their READMEs show. UPDATE_EXAMPLES=1 writes what they print there. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { inProject } from '../support/project.js';
import { runProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
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
  .filter((name) => !name.startsWith('compare-'));

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
        // Both outputs in one pipe, as on a terminal.
        const script = `cd ${inProject()} && examples/${name}/run.sh 2>&1`;
        const run = await runProgram(['sh', '-c', script], {
          env: { TSLTRACE: tsltraceCommand().join(' ') },
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

describe('https-request', () => {
  skipUnless(...(needed['https-request'] ?? [true, '']))(
    'shows what _ssl calls and what libssl calls itself, and the page arrives',
    async () => {
      const run = await runProgram([inProject('examples/https-request/run.sh')], {
        env: { TSLTRACE: tsltraceCommand().join(' ') },
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
