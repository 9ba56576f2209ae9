/** `%tls` and its like: in filters of every kind, live and of a recording, bundled and the user's own. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
/** Calls malloc, free and toupper five times each, and a few functions of stdio. */
const program = () => [buildProgram('counts-calls'), '5'];

/** Names of the functions that were called, each once; that which reads the argument has several. */
function namesIn(text: string): readonly string[] {
  const names = [...text.matchAll(/^(?:\S+->)?(\w+)(?:@\S+)?\(/gm)].map(([, name]) => name ?? '');
  return [...new Set(names)].filter((name) => !name.endsWith('strtol')).sort();
}

const SETS = '# Mine.\n%case: toupper tolower\n%memory: %memory %case\n';

describe('a set of functions', () => {
  itCompiles('is taken by every kind of filter, live and of a recording', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      await runTsltrace(['-e', '@MAIN', '-o', file, ...program()]);
      const asked: readonly (readonly [string, readonly string[]])[] = [
        ['%memory@MAIN', ['free', 'malloc']],
        ['%memory@MAIN-free', ['malloc']],
        ['%memory@MAIN+%string@MAIN', ['free', 'malloc', 'toupper']],
        ['counts-calls->%string', ['toupper']],
      ];
      for (const [filter, names] of asked) {
        const live = await runTsltrace(['-e', filter, ...program()]);
        const read = await runTsltrace(['--read', file, '-e', filter]);
        expect({ filter, names: namesIn(live.stderr) }).toEqual({ filter, names });
        expect({ filter, names: namesIn(read.stderr) }).toEqual({ filter, names });
      }
      const without = namesIn((await runTsltrace(['-e', '@MAIN-%memory', ...program()])).stderr);
      expect(without).toContain('toupper');
      expect(without).not.toContain('malloc');
      const entries = await runTsltrace(['-L', '-x', '%string@libc.so.6', ...program()]);
      expect(namesIn(entries.stderr)).toContain('toupper');
      for (const source of [program(), ['--read', file]]) {
        const counted = await runTsltrace(['-c', '-e', '%memory@MAIN', ...source]);
        expect(counted.stderr).toMatch(/ 5 +0 .*\bmalloc$/m);
        expect(counted.stderr).not.toContain('toupper');
      }
      const listed = await runTsltrace(['--list', '-e', '%memory@MAIN', ...program()]);
      expect(listed.stdout).toMatch(/counts-calls->free/);
      expect(listed.stdout).not.toContain('toupper');
    }),
  );

  itCompiles('may be of the user, who may add to ours', () =>
    withTemporaryFolder(async (folder) => {
      const given = join(folder, 'mine.sets');
      writeFileSync(given, SETS);
      for (const [home, place] of [
        ['HOME', '.config/tsltrace'],
        ['XDG_CONFIG_HOME', 'tsltrace'],
      ] as const) {
        const own = join(folder, home);
        mkdirSync(join(own, place), { recursive: true });
        writeFileSync(join(own, place, 'functions.sets'), SETS);
        const env = { HOME: '/nowhere', [home]: own };
        const run = await runTsltrace(['-e', '%case', ...program()], { env });
        expect(namesIn(run.stderr)).toEqual(['toupper']);
      }
      const more = await runTsltrace(['--sets', given, '-e', '%memory@MAIN', ...program()]);
      expect(namesIn(more.stderr)).toEqual(['free', 'malloc', 'toupper']);
      const listed = await runTsltrace(['--sets', given, '--list', '%case', '%memory']);
      expect(listed.stdout.split('\n').slice(0, 3)).toEqual(['toupper', 'tolower', 'malloc']);
    }),
  );

  it('is listed, and all of them', async () => {
    const all = await runTsltrace(['--list', '%']);
    expect(all).toMatchObject({ status: 0, stderr: '' });
    expect(all.stdout).toMatch(/^%tls +TLS connections/m);
    const tls = await runTsltrace(['--list', '%tls']);
    expect(tls.stdout.split('\n')).toEqual(expect.arrayContaining(['SSL_*', 'gnutls_*']));
  });

  it.each([
    [
      ['-e', '%tsl'],
      /^tsltrace: -e '%tsl': there is no set '%tsl'; did you mean %tls\? at column 1/,
    ],
    [['--list', '%tsl'], /^tsltrace: --list: there is no set '%tsl'; did you mean %tls\?$/],
    [['--list', '%tls', 'ls'], /'ls' is no set: --list takes sets or a command, not both$/],
    [
      ['-l', '%tls'],
      /^tsltrace: -l '%tls': a set names functions, not libraries: use -e at column 1/,
    ],
    [['--sets', '/nowhere/x', '-e', 'f'], /^tsltrace: \/nowhere\/x: No such file or directory; /],
  ])('that is wrong is one line: %j', async (words, message) => {
    const run = await runTsltrace(words[0] === '--list' ? words : [...words, '/bin/true']);
    expect(run.status).not.toBe(0);
    expect(run.stderr.trimEnd()).toMatch(message);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('of the user with a mistake is told with its line', () =>
    withTemporaryFolder(async (folder) => {
      const given = join(folder, 'bad.sets');
      writeFileSync(given, '%a: f\n%b: %c[\n');
      const run = await runTsltrace(['--sets', given, '/bin/true']);
      expect(run).toMatchObject({ status: 2, stdout: '' });
      expect(run.stderr).toMatch(/bad\.sets:2: there is no set '%c\['/);
      expect(readFileSync(given, 'utf8')).toContain('%a');
    }));
});
