/** `--depth`, and what rows of `-c` stand for: live, and of a recording. */
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
/** Inside of main, calls malloc, free and toupper three times each, from one place each. */
const program = () => [buildProgram('counts-calls'), '3'];
const EVERYTHING = ['-x', 'main', '-e', 'malloc@MAIN+free@MAIN+toupper@MAIN'];

const namesIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/^(?:counts-calls->)?(\w+)\(/gm)].map(([, name]) => name ?? '')),
];

/** Calls by the name of the row. */
const rows = (csv: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    csv
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([name = '', calls]) => [name, Number(calls)]),
  );

describe('a trace of a few levels', () => {
  itCompiles('leaves out what lies deeper, with other conditions too', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      await runTsltrace([...EVERYTHING, '-o', file, ...program()]);
      const asked: readonly (readonly [readonly string[], readonly string[]])[] = [
        [['--depth', '1'], ['main']],
        [
          ['--depth', '2'],
          ['main', 'malloc', 'toupper', 'free'],
        ],
        [['--depth', '2', '--where', 'function == free'], ['free']],
        [['--depth', '1', '--where', 'function == free'], []],
      ];
      for (const [options, names] of asked) {
        const live = await runTsltrace([...EVERYTHING, ...options, ...program()]);
        const read = await runTsltrace(['--read', file, ...options]);
        for (const run of [live, read]) {
          expect({ options, names: namesIn(run.stderr) }).toEqual({ options, names });
        }
      }
    }),
  );

  it('has one level at least', async () => {
    const run = await runTsltrace(['--depth', '0', '/bin/true']);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toMatch(/--depth: '0' is not an integer from 1 to/);
  });
});

describe('a row of -c', () => {
  itCompiles('may be a place that calls, or a library', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      const calls = ['-e', 'malloc@MAIN+free@MAIN+toupper@MAIN', '-S'];
      await runTsltrace([...calls, '-o', file, ...program()]);
      const ask = async (group: string, source: readonly string[]) =>
        rows(
          (await runTsltrace(['-c', '--group-by', group, '--summary-format', 'csv', ...source]))
            .stderr,
        );
      for (const source of [
        [...calls, ...program()],
        ['--read', file],
      ]) {
        const sites = await ask('site', source);
        const ofProgram = Object.entries(sites).filter(([name]) =>
          /->(?:malloc|free|toupper)$/.test(name),
        );
        expect(ofProgram.map(([, count]) => count)).toEqual([3, 3, 3]);
        for (const [name] of ofProgram) expect(name).toMatch(/^counts-calls\+0x[0-9a-f]+->/);
        const libraries = await ask('library', source);
        expect(libraries).toMatchObject({ 'libc.so.6': 9, SYS: expect.any(Number) as number });
      }
    }),
  );

  // The C library chooses the code of the vDSO for it.
  itCompiles('is the library that has the name, wherever its code lies', async () => {
    for (const binding of ['lazy', 'now']) {
      const clock = buildProgram('chooses', {
        library: 'lib-chooses',
        flags: [`-Wl,-z,${binding}`],
      });
      const run = await runTsltrace([
        ...['-c', '--group-by', 'library', '--summary-format', 'csv'],
        ...['-e', 'gettimeofday@MAIN+time@MAIN', clock],
      ]);
      expect(Object.keys(rows(run.stderr))).toEqual(['libc.so.6']);
    }
  });
});
