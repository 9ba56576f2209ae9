/** `--fail-if-called`, `--fail-unless-called`, `--compare --ignore-counts`: answers as exit statuses. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
/** Calls malloc, free and toupper as often. */
const program = (count: number) => [buildProgram('counts-calls'), String(count)];

const verdicts = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line.startsWith('tsltrace: --fail-'));

/** What is asked, the status, and the line that says why. */
const ASKED: readonly (readonly [readonly string[], number, readonly RegExp[]])[] = [
  [
    ['--fail-if-called', 'toupper'],
    119,
    [
      /^tsltrace: --fail-if-called 'toupper': 5 calls, the first: counts-calls->toupper\('a'\) in process \d+$/,
    ],
  ],
  [['--fail-if-called', 'toupper', '--where', 'arg1 == "c"'], 119, [/: 1 call: counts-calls->/]],
  [['--fail-if-called', 'toupper-toupper@MAIN'], 0, []],
  [['--fail-unless-called', 'toupper'], 0, []],
  [
    ['--fail-unless-called', 'tolower+opendir', '--quiet'],
    118,
    [/^tsltrace: --fail-unless-called 'tolower\+opendir': no such call was made$/],
  ],
  [
    ['--fail-unless-called', 'opendir', '--fail-if-called', 'free', '--quiet'],
    119,
    [/--fail-if-called 'free': 5 calls, the first: /, /--fail-unless-called 'opendir': no such/],
  ],
  [['--fail-unless-called', 'toupper', '--where', 'arg1 == "z"'], 118, [/no such/]],
];

describe('a trace that answers yes or no', () => {
  itCompiles('does so by its status and one line, live, counted, and of a recording', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      await runTsltrace(['-e', '@MAIN', '-o', file, ...program(5)]);
      for (const [options, status, said] of ASKED) {
        for (const source of [program(5), ['-c', ...program(5)], ['--read', file]]) {
          const run = await runTsltrace([...options, '-o', join(folder, 'out'), ...source]);
          expect({ options, status: run.status, lines: verdicts(run.stderr) }).toEqual({
            options,
            status,
            lines: said.map((line) => expect.stringMatching(line) as string),
          });
        }
      }
      const shown = readFileSync(join(folder, 'out'), 'utf8');
      expect(shown).not.toContain('malloc');
    }),
  );

  it('leaves the status to the command where nothing is wrong, and takes it otherwise', async () => {
    const fine = await runTsltrace(['--fail-if-called', 'system', '/bin/false']);
    expect(fine.status).toBe(1);
    const missing = await runTsltrace(['--fail-unless-called', 'system', '/bin/false']);
    expect(missing.status).toBe(118);
  });

  itCompiles('says that nobody can tell when the output was lost before', async () => {
    const options = ['-o', '/dev/full', '--fail-if-called', 'opendir', '-e', 'toupper@MAIN'];
    const run = await runTsltrace([...options, ...program(5)]);
    expect(run.status).toBe(125);
    expect(run.stderr).toMatch(/cannot write to \/dev\/full/);
  });

  itCompiles('says that nobody can tell of what was not seen, live and of a recording', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      const cut = join(folder, 'cut.ndjson');
      await runTsltrace(['-e', '@MAIN', '-o', file, ...program(5)]);
      writeFileSync(cut, readFileSync(file, 'utf8').split('\n').slice(0, -3).join('\n') + '\n');
      const stripped = buildProgram('static-work', { flags: ['-static', '-s'] });
      const left = join(folder, 'left.ndjson');
      const untilThen = ['-o', left, '-e', 'malloc@MAIN', '--detach-after', '1', ...program(2000)];
      await runTsltrace(['-e', 'opendir', ...untilThen]);
      const unseen: readonly (readonly [readonly string[], RegExp])[] = [
        [untilThen, /: nobody can tell: process \d+ went on without us$/],
        [['--read', left], /: nobody can tell: process \d+ went on without us$/],
        [
          ['--read', cut],
          /: nobody can tell: .*cut\.ndjson was cut off; what followed is missing$/,
        ],
        [
          [stripped],
          /: nobody can tell: static-work\S* is stripped of the names of its functions$/,
        ],
      ];
      for (const option of ['--fail-if-called', '--fail-unless-called']) {
        for (const [words, said] of unseen) {
          const run = await runTsltrace([option, 'opendir', ...words]);
          const lines = verdicts(run.stderr);
          expect({ words, status: run.status, lines }).toEqual({
            words,
            status: 125,
            lines: [expect.stringMatching(said)],
          });
        }
      }
      // What was seen is an answer.
      expect((await runTsltrace(['--fail-if-called', 'malloc', '--read', cut])).status).toBe(119);
    }),
  );

  itCompiles('says also when quiet that what it asks for fits nothing', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      await runTsltrace(['-e', '@MAIN', '-o', file, ...program(5)]);
      for (const source of [program(5), ['--read', file]]) {
        const said = async (...words: readonly string[]) => {
          const run = await runTsltrace(['--quiet', '-o', '/dev/null', ...words, ...source]);
          expect(run.status).toBe(0);
          return run.stderr.split('\n').slice(0, -1);
        };
        expect(await said('--fail-if-called', 'mallok')).toEqual([
          expect.stringMatching(
            /^tsltrace: --fail-if-called 'mallok': nothing fits it: .*did you mean malloc\?$/,
          ),
        ]);
        expect(await said('--fail-if-called', 'malloc', '--where', 'sizze == 3')).toEqual([
          expect.stringMatching(/ 'sizze'; did you mean size\?$/),
        ]);
        expect(await said('--fail-unless-called', 'malloc')).toEqual([]);
      }
    }),
  );

  it.each([
    [['--fail-if-called', '', 'true'], /--fail-if-called: a filter is missing/],
    [['--fail-if-called', 'ma[lloc', 'true'], /--fail-if-called 'ma\[lloc': unmatched '\['/],
    [
      ['--fail-unless-called', 'SYS_open', 'true'],
      /looks at calls of functions, not of the kernel/,
    ],
    [['--fail-if-called', 'f', '--list', 'true'], /--fail-if-called and --list exclude each other/],
    [['--fail-if-called', 'f', '--audit', 'true'], /--fail-if-called and --audit exclude each/],
    [['--ignore-counts', 'true'], /--ignore-counts needs --compare/],
  ])('is refused where no answer would come: %j', async (words, message) => {
    const run = await runTsltrace(words);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
  });
});

describe('--compare --ignore-counts', () => {
  itCompiles('takes two runs that differ in numbers alone for the same', () =>
    withTemporaryFolder(async (folder) => {
      const file = (name: string) => join(folder, `${name}.ndjson`);
      const record = async (name: string, filter: string, count: number) =>
        runTsltrace(['-e', filter, '-o', file(name), ...program(count)]);
      await record('few', 'toupper', 60);
      await record('many', 'toupper', 80);
      await record('others', 'toupper+free', 60);
      await record('fewest', 'toupper', 3);
      const compare = (...words: readonly string[]) => runTsltrace(['--compare', ...words]);
      expect((await compare(file('few'), file('many'))).status).toBe(1);
      const same = await compare('--ignore-counts', file('few'), file('many'));
      expect(same).toMatchObject({ status: 0, stdout: 'No differences: 60 -> 80 calls\n' });
      const other = await compare('--ignore-counts', file('few'), file('others'));
      expect(other.status).toBe(1);
      expect(other.stdout).toMatch(/^\+ MAIN->free|^\+ counts-calls->free/);
      // Other arguments are a difference, however often.
      const fewer = await compare('--ignore-counts', file('few'), file('fewest'));
      expect(fewer.status).toBe(1);
      expect(fewer.stdout).toMatch(/^~ .*toupper/);
    }),
  );
});
